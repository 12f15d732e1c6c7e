//! A repository's settings: one page, and one small form for each thing that can be changed.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{delete, get, post};
use gitflare_port::{Command, Reply};
use http::StatusCode;
use maud::{Markup, html};

use super::new::VISIBILITIES;
use crate::access::{Access, Action, InRepository, act};
use crate::collaborators::{self, Collaborator};
use crate::error::Kind;
use crate::names::AccountName;
use crate::repositories::{self, Repository, Visibility};
use crate::ui::form::{self, Field};
use crate::ui::visit::{self, Values, Visit};
use crate::ui::{Page, text};
use crate::{Error, Forge, Result, Role, code};

/// The routes of the settings.
pub(crate) fn routes() -> Router<Forge> {
    let base = "/{owner}/{repository}/settings";
    Router::new()
        .route(base, get(show).delete(remove))
        .route(&format!("{base}/description"), post(describe))
        .route(&format!("{base}/visibility"), post(set_visibility))
        .route(&format!("{base}/default-branch"), post(set_default_branch))
        .route(&format!("{base}/name"), post(rename))
        .route(&format!("{base}/archive"), post(archive).delete(restore))
        .route(&format!("{base}/collaborators"), post(add_collaborator))
        .route(&format!("{base}/collaborators/{{account}}"), delete(remove_collaborator))
}

/// What was refused, and what was typed.
struct Refused {
    /// The form it belongs to.
    form: &'static str,
    error: Error,
    values: Values,
}

impl Refused {
    fn message(refused: Option<&Self>, form: &str) -> Option<String> {
        refused.filter(|refused| refused.form == form).map(|refused| refused.error.message.clone())
    }

    fn value(refused: Option<&Self>, form: &str, field: &str, otherwise: &str) -> String {
        match refused.filter(|refused| refused.form == form) {
            Some(refused) => refused.values.get(field).to_owned(),
            None => otherwise.to_owned(),
        }
    }
}

/// `GET /{owner}/{repository}/settings`.
async fn show(visit: Visit, access: InRepository<act::SeeSettings>) -> Result<Response> {
    page(&visit, &access, None).await
}

/// After a change: back to the page with a word of success, or the page again with what was wrong.
async fn settle(
    visit: &Visit,
    see: &Access<act::SeeSettings>,
    form: &'static str,
    values: Values,
    outcome: Result<()>,
) -> Result<Response> {
    match outcome {
        Ok(()) => {
            let to = format!("/{}/settings?done={form}", see.repository().full_name());
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict | Kind::NotFound) => {
            page(visit, see, Some(&Refused { form, error, values })).await
        }
        Err(error) => Err(error),
    }
}

type See = InRepository<act::SeeSettings>;

async fn describe(
    visit: Visit,
    see: See,
    access: InRepository<act::Describe>,
    values: Values,
) -> Result<Response> {
    let outcome = repositories::describe(&visit.forge, &access, values.get("description")).await;
    settle(&visit, &see, "description", values, outcome).await
}

async fn set_visibility(
    visit: Visit,
    see: See,
    access: InRepository<act::SetVisibility>,
    values: Values,
) -> Result<Response> {
    let wanted = match values.get("visibility") {
        "public" => Ok(Visibility::Public),
        "private" => Ok(Visibility::Private),
        _ => Err(Error::invalid("visibility", "Choose who can see it")),
    };
    let outcome = match wanted {
        Ok(wanted) => repositories::set_visibility(&visit.forge, &access, wanted).await,
        Err(error) => Err(error),
    };
    settle(&visit, &see, "visibility", values, outcome).await
}

async fn set_default_branch(
    visit: Visit,
    see: See,
    access: InRepository<act::Manage>,
    values: Values,
) -> Result<Response> {
    let outcome = repositories::set_default_branch(&visit.forge, &access, values.get("branch").trim()).await;
    settle(&visit, &see, "default-branch", values, outcome).await
}

