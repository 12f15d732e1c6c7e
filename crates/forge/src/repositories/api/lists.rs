//! Lists of repositories.

use axum::extract::{Path, State};

use super::super::listing::{Key, Kind, Order, Search, Way, Whose};
use crate::{
    Error, Result,
    access::Reason,
    accounts,
    actor::Actor,
    api::{Answer, End, Paging, json::repository},
    host::Forge,
    http::Origin,
    names::AccountName,
};

/// `GET /user/repos`.
pub(super) async fn own(
    State(forge): State<Forge>,
    actor: Actor,
    origin: Origin,
    paging: Paging,
) -> Result<Answer> {
    let account = actor.account().ok_or_else(|| Error::unauthenticated(Reason::SignIn.to_string()))?;
    let affiliation = paging.query("affiliation").unwrap_or_default();
    let of_type = paging.query("type").unwrap_or_default();
    let affiliations = affiliation.split(',').map(str::trim);
    let [owns, helps] = ["owner", "collaborator"].map(|name| affiliations.clone().any(|one| one == name));
    let whose = match of_type.as_str() {
        "owner" => Whose::Owner(account.name.clone()),
        "member" => Whose::SharedWith(account.name.clone()),
        _ if owns && !helps => Whose::Owner(account.name.clone()),
        _ if helps && !owns => Whose::SharedWith(account.name.clone()),
        _ => Whose::Own,
    };
    let visibility = paging.query("visibility").unwrap_or_default();
    let kind = Kind::parse(if visibility.is_empty() { &of_type } else { &visibility });
    list(&forge, &actor, &origin, &paging, Search { kind, ..asked(whose, &paging) }).await
}

/// `GET /users/{username}/repos`.
pub(super) async fn of_user(
    State(forge): State<Forge>,
    actor: Actor,
    Path(name): Path<String>,
    origin: Origin,
    paging: Paging,
) -> Result<Answer> {
    let name = AccountName::parse(&name).map_err(|_| Error::not_found())?;
    // Who works on whose repositories is for themselves to know, and for those who manage these.
    let own = actor.account().is_some_and(|account| account.name.folded() == name.folded());
    let whose = match paging.query("type").as_deref() {
        Some("member") if own => Whose::SharedWith(name.clone()),
        _ => Whose::Owner(name.clone()),
    };
    let search = asked(whose, &paging);
    let batch = vec![accounts::bind_name(&name), search.bind(&actor)];
    let answers = forge.site().batch(batch).await?;
    let [account, listed] = answers.as_slice() else { return Err(Error::internal("two answers expected")) };
    accounts::read_name(account)?.ok_or_else(Error::not_found)?;
    let (standings, more) = search.read_standings(&actor, listed)?;
    let items = standings.iter().map(|standing| repository::full(&origin, &actor, standing)).collect();
    Ok(Answer::page(items, &paging, End::More(more)))
}

async fn list(
    forge: &Forge,
    actor: &Actor,
    origin: &Origin,
    paging: &Paging,
    search: Search,
) -> Result<Answer> {
    let answers = forge.site().batch(vec![search.bind(actor)]).await?;
    let answer = answers.first().ok_or_else(|| Error::internal("one answer expected"))?;
    let (standings, more) = search.read_standings(actor, answer)?;
    let items = standings.iter().map(|standing| repository::full(origin, actor, standing)).collect();
    Ok(Answer::page(items, paging, End::More(more)))
}

/// The part of a list that `sort`, `direction` and the page ask for.
fn asked(whose: Whose, paging: &Paging) -> Search {
    let key = match paging.query("sort").as_deref() {
        Some("created") => Key::Created,
        Some("pushed" | "updated") => Key::Pushed,
        _ => Key::FullName,
    };
    let way = match (paging.query("direction").as_deref(), key) {
        (Some("desc"), _) => Way::Down,
        (Some("asc"), _) | (_, Key::FullName) => Way::Up,
        _ => Way::Down,
    };
    Search { order: Order::By(key, way), page: paging.page, rows: paging.per_page, ..Search::of(whose) }
}
