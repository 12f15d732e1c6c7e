//! Branches and tags, a page at a time.

use std::cmp::Reverse;

use gitflare_git::{commit as text, object::Kind, refname};
use gitflare_port::{
    Caller, Reply,
    refs::{Branch, Branches, RefOrder, RefQuery, Tag, Tags},
};

use super::{Scene, message, revision::short, walk};
use crate::{
    Error, Repository, Result,
    graph::Graph,
    refs::{self, Ref},
};

/// Branches in one answer: a bit each, and one for what they are compared with.
const BRANCHES: u32 = 50;
/// Tags in one answer.
const TAGS: u32 = 100;
/// Refs read at a time.
const READ: u32 = 1_000;
/// Refs looked at for one answer.
const LOOKS: usize = 20_000;
/// The most refs that are put into another order than that of their names.
pub(super) const SORTED: u64 = 10_000;
/// Commits visited to tell how far branches are from each other.
const VISITS: usize = 1_000_000;
/// Bytes of a tag's message in one answer.
const MESSAGE: usize = 64 << 10;

/// A page of branches, with their distance from the default branch.
pub(crate) fn branches(repository: &Repository, caller: &Caller, query: &RefQuery) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let graph = Graph::new(&scene.view)?;
        let (found, next) = page(&scene, &graph, b"refs/heads/", query, BRANCHES)?;
        let head = refs::get(sql, &scene.state.head)?.filter(|head| !scene.hidden.hides(&head.name));
        let base = head.map(|head| graph.number(&head.oid)).transpose()?.flatten();
        let mut cids = Vec::with_capacity(found.len());
        for one in &found {
            cids.push(graph.number(&one.oid)?.ok_or(Error::Missing(one.oid))?);
        }
        let distances = match base {
            Some(base) => walk::distances(&graph, base, &cids, VISITS)?,
            None => None,
        };
        let mut branches = Vec::with_capacity(found.len());
        for (n, (one, cid)) in found.iter().zip(&cids).enumerate() {
            let distance = distances.as_ref().and_then(|all| all.get(n)).copied();
            branches.push(Branch {
                name: refname::encode(short(&one.name)),
                commit: message::summary(&graph, *cid)?.as_ref().clone(),
                ahead: distance.map(|(ahead, _)| ahead),
                behind: distance.map(|(_, behind)| behind),
            });
        }
        Ok(Reply::Branches(Branches {
            total: refs::count_with_prefix(sql, b"refs/heads/")?,
            default: refname::encode(short(&scene.state.head)),
            branches,
            next,
        }))
    })
}

/// A page of tags, with what they say.
pub(crate) fn tags(repository: &Repository, caller: &Caller, query: &RefQuery) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let graph = Graph::new(&scene.view)?;
        let (found, next) = page(&scene, &graph, b"refs/tags/", query, TAGS)?;
        let mut tags = Vec::with_capacity(found.len());
        for one in &found {
            tags.push(tag(&graph, one)?);
        }
        Ok(Reply::Tags(Tags { total: refs::count_with_prefix(sql, b"refs/tags/")?, tags, next }))
    })
}

fn tag(graph: &Graph<'_>, found: &Ref) -> Result<Tag> {
    let view = graph.view;
    let target = found.peeled.unwrap_or(found.oid);
    let entry = view.find(&target)?.ok_or(Error::Missing(target))?.entry;
    let mut tag = Tag {
        name: refname::encode(short(&found.name)),
        oid: found.oid.to_hex(),
        target: target.to_hex(),
        kind: entry.kind.name().to_owned(),
        commit: None,
        ..Tag::default()
    };
    if entry.cid > 0 {
        tag.commit = Some(message::summary(graph, entry.cid)?.as_ref().clone());
    }
    if found.peeled.is_some() {
        let object = view.object_of(&found.oid, Kind::Tag)?;
        let said = text::text(&object.data);
        tag.tagger = said.committer.map(|ident| message::person(Some(ident), &said));
        tag.message = Some(text::decode(said.message.get(..MESSAGE).unwrap_or(said.message), said.encoding));
        tag.signed = said.is_signed;
    }
    Ok(tag)
}

