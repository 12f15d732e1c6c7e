//! The page behind a reset link.

use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use maud::html;

use crate::error::Kind;
use crate::ui::form::{self, Field};
use crate::ui::visit::{Values, Visit};
use crate::ui::{Page, Shape};
use crate::{Error, Result, sessions};

/// `GET /login/reset?token=`. Without a good token there is no such page.
pub(crate) async fn show(visit: Visit) -> Result<Response> {
    let token = visit.query("token").unwrap_or_default();
    let account = super::open(&visit.forge, &token, &visit.client).await?;
    Ok(ask(&visit, &token, account.name.as_str(), None).respond(&visit.frame))
}

/// `POST /login/reset`.
pub(crate) async fn complete(visit: Visit, values: Values) -> Result<Response> {
    let token = values.get("token");
    let done = super::complete(&visit.forge, token, values.get("password"), &visit.client).await;
    match done {
        Ok(account) => {
            let cookie = sessions::start(&visit.forge, &account, &visit.client).await?;
            let mut response = Redirect::to("/").into_response();
            response.headers_mut().append(header::SET_COOKIE, sessions::cookie(&visit.origin, &cookie));
            Ok(response)
        }
        Err(error) if error.kind == Kind::Invalid => {
            let account = super::open(&visit.forge, token, &visit.client).await?;
            let page = ask(&visit, token, account.name.as_str(), Some(&error));
            Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).respond(&visit.frame))
        }
        Err(error) => Err(error),
    }
}

fn ask(visit: &Visit, token: &str, name: &str, error: Option<&Error>) -> Page {
    let main = html! {
        div.steps {
            h1 { "New password for " (name) }
            form.stack method="post" action="/login/reset" {
                (form::token(&visit.frame.token))
                input type="hidden" name="token" value=(token);
                (form::user_name(name))
                (Field { name: "password", label: "New password", kind: "password", autocomplete: "new-password",
                    error: error.map(|error| error.message.as_str()), hint: "8 to 128 characters. Every browser is signed out.",
                    ..Field::default() }.show())
                (form::submit("Set password"))
            }
        }
    };
    Page::new("New password", main).shape(Shape::Narrow)
}
