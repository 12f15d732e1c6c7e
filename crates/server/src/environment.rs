//! Secrets the environment holds, because a process list must not show them.

/// The token the setup link is to have.
pub(crate) const SETUP_TOKEN: &str = "GITFLARE_SETUP_TOKEN";
/// The token of an administrator at the other end of `--url`.
pub(crate) const TOKEN: &str = "GITFLARE_TOKEN";

/// Only in builds for development: whether pages are to be without what protects them (`gitflare_forge::disarm`).
#[cfg(debug_assertions)]
pub(crate) const DISARMED: &str = "GITFLARE_DISARMED";

/// A secret, if it is set and not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "clap would take it as an argument too, which everybody can see"
)]
pub(crate) fn secret(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
