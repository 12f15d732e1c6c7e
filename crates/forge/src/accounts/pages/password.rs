//! Settings: another password.

use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::html;

use super::super::{check_password, set_password};
use super::{beside, general, wrong};
use crate::access::{
    self,
    act::{ManageAccount, SeeAccount},
};
use crate::error::Kind;
use crate::ui::Page;
use crate::ui::form::{self, Field};
use crate::ui::visit::{Values, Visit};
use crate::{Error, Result, limits};

const HERE: &str = "/settings/password";

/// `GET /settings/password`.
pub(crate) async fn show(visit: Visit) -> Result<Response> {
    let access = access::own::<SeeAccount>(&visit.actor)?;
    let done = visit.query("done").is_some().then_some("Password changed. Other browsers are signed out.");
    Ok(page(&visit, access.subject().name.as_str(), done, None))
}

/// `POST /settings/password`.
pub(crate) async fn change(visit: Visit, values: Values) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    let name = access.subject().name.as_str();
    // Whoever found an open browser may not try passwords in peace.
    let subject = format!("sign-in:{}", access.subject().name.folded());
    limits::attempt(&visit.forge, &subject, limits::ACCOUNT).await?;
    if check_password(&visit.forge, name, values.get("current")).await?.is_none() {
        let error = Error::invalid("current", "This is not your current password");
        return Ok(page(&visit, name, None, Some(&error)));
    }
    limits::forgive(&visit.forge, &subject).await?;
    match set_password(&visit.forge, &access, values.get("password")).await {
        Ok(()) => Ok(Redirect::to("/settings/password?done=password").into_response()),
        Err(error) if error.kind == Kind::Invalid => Ok(page(&visit, name, None, Some(&error))),
        Err(error) => Err(error),
    }
}

fn page(visit: &Visit, name: &str, done: Option<&str>, error: Option<&Error>) -> Response {
    let content = html! {
        (form::success(done))
        (form::problem(general(error, &["current", "password"])))
        h1 { "Password" }
        form.stack method="post" action=(HERE) {
            (form::token(&visit.frame.token))
            (form::user_name(name))
            (Field { name: "current", label: "Current password", kind: "password", error: wrong(error, "current"),
                autocomplete: "current-password", ..Field::default() }.show())
            (Field { name: "password", label: "New password", kind: "password", error: wrong(error, "password"),
                autocomplete: "new-password", hint: "8 to 128 characters. Other browsers are signed out; tokens stay.",
                ..Field::default() }.show())
            (form::submit("Change password"))
        }
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Page::new("Password", beside(HERE, &content)).status(status).respond(&visit.frame)
}
