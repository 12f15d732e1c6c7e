//! Settings of the account itself: its name, its address, and its end.

use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use maud::{Markup, html};

use super::super::{self as accounts, Account};
use super::{beside, section};
use crate::access::{
    self, Access,
    act::{ManageAccount, SeeAccount},
};
use crate::error::Kind;
use crate::ui::Page;
use crate::ui::form::{self, Field};
use crate::ui::visit::{Values, Visit};
use crate::{Error, Result, limits, sessions};

const HERE: &str = "/settings/account";

/// Which form was refused, why, and what was typed.
struct Refused {
    form: &'static str,
    error: Error,
    values: Values,
}

/// `GET /settings/account`.
pub(crate) async fn show(visit: Visit) -> Result<Response> {
    let access = access::own::<SeeAccount>(&visit.actor)?;
    Ok(page(&visit, access.subject(), None))
}

/// `POST /settings/account/name`.
pub(crate) async fn rename(visit: Visit, values: Values) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    let outcome = accounts::rename(&visit.forge, &access, values.get("name").trim()).await;
    settle(&visit, &access, "name", values, outcome.map(|_| ()))
}

/// `POST /settings/account/email`.
pub(crate) async fn set_email(visit: Visit, values: Values) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    let outcome = match prove(&visit, &access, values.get("current")).await {
        Ok(()) => accounts::set_email(&visit.forge, &access, values.get("email").trim()).await,
        Err(error) => Err(error),
    };
    settle(&visit, &access, "email", values, outcome)
}

/// `DELETE /settings/account`.
pub(crate) async fn delete(visit: Visit, values: Values) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    let name = access.subject().name.as_str();
    let outcome = if values.get("confirm").trim() != name {
        Err(Error::invalid("confirm", format!("Type {name} to delete it")))
    } else {
        match prove(&visit, &access, values.get("password")).await {
            Ok(()) => accounts::delete(&visit.forge, &access).await,
            Err(error) => Err(error),
        }
    };
    if let Err(error) = outcome {
        return settle(&visit, &access, "delete", values, Err(error));
    }
    let mut response = Redirect::to("/").into_response();
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, sessions::clear_cookie(&visit.origin));
    headers.insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    Ok(response)
}

/// Whoever found an open browser may not do this without the password, nor try passwords in peace.
async fn prove(visit: &Visit, access: &Access<ManageAccount>, password: &str) -> Result<()> {
    let subject = format!("sign-in:{}", access.subject().name.folded());
    limits::attempt(&visit.forge, &subject, limits::ACCOUNT).await?;
    let name = access.subject().name.as_str();
    if accounts::check_password(&visit.forge, name, password).await?.is_none() {
        return Err(Error::invalid("current", "This is not your current password"));
    }
    limits::forgive(&visit.forge, &subject).await
}

fn settle(
    visit: &Visit,
    access: &Access<ManageAccount>,
    form: &'static str,
    values: Values,
    outcome: Result<()>,
) -> Result<Response> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("{HERE}?done={form}")).into_response()),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            Ok(page(visit, access.subject(), Some(&Refused { form, error, values })))
        }
        Err(error) => Err(error),
    }
}

fn page(visit: &Visit, account: &Account, refused: Option<&Refused>) -> Response {
    let done = match visit.query("done").as_deref() {
        Some("name") => Some("Renamed. The old name leads here; nobody else can take it for 90 days."),
        Some("email") => Some("E-mail address saved."),
        _ => None,
    };
    let view = AccountPage { account, token: &visit.frame.token, refused };
    let content = html! {
        (form::success(done.filter(|_| refused.is_none())))
        h1 { "Account" }
        (section("name-heading", "User name", &view.name()))
        (section("email-heading", "E-mail", &view.email()))
        section.danger-zone aria-labelledby="delete-heading" { h2 #delete-heading { "Delete account" } (view.delete()) }
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Page::new("Account settings", beside(HERE, &content)).status(status).respond(&visit.frame)
}

struct AccountPage<'a> {
    account: &'a Account,
    token: &'a str,
    refused: Option<&'a Refused>,
}

impl AccountPage<'_> {
    /// What was wrong with a field of a form.
    fn wrong(&self, form: &str, field: &str) -> Option<&str> {
        let refused = self.refused.filter(|refused| refused.form == form)?;
        (refused.error.field == Some(field)).then_some(refused.error.message.as_str())
    }

    /// What was typed, or what there is.
    fn value<'b>(&'b self, form: &str, field: &str, otherwise: &'b str) -> &'b str {
        match self.refused.filter(|refused| refused.form == form) {
            Some(refused) => refused.values.get(field),
            None => otherwise,
        }
    }

    fn name(&self) -> Markup {
        html! {
            form.stack method="post" action="/settings/account/name" {
                (form::token(self.token))
                (Field { name: "name", label: "User name", value: self.value("name", "name", self.account.name.as_str()),
                    error: self.wrong("name", "name"), autocomplete: "username", longest: Some(39),
                    hint: "The addresses of your repositories change with it; the old ones lead to the new ones.",
                    ..Field::default() }.show())
                button type="submit" { "Change user name" }
            }
        }
    }

    fn email(&self) -> Markup {
        let address = self.account.email.as_deref().unwrap_or_default();
        html! {
            form.stack method="post" action="/settings/account/email" {
                (form::token(self.token))
                (form::user_name(self.account.name.as_str()))
                (Field { name: "email", label: "E-mail address", kind: "email", value: self.value("email", "email", address),
                    error: self.wrong("email", "email"), autocomplete: "email", optional: true, longest: Some(254),
                    hint: "You can sign in with it. Only you and administrators see it.", ..Field::default() }.show())
                (Field { name: "current", label: "Current password", kind: "password", error: self.wrong("email", "current"),
                    autocomplete: "current-password", ..Field::default() }.show())
                button type="submit" { "Save e-mail" }
            }
        }
    }

    fn delete(&self) -> Markup {
        let label = format!("Type {} to confirm", self.account.name);
        let general = self
            .refused
            .filter(|refused| refused.form == "delete" && refused.error.field == Some("delete"))
            .map(|refused| refused.error.message.as_str());
        html! {
            p { "Every repository you own is deleted with it, and you leave those of others. What you wrote elsewhere stays, under the name "
                em { "ghost" } ". This cannot be undone." }
            (form::problem(general))
            form.stack method="post" action=(HERE) {
                (form::token(self.token))
                input type="hidden" name="_method" value="DELETE";
                (Field { name: "confirm", label: &label, value: self.value("delete", "confirm", ""),
                    error: self.wrong("delete", "confirm"), autocomplete: "off", ..Field::default() }.show())
                (Field { name: "password", label: "Your password", kind: "password", error: self.wrong("delete", "current"),
                    autocomplete: "current-password", ..Field::default() }.show())
                button.danger type="submit" { "Delete my account" }
            }
        }
    }
}