async fn rename(
    visit: Visit,
    see: See,
    access: InRepository<act::Rename>,
    values: Values,
) -> Result<Response> {
    match repositories::rename(&visit.forge, &access, values.get("name").trim()).await {
        Ok(renamed) => {
            let to = format!("/{}/settings?done=name", renamed.full_name());
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => settle(&visit, &see, "name", values, Err(error)).await,
    }
}

async fn archive(
    visit: Visit,
    see: See,
    access: InRepository<act::Archive>,
    values: Values,
) -> Result<Response> {
    let outcome = repositories::set_archived(&visit.forge, &access, true).await;
    settle(&visit, &see, "archive", values, outcome).await
}

async fn restore(
    visit: Visit,
    see: See,
    access: InRepository<act::Archive>,
    values: Values,
) -> Result<Response> {
    let outcome = repositories::set_archived(&visit.forge, &access, false).await;
    settle(&visit, &see, "restore", values, outcome).await
}

async fn add_collaborator(
    visit: Visit,
    see: See,
    access: InRepository<act::Manage>,
    values: Values,
) -> Result<Response> {
    let wanted = AccountName::parse(values.get("account").trim())
        .and_then(|name| Role::parse(values.get("role")).map(|role| (name, role)));
    let outcome = match wanted {
        Ok((name, role)) => collaborators::add(&visit.forge, &access, &name, role).await,
        Err(error) => Err(error),
    };
    settle(&visit, &see, "collaborator", values, outcome).await
}

async fn remove_collaborator(
    visit: Visit,
    see: See,
    access: InRepository<act::Manage>,
    Path((_, _, account)): Path<(String, String, String)>,
    values: Values,
) -> Result<Response> {
    let name = AccountName::parse(&account).map_err(|_| Error::not_found())?;
    let outcome = collaborators::remove(&visit.forge, &access, &name).await;
    settle(&visit, &see, "removed", values, outcome).await
}

async fn remove(
    visit: Visit,
    see: See,
    access: InRepository<act::Delete>,
    values: Values,
) -> Result<Response> {
    let repository = access.repository();
    if values.get("confirm").trim() != repository.full_name().to_string() {
        let error = Error::invalid("confirm", format!("Type {} to delete it", repository.full_name()));
        return settle(&visit, &see, "delete", values, Err(error)).await;
    }
    repositories::delete(&visit.forge, &access).await?;
    Ok(Redirect::to(&format!("/{}", repository.owner)).into_response())
}

/// What the page shows, ready.
struct SettingsPage<'a> {
    repository: &'a Repository,
    base: String,
    token: &'a str,
    may_manage: bool,
    /// Decoded short names; empty while there is no commit.
    branches: Vec<String>,
    head: String,
    collaborators: Vec<Collaborator>,
    refused: Option<&'a Refused>,
}

