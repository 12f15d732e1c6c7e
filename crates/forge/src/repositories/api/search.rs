//! Searching repositories.

use axum::extract::State;
use serde_json::{Value, json};

use super::super::listing::{Key, Kind, Order, Search, Way, Whose};
use crate::{
    Error, Result,
    actor::Actor,
    api::{
        Answer, End, Paging,
        json::{extend, repository},
    },
    host::Forge,
    http::Origin,
    names::AccountName,
};

/// `GET /search/repositories`: words, and of GitHub's qualifiers `user`, `org`, `topic`, `is`, `archived`.
pub(super) async fn search(
    State(forge): State<Forge>,
    actor: Actor,
    origin: Origin,
    paging: Paging,
) -> Result<Answer> {
    let words = paging.query("q").unwrap_or_default();
    if words.trim().is_empty() {
        return Err(Error::missing_field("q"));
    }
    let key = match paging.query("sort").as_deref() {
        Some("updated") => Key::Pushed,
        _ => Key::Stars,
    };
    let way = if paging.query("order").as_deref() == Some("asc") { Way::Up } else { Way::Down };
    let search =
        Search { order: Order::By(key, way), page: paging.page, rows: paging.per_page, ..read(&words) };
    let answers = forge.site().batch(vec![search.bind(&actor), search.bind_count(&actor)]).await?;
    let [listed, counted] = answers.as_slice() else { return Err(Error::internal("two answers expected")) };
    let (standings, _) = search.read_standings(&actor, listed)?;
    let total = search.read_count(counted)?;
    let items: Vec<Value> = standings.iter().map(|standing| found(&origin, &actor, standing)).collect();
    let answer = json!({ "total_count": total, "incomplete_results": false, "items": items });
    Ok(Answer::ok(answer).linked(&paging, End::Total(total)))
}

fn found(origin: &Origin, actor: &Actor, standing: &super::super::Standing) -> Value {
    let mut item = repository::full(origin, actor, standing);
    extend(&mut item, json!({ "score": 1.0 }));
    item
}

/// Takes the qualifiers out of the words. One that is not known narrows nothing.
fn read(words: &str) -> Search {
    let mut search = Search::of(Whose::Anybodys);
    let mut plain = Vec::new();
    for word in words.split_whitespace() {
        match word.split_once(':') {
            Some(("user" | "org", name)) => match AccountName::parse(name) {
                Ok(name) => search.whose = Whose::Owner(name),
                Err(_) => plain.push(word),
            },
            Some(("topic", name)) => search.topic = name.to_ascii_lowercase(),
            Some(("is", kind @ ("public" | "private"))) => search.kind = Kind::parse(kind),
            Some(("archived", "true")) => search.kind = Kind::Archived,
            Some(("in" | "is" | "fork" | "archived" | "sort" | "language" | "license", _)) => {}
            _ => plain.push(word.trim_matches('"')),
        }
    }
    search.words = plain.join(" ").chars().take(200).collect();
    search
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualifiers_are_no_words() {
        let search = read("git user:ada topic:Rust \"engine\" is:private in:name language:rust");
        assert_eq!(search.words, "git engine");
        assert_eq!((search.topic.as_str(), search.kind), ("rust", Kind::Private));
        assert!(matches!(search.whose, Whose::Owner(name) if name.as_str() == "ada"));
    }
}
