//! A repository's settings: one page, and one small form for each thing that can be changed.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{delete, get, post};
use gitflare_port::{Command, Reply};
use http::StatusCode;
use maud::{Markup, html};

use crate::access::{Access, Act, Action, InRepository, act, grant};
use crate::collaborators::{self, Offered};
use crate::error::Kind;
use crate::names::AccountName;
use crate::repositories::{self, Standing, Topics, Visibility, Words};
use crate::ui::form;
use crate::ui::visit::{self, Values, Visit};
use crate::ui::{Page, text};
use crate::{Error, Forge, Result, Role, code};
use view::SettingsPage;

mod view;

/// The routes of the settings.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    let base = "/{owner}/{repository}/settings";
    routes
        .route(base, get(show).delete(remove))
        .route(&format!("{base}/description"), post(describe))
        .route(&format!("{base}/visibility"), post(set_visibility))
        .route(&format!("{base}/default-branch"), post(set_default_branch))
        .route(&format!("{base}/name"), post(rename))
        .route(&format!("{base}/archive"), post(archive).delete(restore))
        .route(&format!("{base}/collaborators"), post(add_collaborator))
        .route(&format!("{base}/collaborators/{{account}}"), delete(remove_collaborator))
        .route(&format!("{base}/invitations/{{account}}"), delete(withdraw))
        .route(&format!("{base}/transfer"), post(transfer))
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

    /// What was wrong with one field of a form.
    fn message_of(refused: Option<&Self>, form: &str, field: &str) -> Option<String> {
        Self::message(refused.filter(|refused| refused.error.field == Some(field)), form)
    }

    fn value(refused: Option<&Self>, form: &str, field: &str, otherwise: &str) -> String {
        match refused.filter(|refused| refused.form == form) {
            Some(refused) => refused.values.get(field).to_owned(),
            None => otherwise.to_owned(),
        }
    }
}

/// `GET /{owner}/{repository}/settings`: all of them, or for who may only describe the repository, that one form.
async fn show(visit: Visit, access: InRepository<act::See>) -> Result<Response> {
    either(&visit, &access, None).await
}

async fn either(visit: &Visit, access: &Access<act::See>, refused: Option<&Refused>) -> Result<Response> {
    let standing = access.subject();
    match grant::<act::SeeSettings>(&visit.actor, standing.clone()) {
        Ok(see) => page(visit, &see, refused).await,
        Err(error) => match grant::<act::Describe>(&visit.actor, standing.clone()) {
            Ok(describe) => Ok(only_description(visit, &describe, refused)),
            Err(_) => Err(error),
        },
    }
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
    see: InRepository<act::See>,
    access: InRepository<act::Describe>,
    values: Values,
) -> Result<Response> {
    let words = Topics::parse(values.get("topics")).map(|topics| Words {
        description: Some(values.get("description")),
        website: Some(values.get("website")),
        topics: Some(topics),
    });
    let outcome = match words {
        Ok(words) => repositories::describe(&visit.forge, &access, words).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => {
            let to = format!("/{}/settings?done=description", access.repository().full_name());
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) if error.kind == Kind::Invalid => {
            either(&visit, &see, Some(&Refused { form: "description", error, values })).await
        }
        Err(error) => Err(error),
    }
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
        Ok((name, role)) => collaborators::invite(&visit.forge, &access, &name, role).await,
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

async fn withdraw(
    visit: Visit,
    see: See,
    access: InRepository<act::Manage>,
    Path((_, _, account)): Path<(String, String, String)>,
    values: Values,
) -> Result<Response> {
    let name = AccountName::parse(&account).map_err(|_| Error::not_found())?;
    let outcome = collaborators::withdraw(&visit.forge, &access, &name).await;
    settle(&visit, &see, "withdrawn", values, outcome).await
}

async fn transfer(
    visit: Visit,
    see: See,
    access: InRepository<act::Rename>,
    values: Values,
) -> Result<Response> {
    let full_name = access.repository().full_name();
    let wanted = if values.get("confirm").trim() == full_name.to_string() {
        AccountName::parse(values.get("account").trim())
    } else {
        Err(Error::invalid("confirm", format!("Type {full_name} to transfer it")))
    };
    let outcome = match wanted {
        Ok(name) => collaborators::offer(&visit.forge, &access, &name).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(Offered::Done(owner)) => {
            Ok(Redirect::to(&format!("/{}/{}", owner.name, access.repository().name)).into_response())
        }
        other => settle(&visit, &see, "transfer", values, other.map(|_| ())).await,
    }
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

/// The page of who may describe the repository and no more.
fn only_description(visit: &Visit, access: &Access<act::Describe>, refused: Option<&Refused>) -> Response {
    let repository = access.repository();
    let view = SettingsPage {
        repository,
        base: format!("/{}/settings", repository.full_name()),
        token: &visit.frame.token,
        may_manage: false,
        branches: Vec::new(),
        head: String::new(),
        collaborators: Vec::new(),
        asked: Vec::new(),
        refused,
    };
    let done = visit.query("done").map(|_| "Saved.").filter(|_| refused.is_none());
    framed(visit, access, done, refused.is_some(), &view.describe())
}

/// A page of the settings in the frame of the repository.
fn framed<A: Act<Subject = Standing>>(
    visit: &Visit,
    access: &Access<A>,
    done: Option<&str>,
    refused: bool,
    content: &Markup,
) -> Response {
    let repository = access.repository();
    let main = html! {
        (code::title_row(access, &visit.frame))
        (form::success(done))
        (content)
    };
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Page::new(format!("Settings · {}", repository.full_name()), main)
        .crumbs(code::crumbs(repository))
        .tabs(code::tabs(access, code::Tab::Settings))
        .status(status)
        .respond(&visit.frame)
}

async fn page(
    visit: &Visit,
    access: &Access<act::SeeSettings>,
    refused: Option<&Refused>,
) -> Result<Response> {
    let repository = access.repository();
    let command = Command::Browse {
        caller: access.caller(&visit.client),
        revision: None,
        path: String::new(),
        after: None,
    };
    let folder = match visit.forge.host().command(repository.id, command).await? {
        Reply::Folder(folder) => folder,
        other => return Err(visit::unexpected(&other)),
    };
    let head = text::decoded(&folder.head);
    let (collaborators, asked) = collaborators::members(&visit.forge, access).await?;
    let view = SettingsPage {
        repository,
        base: format!("/{}/settings", repository.full_name()),
        token: &visit.frame.token,
        may_manage: access.may(Action::Manage),
        branches: folder.branches.iter().map(|name| text::decoded(name)).collect(),
        head: head.strip_prefix("refs/heads/").unwrap_or(&head).to_owned(),
        collaborators,
        asked,
        refused,
    };
    let done = match visit.query("done").as_deref() {
        Some("description") => Some("Saved."),
        Some("visibility") => Some("Visibility changed."),
        Some("default-branch") => Some("Default branch changed."),
        Some("name") => Some("Renamed. The old name leads here."),
        Some("archive") => Some("Archived."),
        Some("restore") => Some("No longer archived."),
        Some("collaborator") => Some("Saved. Who is new here was invited and can accept."),
        Some("withdrawn") => Some("Invitation withdrawn."),
        Some("transfer") => Some("Offered. The repository moves when the offer is accepted."),
        Some("removed") => Some("Collaborator removed."),
        _ => None,
    };
    Ok(framed(visit, access, done, refused.is_some(), &view.show()))
}
