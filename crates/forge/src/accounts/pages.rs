//! An account's pages: making one, its profile, and its settings.

pub(crate) mod account;
pub(crate) mod appearance;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod sign_up;

use axum::Router;
use axum::routing::{delete, get, post};
use maud::{Markup, html};

use crate::{Forge, sessions, tokens};

/// The routes of the settings of an account.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes
        .route("/settings", get(profile::edit).post(profile::save))
        .route("/settings/account", get(account::show).delete(account::delete))
        .route("/settings/account/name", post(account::rename))
        .route("/settings/account/email", post(account::set_email))
        .route("/settings/password", get(password::show).post(password::change))
        .route("/settings/appearance", get(appearance::show))
        .route("/settings/theme", post(appearance::choose_theme))
        .route("/settings/keys", post(appearance::choose_keys))
        .route("/settings/sessions", get(sessions::pages::index).delete(sessions::pages::revoke_others))
        .route("/settings/sessions/{hash}", delete(sessions::pages::revoke))
        .route("/settings/tokens", get(tokens::pages::show).post(tokens::pages::create))
        .route("/settings/tokens/{id}", delete(tokens::pages::revoke))
}

/// The pages of an account's settings.
const PAGES: [(&str, &str); 6] = [
    ("/settings", "Profile"),
    ("/settings/account", "Account"),
    ("/settings/password", "Password"),
    ("/settings/sessions", "Browsers"),
    ("/settings/tokens", "Tokens"),
    ("/settings/appearance", "Appearance"),
];

/// A page of the settings, with the list of them beside.
pub(crate) fn beside(current: &str, content: &Markup) -> Markup {
    crate::ui::sides("Settings", &PAGES, current, content)
}

/// What was wrong with a form, if it was with this field.
fn wrong<'a>(error: Option<&'a crate::Error>, field: &str) -> Option<&'a str> {
    error.filter(|error| error.field == Some(field)).map(|error| error.message.as_str())
}

/// What was wrong with a form as a whole: whatever is not about one of these fields.
fn general<'a>(error: Option<&'a crate::Error>, fields: &[&str]) -> Option<&'a str> {
    error
        .filter(|error| error.field.is_none_or(|field| !fields.contains(&field)))
        .map(|error| error.message.as_str())
}

/// A section under its title.
fn section(id: &str, title: &str, content: &Markup) -> Markup {
    html! { section aria-labelledby=(id) { h2 id=(id) { (title) } (content) } }
}
