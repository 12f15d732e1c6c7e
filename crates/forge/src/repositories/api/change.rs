//! Changing, handing over and deleting a repository, and its topics.

use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::{Changes, Standing, Topics, Words, delete, describe};
use super::create::visibility;
use crate::{
    Error, Result,
    access::{Access, Act, act, grant},
    api::{Answer, Fields, Given, OnRepository, json::repository},
    collaborators::{self, Offered},
    error::Code,
    host::Forge,
    http::Origin,
    names::AccountName,
};

/// `PATCH /repos/{owner}/{repo}`: whatever is given and differs, each by its own right.
pub(super) async fn change(
    State(forge): State<Forge>,
    access: OnRepository<act::See>,
    origin: Origin,
    fields: Fields,
) -> Result<Answer> {
    some_right(&access)?;
    let now = access.repository();
    let mut changes = Changes::of(now);
    let words = Words {
        description: fields.text("description")?.or_null("").filter(|new| *new != now.description),
        website: fields.text("homepage")?.or_null("").filter(|new| *new != now.website),
        topics: None,
    };
    if words != Words::default() {
        changes.describe(&also::<act::Describe>(&access)?, words)?;
    }
    if let Some(wanted) = visibility(&fields)?.filter(|wanted| *wanted != now.visibility) {
        changes.set_visibility(&forge, &also::<act::SetVisibility>(&access)?, wanted);
    }
    if let Some(archived) = fields.flag("archived")?.value().filter(|wanted| *wanted != now.archived) {
        changes.set_archived(&forge, &also::<act::Archive>(&access)?, archived);
    }
    if let Some(name) = fields.text("name")?.value().filter(|name| *name != now.name.as_str()) {
        changes.rename(&forge, &also::<act::Rename>(&access)?, name)?;
    }
    let branch = fields.text("default_branch")?.value();
    if let Some(branch) = branch.filter(|branch| *branch != repository::shown(&now.default_branch)) {
        changes.set_default_branch(&forge, &also::<act::Manage>(&access)?, branch).await?;
    }
    let changed = changes.make(&forge).await?;
    let standing = Standing { repository: changed, ..access.subject().clone() };
    Ok(Answer::ok(repository::full(&origin, access.actor(), &standing)))
}

/// Who may change nothing is told so, whatever was given.
fn some_right(access: &Access<act::See>) -> Result<()> {
    match also::<act::SeeSettings>(access) {
        Ok(_) => Ok(()),
        Err(error) => also::<act::Describe>(access).map(drop).map_err(|_| error),
    }
}

/// The proof of another right of the same actor on the same repository.
fn also<A: Act<Subject = Standing>>(access: &Access<act::See>) -> Result<Access<A>> {
    grant(access.actor(), access.subject().clone())
}

/// `DELETE /repos/{owner}/{repo}`.
pub(super) async fn remove(
    State(forge): State<Forge>,
    access: OnRepository<act::Delete>,
) -> Result<StatusCode> {
    delete(&forge, &access).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /repos/{owner}/{repo}/transfer`: the new owner is asked, and the repository stays where it is until the answer.
pub(super) async fn transfer(
    State(forge): State<Forge>,
    access: OnRepository<act::Rename>,
    origin: Origin,
    fields: Fields,
) -> Result<Answer> {
    let to = AccountName::parse(fields.needed("new_owner")?).map_err(|error| error.of_field("new_owner"))?;
    let now = access.repository();
    if fields.text("new_name")?.value().is_some_and(|name| name != now.name.as_str()) {
        return Err(Error::invalid("new_name", "Change its name and its owner one after the other"));
    }
    let offered =
        collaborators::offer(&forge, &access, &to).await.map_err(|error| error.of_field("new_owner"))?;
    let mut standing = access.subject().clone();
    if let Offered::Done(owner) = offered {
        (standing.repository.owner_id, standing.repository.owner) = (owner.id, owner.name);
    }
    Ok(Answer::accepted(repository::full(&origin, access.actor(), &standing)))
}

/// `GET /repos/{owner}/{repo}/topics`.
pub(super) async fn topics(access: OnRepository<act::See>) -> Answer {
    names(&access.repository().topics)
}

/// `PUT /repos/{owner}/{repo}/topics`.
pub(super) async fn set_topics(
    State(forge): State<Forge>,
    access: OnRepository<act::Describe>,
    fields: Fields,
) -> Result<Answer> {
    let given = fields.texts("names").and_then(|given| match given {
        Given::Value(given) => Topics::new(given),
        Given::Absent | Given::Null => Err(Error::missing_field("names")),
    });
    let topics = given.map_err(|error| error.with_code(Code::Sentence))?;
    let words = Words { topics: Some(topics), ..Words::default() };
    Ok(names(&describe(&forge, &access, words).await?.topics))
}

fn names(topics: &Topics) -> Answer {
    Answer::ok(json!({ "names": topics.iter().map(Value::from).collect::<Value>() }))
}
