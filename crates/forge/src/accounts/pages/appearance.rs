//! Settings: how the site looks and listens in this browser. Cookies of it, and nothing else.

use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, header};
use maud::html;

use super::{beside, section};
use crate::access::{self, act::SeeAccount};
use crate::ui::form::{self, Choice};
use crate::ui::visit::{Values, Visit};
use crate::ui::{Page, Theme};
use crate::{Error, Result};

const HERE: &str = "/settings/appearance";

/// `GET /settings/appearance`.
pub(crate) async fn show(visit: Visit) -> Result<Response> {
    access::own::<SeeAccount>(&visit.actor)?;
    let done = match visit.query("done").as_deref() {
        Some("theme") => Some("Appearance changed."),
        Some("keys") => Some("Keyboard changed."),
        _ => None,
    };
    let keys = if visit.frame.keys_off { "off" } else { "on" };
    let content = html! {
        (form::success(done))
        h1 { "Appearance" }
        p.meta { "For this browser alone." }
        (section("colours", "Colours", &html! {
            form.stack method="post" action="/settings/theme" data-soft {
                (form::token(&visit.frame.token))
                (form::choices("theme", "Light or dark", visit.frame.theme.name(), &[
                    Choice { value: "system", label: "As the system says", hint: "" },
                    Choice { value: "light", label: "Light", hint: "" },
                    Choice { value: "dark", label: "Dark", hint: "" },
                ]))
                (form::submit("Save colours"))
            }
        }))
        (section("keyboard", "Keyboard", &html! {
            form.stack method="post" action="/settings/keys" data-soft {
                (form::token(&visit.frame.token))
                (form::choices("keys", "Single keys", keys, &[
                    Choice { value: "on", label: "On", hint: "/ finds, j and k walk through lists, ? shows all of them." },
                    Choice { value: "off", label: "Off", hint: "For voice control, and for who types beside the field." },
                ]))
                button type="submit" { "Save keyboard" }
            }
        }))
    };
    Ok(Page::new("Appearance", beside(HERE, &content)).respond(&visit.frame))
}

/// `POST /settings/theme`.
pub(crate) async fn choose_theme(visit: Visit, values: Values) -> Result<Response> {
    let theme = Theme::parse(values.get("theme"));
    remember(&visit, "theme", theme.name(), theme == Theme::System)
}

/// `POST /settings/keys`.
pub(crate) async fn choose_keys(visit: Visit, values: Values) -> Result<Response> {
    let off = values.get("keys") == "off";
    remember(&visit, "keys", "off", !off)
}

/// A cookie for a year, or none.
fn remember(visit: &Visit, name: &str, value: &str, forget: bool) -> Result<Response> {
    let secure = if visit.origin.is_secure() { " Secure;" } else { "" };
    let lasts = if forget { 0 } else { 31_536_000 };
    let cookie = format!("{name}={value}; Path=/;{secure} SameSite=Lax; Max-Age={lasts}");
    let cookie = HeaderValue::from_str(&cookie).map_err(|error| Error::internal(error.to_string()))?;
    let mut response = Redirect::to(&format!("{HERE}?done={name}")).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
