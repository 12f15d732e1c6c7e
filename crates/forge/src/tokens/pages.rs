//! An account's tokens: the list, making one, and the page that shows it once.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::{Allow, NewToken, Token};
use crate::access::{
    self, Area,
    act::{ManageAccount, SeeAccount},
};
use crate::accounts::pages::beside;
use crate::error::Kind;
use crate::ids::TokenId;
use crate::names::FullName;
use crate::setup::pages::secretly;
use crate::ui::form::{self, Choice, Field};
use crate::ui::visit::{Values, Visit};
use crate::ui::{Page, text, time};
use crate::{Error, Result};

const HERE: &str = "/settings/tokens";
const DAY: i64 = 86_400;
const EXPIRIES: [(&str, &str); 5] =
    [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("never", "Never")];

/// `GET /settings/tokens`.
pub(crate) async fn show(visit: Visit) -> Result<Response> {
    let done = visit.query("done").is_some().then_some("The token is void.");
    index(&visit, &Values::default(), done, None).await
}

/// `POST /settings/tokens`.
pub(crate) async fn create(visit: Visit, values: Values) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    let created = match read(&values) {
        Ok(new) => super::create(&visit.forge, &access, new).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(created) => {
            let main = beside(HERE, &shown_once(values.get("name").trim(), &created.token));
            Ok(secretly(Page::new("New token", main).respond(&visit.frame)))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            index(&visit, &values, None, Some(&error)).await
        }
        Err(error) => Err(error),
    }
}

/// `DELETE /settings/tokens/{id}`.
pub(crate) async fn revoke(visit: Visit, Path(id): Path<i64>) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    super::revoke(&visit.forge, &access, TokenId(id)).await?;
    Ok(Redirect::to("/settings/tokens?done=revoked").into_response())
}

/// The token a form describes.
fn read(values: &Values) -> Result<NewToken> {
    let name = values.get("name").trim();
    if name.is_empty() {
        return Err(Error::invalid("name", "Give the token a name, so that you know later what it is for"));
    }
    let allow = match values.get("allow") {
        "everything" => Allow::Everything,
        "own" => Allow::EverythingButSite,
        _ => listed(values)?,
    };
    let repositories = match values.get("scope") {
        "listed" => Some(names(values.get("repositories"))?),
        _ => None,
    };
    let lasts = match values.get("expires") {
        "never" => None,
        days => {
            let days: i64 =
                days.parse().map_err(|_| Error::invalid("expires", "Choose when the token expires"))?;
            Some(days.saturating_mul(DAY))
        }
    };
    Ok(NewToken { name: name.to_owned(), allow, repositories, lasts })
}

fn listed(values: &Values) -> Result<Allow> {
    let chosen: Vec<String> = Area::ALL
        .into_iter()
        .filter_map(|area| match values.get(&format!("area-{}", area.name())) {
            level @ ("read" | "write") => Some(format!("{}:{level}", area.name())),
            _ => None,
        })
        .collect();
    if chosen.is_empty() {
        return Err(Error::invalid("allow", "Choose at least one area the token is for"));
    }
    Allow::parse(&chosen.join(","))
}

fn names(text: &str) -> Result<Vec<FullName>> {
    let names = text.split([' ', ',', '\n', '\r', '\t']).filter(|name| !name.is_empty());
    let names: Vec<FullName> = names
        .map(|name| FullName::parse(name).map_err(|error| Error::invalid("repository", error.message)))
        .collect::<Result<_>>()?;
    if names.is_empty() {
        return Err(Error::invalid("repository", "Name at least one repository, as OWNER/NAME"));
    }
    Ok(names)
}

fn shown_once(name: &str, token: &str) -> Markup {
    html! {
        div.steps {
            h1 { "New token" }
            p { "This is " strong { (text::visible(name)) } ". Copy it now: it is not shown again." }
            (form::secret(token, "the token"))
            p.hint { "git asks for a name and a password: any name, and this token." }
            p { a.button href=(HERE) { "Back to your tokens" } }
        }
    }
}

async fn index(
    visit: &Visit,
    values: &Values,
    done: Option<&str>,
    error: Option<&Error>,
) -> Result<Response> {
    let access = access::own::<SeeAccount>(&visit.actor)?;
    let tokens = super::list(&visit.forge, &access).await?;
    let now = visit.forge.now();
    let content = html! {
        (form::success(done))
        h1 { "Tokens" }
        p.lede { "git and tools sign in with a token instead of your password." }
        section {
            h2 { "Your tokens" }
            @if tokens.is_empty() {
                p.empty { "You have no tokens." }
            } @else {
                ul.rows { @for token in &tokens { (row(token, &visit.frame.token, now)) } }
            }
        }
        section {
            h2 #new { "New token" }
            (new_form(visit, values, access.subject().administrator, error))
        }
    };
    let page = Page::new("Tokens", beside(HERE, &content));
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page.status(status).respond(&visit.frame))
}