/// The refs of a page, and where the next one begins.
fn page(
    scene: &Scene<'_>,
    graph: &Graph<'_>,
    prefix: &[u8],
    query: &RefQuery,
    most: u32,
) -> Result<(Vec<Ref>, Option<String>)> {
    let limit = query.limit.clamp(1, most) as usize;
    let search = query.search.to_lowercase();
    let total = refs::count_with_prefix(scene.view.sql, prefix)?;
    if query.order != RefOrder::Name && total <= SORTED {
        return sorted(scene, graph, prefix, query, (&search, limit));
    }
    let bad = || Error::Refused("that is no place in a list of refs".into());
    let mut from = match &query.after {
        Some(after) => [prefix, &refname::decode(after).ok_or_else(bad)?].concat(),
        None => Vec::new(),
    };
    let mut found = Vec::new();
    let mut looked = 0;
    loop {
        let read = refs::with_prefix_above(scene.view.sql, prefix, &from, READ)?;
        let is_end = read.len() < READ as usize;
        for one in read {
            from.clone_from(&one.name);
            looked += 1;
            if is_wanted(scene, &one, &search) {
                found.push(one);
            }
            if found.len() > limit || looked >= LOOKS {
                // One more than fits was found, or enough was looked at: the next page begins behind the last kept.
                let kept = if found.len() > limit { found.pop().and(found.last()) } else { None };
                let last = kept.map_or(from.as_slice(), |kept| &kept.name);
                let next = refname::encode(last.get(prefix.len()..).unwrap_or_default());
                return Ok((found, Some(next)));
            }
        }
        if is_end {
            return Ok((found, None));
        }
    }
}

/// A page in another order than that of the table: the next one begins at a place in the order.
fn sorted(
    scene: &Scene<'_>,
    graph: &Graph<'_>,
    prefix: &[u8],
    query: &RefQuery,
    (search, limit): (&str, usize),
) -> Result<(Vec<Ref>, Option<String>)> {
    let bad = || Error::Refused("that is no place in a list of refs".into());
    let from: usize = query.after.as_deref().map_or(Ok(0), str::parse).map_err(|_| bad())?;
    let mut all = refs::with_prefix(scene.view.sql, prefix, SORTED as u32)?;
    all.retain(|one| is_wanted(scene, one, search));
    if query.order == RefOrder::NameDescending {
        all.sort_by(|a, b| versions(&b.name, &a.name));
    } else {
        let mut dated = Vec::with_capacity(all.len());
        for one in all {
            let cid = graph.number(&one.peeled.unwrap_or(one.oid))?;
            let time = cid.map(|cid| graph.node(cid)).transpose()?.map_or(i64::MIN, |node| node.time);
            dated.push((Reverse(time), one));
        }
        dated.sort_by_key(|(time, _)| *time);
        all = dated.into_iter().map(|(_, one)| one).collect();
    }
    let next = (from + limit < all.len()).then(|| (from + limit).to_string());
    Ok((all.into_iter().skip(from).take(limit).collect(), next))
}

fn is_wanted(scene: &Scene<'_>, one: &Ref, search: &str) -> bool {
    !scene.hidden.hides(&one.name)
        && (search.is_empty() || String::from_utf8_lossy(short(&one.name)).to_lowercase().contains(search))
}

/// The order of names in which `v1.9` comes before `v1.10`: runs of digits count as numbers.
pub(super) fn versions(one: &[u8], other: &[u8]) -> std::cmp::Ordering {
    let (mut a, mut b) = (one, other);
    loop {
        let (run_a, run_b) = (digits(a), digits(b));
        let order = if run_a > 0 && run_b > 0 {
            let number =
                |run: &[u8]| run.iter().position(|byte| *byte != b'0').map_or(0, |at| run.len() - at);
            let (x, y) = (&a[..run_a], &b[..run_b]);
            let (len_x, len_y) = (number(x), number(y));
            let order = len_x.cmp(&len_y).then_with(|| x[run_a - len_x..].cmp(&y[run_b - len_y..]));
            (a, b) = (&a[run_a..], &b[run_b..]);
            order
        } else {
            match (a.split_first(), b.split_first()) {
                (Some((x, rest_a)), Some((y, rest_b))) => {
                    (a, b) = (rest_a, rest_b);
                    x.cmp(y)
                }
                (one_left, other_left) => {
                    return one_left.is_some().cmp(&other_left.is_some()).then(one.cmp(other));
                }
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn runs_of_digits_count_as_numbers() {
        let mut names = [&b"v1.10"[..], b"v1.9", b"v2", b"v1.9-rc1", b"v1", b"v01", b"w"];
        names.sort_by(|a, b| versions(a, b));
        assert_eq!(names, [&b"v01"[..], b"v1", b"v1.9", b"v1.9-rc1", b"v1.10", b"v2", b"w"]);
    }
}