async fn page(
    visit: &Visit,
    access: &Access<act::SeeSettings>,
    refused: Option<&Refused>,
) -> Result<Response> {
    let repository = access.repository();
    let command =
        Command::Browse { caller: access.caller(&visit.client), revision: None, path: String::new() };
    let folder = match visit.forge.host().command(repository.id, command).await? {
        Reply::Folder(folder) => folder,
        other => return Err(visit::unexpected(&other)),
    };
    let head = text::decoded(&folder.head);
    let view = SettingsPage {
        repository,
        base: format!("/{}/settings", repository.full_name()),
        token: &visit.frame.token,
        may_manage: access.may(Action::Manage),
        branches: folder.branches.iter().map(|name| text::decoded(name)).collect(),
        head: head.strip_prefix("refs/heads/").unwrap_or(&head).to_owned(),
        collaborators: collaborators::list(&visit.forge, access).await?,
        refused,
    };
    let done = match visit.query("done").as_deref() {
        Some("description") => Some("Description saved."),
        Some("visibility") => Some("Visibility changed."),
        Some("default-branch") => Some("Default branch changed."),
        Some("name") => Some("Renamed. The old name leads here."),
        Some("archive") => Some("Archived."),
        Some("restore") => Some("No longer archived."),
        Some("collaborator") => Some("Collaborator saved."),
        Some("removed") => Some("Collaborator removed."),
        _ => None,
    };
    let main = html! {
        (code::title_row(repository, access.by_office()))
        (form::success(done))
        (view.show())
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Page::new(format!("Settings · {}", repository.full_name()), main)
        .crumbs(code::crumbs(repository))
        .tabs(code::tabs(access, code::Tab::Settings))
        .status(status);
    Ok(page.respond(&visit.frame))
}

impl SettingsPage<'_> {
    fn show(&self) -> Markup {
        html! {
            @if !self.repository.archived && self.may_manage {
                (self.describe())
                (self.visibility())
                @if !self.branches.is_empty() { (self.default_branch()) }
                (self.people())
                (self.rename())
            }
            (self.archive())
            (self.delete())
        }
    }

    /// A form that posts to a part of the settings.
    fn form(&self, part: &str, method: Option<&str>, content: &Markup) -> Markup {
        let action = if part.is_empty() { self.base.clone() } else { format!("{}/{part}", self.base) };
        html! {
            form.stack method="post" action=(action) {
                (form::token(self.token))
                @if let Some(method) = method { input type="hidden" name="_method" value=(method); }
                (content)
            }
        }
    }

    fn describe(&self) -> Markup {
        let value = Refused::value(self.refused, "description", "description", &self.repository.description);
        let error = Refused::message(self.refused, "description");
        let field = Field {
            name: "description",
            label: "One line about it",
            value: &value,
            error: error.as_deref(),
            optional: true,
            longest: Some(350),
            ..Field::default()
        };
        html! {
            section {
                h2 { "Description" }
                (self.form("description", None, &html! { (field.show()) (form::submit("Save description")) }))
            }
        }
    }

    fn visibility(&self) -> Markup {
        let chosen = self.repository.visibility.name();
        html! {
            section {
                h2 { "Visibility" }
                (form::problem(Refused::message(self.refused, "visibility").as_deref()))
                (self.form("visibility", None, &html! {
                    (form::choices("visibility", "Who can see it", chosen, &VISIBILITIES))
                    (form::submit("Change visibility"))
                }))
            }
        }
    }

    fn default_branch(&self) -> Markup {
        let shown: Vec<String> = self.branches.iter().map(|name| text::visible(name)).collect();
        let options: Vec<(&str, &str)> =
            self.branches.iter().zip(&shown).map(|(name, shown)| (name.as_str(), shown.as_str())).collect();
        html! {
            section {
                h2 { "Default branch" }
                (form::problem(Refused::message(self.refused, "default-branch").as_deref()))
                (self.form("default-branch", None, &html! {
                    (form::select("branch", "What a clone checks out and this site shows first", &self.head, &options))
                    (form::submit("Change default branch"))
                }))
            }
        }
    }

    fn people(&self) -> Markup {
        let error = Refused::message(self.refused, "collaborator");
        let account = Refused::value(self.refused, "collaborator", "account", "");
        let role = Refused::value(self.refused, "collaborator", "role", "write");
        let field = Field {
            name: "account",
            label: "User name",
            value: &account,
            error: error.as_deref(),
            autocomplete: "off",
            longest: Some(39),
            ..Field::default()
        };
        html! {
            section {
                h2 { "People" }
                (form::problem(Refused::message(self.refused, "removed").as_deref()))
                ul.rows {
                    li { div.what { a.title href=(format!("/{}", self.repository.owner)) { (self.repository.owner) } " owns it" } }
                    @for person in &self.collaborators { (self.person(person)) }
                }
                (self.form("collaborators", None, &html! {
                    div.inline { (field.show()) (form::select("role", "Role", &role, &ROLES)) (form::submit("Add or change")) }
                }))
            }
        }
    }

    fn person(&self, person: &Collaborator) -> Markup {
        let words = ROLES.iter().find(|(role, _)| *role == person.role.name()).map_or("", |(_, words)| words);
        html! {
            li {
                div.what { a.title href=(format!("/{}", person.name)) { (person.name) } p { (words) } }
                (self.form(&format!("collaborators/{}", person.name), Some("DELETE"), &html! {
                    button.danger type="submit" { "Remove" span.visually-hidden { " " (person.name) } }
                }))
            }
        }
    }

    fn rename(&self) -> Markup {
        let value = Refused::value(self.refused, "name", "name", self.repository.name.as_str());
        let error = Refused::message(self.refused, "name");
        let field = Field {
            name: "name",
            label: "New name",
            value: &value,
            error: error.as_deref(),
            hint: "The old name goes on leading here, in pages and in git, until you use it again.",
            autocomplete: "off",
            longest: Some(100),
            ..Field::default()
        };
        html! {
            section {
                h2 { "Name" }
                (self.form("name", None, &html! { (field.show()) (form::submit("Rename")) }))
            }
        }
    }

    fn archive(&self) -> Markup {
        html! {
            section {
                h2 { "Archive" }
                @if self.repository.archived {
                    p { "This repository is archived: everybody may read it as before, nobody may change it." }
                    (self.form("archive", Some("DELETE"), &html! { button type="submit" { "Make it writable again" } }))
                } @else {
                    p { "An archived repository stays readable and takes no pushes. You can undo this." }
                    (self.form("archive", None, &html! { button type="submit" { "Archive" } }))
                }
            }
        }
    }

    fn delete(&self) -> Markup {
        let full_name = self.repository.full_name().to_string();
        let error = Refused::message(self.refused, "delete");
        let value = Refused::value(self.refused, "delete", "confirm", "");
        let label = format!("Type {full_name} to confirm");
        let field = Field {
            name: "confirm",
            label: &label,
            value: &value,
            error: error.as_deref(),
            autocomplete: "off",
            ..Field::default()
        };
        html! {
            section.danger-zone {
                h2 { "Delete" }
                p { "Its branches, tags and history are gone for everybody, at once. This cannot be undone." }
                (self.form("", Some("DELETE"), &html! {
                    (field.show())
                    button.danger type="submit" { "Delete this repository" }
                }))
            }
        }
    }
}

/// The roles, in words.
const ROLES: [(&str, &str); 5] = [
    ("read", "Read: see and clone"),
    ("triage", "Triage: sort issues and pull requests"),
    ("write", "Write: push"),
    ("maintain", "Maintain: also describe it"),
    ("admin", "Admin: everything"),
];