fn row(token: &Token, form_token: &str, now: i64) -> Markup {
    let expired = token.expires_at.is_some_and(|at| at <= now);
    html! {
        li {
            (crate::ui::icon::key())
            div.what {
                span.title { (text::visible(&token.name)) }
                @if expired { " " span.badge { "Expired" } }
                p {
                    (permissions(&token.permissions)) " · "
                    @if token.every_repository { "all repositories" }
                    @else if token.repositories == 1 { "1 repository" }
                    @else { (token.repositories) " repositories" }
                }
                p {
                    @match token.expires_at {
                        Some(at) if expired => { "expired " (time::time(at, now)) }
                        Some(at) => { "expires " (time::time(at, now)) }
                        None => "never expires",
                    }
                    " · "
                    @match token.used_at {
                        Some(at) => {
                            "last used " (time::time(at, now))
                            @if let Some(from) = &token.used_from { " from " (from) }
                        }
                        None => "never used",
                    }
                }
            }
            form method="post" action=(format!("{HERE}/{}", token.id)) {
                (form::token(form_token))
                input type="hidden" name="_method" value="DELETE";
                button.danger type="submit" { "Revoke" span.visually-hidden { " " (text::visible(&token.name)) } }
            }
        }
    }
}

fn permissions(allow: &Allow) -> String {
    match allow {
        Allow::Everything => "everything, the site included".to_owned(),
        Allow::EverythingButSite => "everything but the site".to_owned(),
        listed @ Allow::Listed(_) => listed.to_string().replace(',', ", "),
    }
}

fn new_form(visit: &Visit, values: &Values, administrator: bool, error: Option<&Error>) -> Markup {
    let wrong = |field: &str| error.filter(|e| e.field == Some(field)).map(|e| e.message.as_str());
    let general = error
        .filter(|e| !matches!(e.field, Some("name" | "repository" | "repositories")))
        .map(|e| e.message.as_str());
    let or = |name: &str, default: &'static str| match values.get(name) {
        "" => default.to_owned(),
        value => value.to_owned(),
    };
    let mut allows = vec![
        Choice { value: "own", label: "Everything you may", hint: "In every area but the site." },
        Choice {
            value: "chosen",
            label: "Only these areas",
            hint: "Choose below. Writing includes reading.",
        },
    ];
    if administrator {
        allows.push(Choice {
            value: "everything",
            label: "Everything, the site included",
            hint: "Administers the site. Keep it out of scripts that do less.",
        });
    }
    html! {
        (form::problem(general))
        form.stack method="post" action=(HERE) aria-labelledby="new" {
            (form::token(&visit.frame.token))
            (Field { name: "name", label: "Name", value: values.get("name"), error: wrong("name"),
                hint: "What it is for: a machine, a script.", longest: Some(100), ..Field::default() }.show())
            (form::select("expires", "Expires after", &or("expires", "90"), &EXPIRIES))
            (form::choices("allow", "What it may do", &or("allow", "own"), &allows))
            (areas(values, administrator))
            (form::choices("scope", "Which repositories", &or("scope", "all"), &[
                Choice { value: "all", label: "All", hint: "Every repository you can see, now and later." },
                Choice { value: "listed", label: "Only these", hint: "Name them below." },
            ]))
            (Field { name: "repositories", label: "Repositories", value: values.get("repositories"),
                error: wrong("repository"), hint: "As OWNER/NAME, separated by spaces.", optional: true,
                ..Field::default() }.show())
            (form::submit("Create token"))
        }
    }
}

/// What an area is about, in words.
const fn about(area: Area) -> &'static str {
    match area {
        Area::Metadata => "that repositories exist, and their names",
        Area::Contents => "code, clone and push",
        Area::Issues => "issues",
        Area::Pulls => "pull requests",
        Area::Statuses => "commit statuses",
        Area::Hooks => "webhooks",
        Area::Administration => "settings and members of repositories",
        Area::Account => "your account, its tokens and sessions",
        Area::Site => "the whole site",
    }
}

fn areas(values: &Values, administrator: bool) -> Markup {
    let shown = Area::ALL.into_iter().filter(|area| *area != Area::Site || administrator);
    html! {
        table.areas {
            caption.visually-hidden { "Areas" }
            thead { tr { th scope="col" { "Area" } th scope="col" { "Access" } } }
            tbody {
                @for area in shown {
                    @let name = format!("area-{}", area.name());
                    @let chosen = values.get(&name);
                    tr {
                        th scope="row" { label for=(name) { strong { (area.name()) } br; span.hint { (about(area)) } } }
                        td {
                            select id=(name) name=(name) {
                                option value="" { "None" }
                                option value="read" selected[chosen == "read"] { "Read" }
                                option value="write" selected[chosen == "write"] { "Read and write" }
                            }
                        }
                    }
                }
            }
        }
    }
}
