// The pages that are looked at, and by whom.

export const PAGES = [
  ["start", "/", null],
  ["sign-in", "/login", null],
  ["not-found", "/nobody-here", null],
  ["dashboard", "/", "ada"],
  ["profile", "/ada", "grace"],
  ["explore", "/explore", "ada"],
  ["new", "/new", "ada"],
  ["home", "/ada/gitflare", "ada"],
  ["tree", "/ada/gitflare/tree/main/crates/forge/src", "grace"],
  ["blob", "/ada/gitflare/blob/main/crates/forge/src/lib.rs", "grace"],
  ["readme", "/ada/gitflare/blob/main/README.md", null],
  ["empty", "/ada/empty", "ada"],
  ["archived", "/ada/engine", "grace"],
  ["repository-settings", "/ada/gitflare/settings", "ada"],
  ["settings", "/settings", "ada"],
  ["settings-account", "/settings/account", "ada"],
  ["settings-password", "/settings/password", "ada"],
  ["settings-sessions", "/settings/sessions", "ada"],
  ["settings-appearance", "/settings/appearance", "ada"],
  ["settings-tokens", "/settings/tokens", "ada"],
  ["admin", "/admin", "ada"],
  ["admin-users", "/admin/users", "ada"],
  ["admin-user", "/admin/users/grace", "ada"],
  ["stars", "/grace?tab=stars", "grace"],
  ["invitations", "/invitations", "grace"],
  ["admin-repositories", "/admin/repositories", "ada"],
  ["admin-registration", "/admin/registration", "ada"],
  ["admin-audit", "/admin/audit", "ada"],
  ["admin-jobs", "/admin/jobs", "ada"],
  ["licences", "/about/licences", null],
  ["styleguide", "/styleguide", "ada"],
];

export const WIDTHS = [1280, 390];
export const THEMES = ["light", "dark"];
