//! The page behind the link that the server prints at its first start, and the page with the first token.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::{Markup, html};

use super::{NewSetup, SetupDone};
use crate::error::Kind;
use crate::http::wants_json;
use crate::ui::form::{self, Field};
use crate::ui::visit::{Values, Visit};
use crate::ui::{Page, Shape, Viewer, page};
use crate::{Error, Result, secret, sessions};

/// `GET /setup?token=`. Without the right token there is no such page.
pub(crate) async fn show(visit: Visit) -> Result<Response> {
    let token = visit.query("token").unwrap_or_default();
    if !super::is_open(&visit.forge, &token).await? {
        return Err(Error::not_found());
    }
    Ok(ask(&token, "", "", None).respond(&visit.frame))
}

/// `POST /setup`, from the page or from a script that wants JSON.
pub(crate) async fn complete(visit: Visit, headers: HeaderMap, values: Values) -> Result<Response> {
    let new = NewSetup {
        token: values.get("token"),
        name: values.get("name").trim(),
        password: values.get("password"),
        email: values.get("email").trim(),
    };
    let json = wants_json(&headers);
    match super::complete(&visit.forge, new, &visit.origin).await {
        Ok(done) if json => Ok(secretly(Json(serde_json::json!({ "token": done.token })).into_response())),
        Ok(done) => welcome(visit, done).await,
        Err(error) if !json && matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            let page = ask(new.token, new.name, new.email, Some(&error));
            Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).respond(&visit.frame))
        }
        Err(error) => Err(error),
    }
}

fn ask(token: &str, name: &str, email: &str, error: Option<&Error>) -> Page {
    let wrong = |field: &str| error.filter(|e| e.field == Some(field)).map(|e| e.message.as_str());
    let general =
        error.filter(|e| !matches!(e.field, Some("name" | "password" | "email"))).map(|e| e.message.as_str());
    let main = html! {
        h1 { "Set up " (page::PRODUCT) }
        p.lede { "Create the first account. It administers this site." }
        (form::problem(general))
        form.stack method="post" action="/setup" {
            input type="hidden" name="token" value=(token);
            (Field { name: "name", label: "User name", value: name, error: wrong("name"), autocomplete: "username",
                hint: "Letters and digits, and between them hyphens, underscores and dots. It is part of the address of your repositories.",
                longest: Some(39), ..Field::default() }.show())
            (Field { name: "password", label: "Password", kind: "password", error: wrong("password"),
                autocomplete: "new-password", hint: "8 to 128 characters.", ..Field::default() }.show())
            (Field { name: "email", label: "E-mail", kind: "email", value: email, error: wrong("email"),
                autocomplete: "email", optional: true, longest: Some(254), ..Field::default() }.show())
            (form::submit("Create account"))
        }
    };
    Page::new("Set up", main).shape(Shape::Narrow)
}

/// What everybody sees before there is an account: where the link is, and not what it is.
pub(crate) fn not_yet() -> Page {
    let main = html! {
        div.steps {
            h1 { (page::PRODUCT) " is not set up yet" }
            p { "Nobody has an account here. Whoever started or deployed this site makes the first one by the link that the terminal "
                "showed then, in the line that begins with " code { "setup:" } }
        }
    };
    Page::new("Not set up yet", main).shape(Shape::Narrow)
}

/// Signs the new account in, and shows its first token this once.
async fn welcome(visit: Visit, done: SetupDone) -> Result<Response> {
    let cookie = sessions::start(&visit.forge, &done.account, &visit.client).await?;
    let mut frame = visit.frame;
    frame.viewer = Some(Viewer::of(&done.account));
    frame.token = secret::derive(&cookie, "form");
    let name = done.account.name.as_str();
    let url = visit.origin.url(&format!("/{name}/my-project.git"));
    let page = Page::new("Welcome", first_steps(name, &done.token, &url, &frame.token)).shape(Shape::Narrow);
    let mut response = secretly(page.respond(&frame));
    response.headers_mut().append(header::SET_COOKIE, sessions::cookie(&visit.origin, &cookie));
    Ok(response)
}

fn first_steps(name: &str, token: &str, url: &str, form_token: &str) -> Markup {
    html! {
        div.steps {
            h1 { "Welcome, " (name) }
            section {
                h2 { "Your first token" }
                p { "git and tools sign in with a token instead of your password. Copy it now: it is not shown again." }
                (form::secret(token, "the token"))
                p.hint { "It may do everything you may, administering the site included, and does not expire. Make narrower ones in "
                    a href="/settings/tokens" { "your tokens" } "." }
            }
            section {
                h2 { "Push a project" }
                p { "In any project with a commit. The repository is created by the push, private." }
                (form::commands("Push command", &[format!("git push {url} HEAD")]))
                p.hint { "git asks for a name and a password: " code { (name) } ", and the token above." }
            }
            section {
                h2 { "Who gets an account" }
                p { "Registration is closed: nobody gets an account without you. Make accounts under "
                    a href="/admin/users" { "Users" } ", or send " a href="/admin/registration" { "invitation links" } "." }
                form.stack method="post" action="/admin/registration" {
                    (form::token(form_token))
                    input type="hidden" name="mode" value="open";
                    button type="submit" { "Open registration to everybody" }
                }
            }
            p { a.button.primary href="/" { "Go to your repositories" } }
        }
    }
}

/// What holds a secret is kept nowhere.
pub(crate) fn secretly(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
