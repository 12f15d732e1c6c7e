//! Pages of commits, and one commit.
//!
//! A page begins where the one before ended: its cursor names the commit the list began with and how far the walk came,
//! so that pages stay the same while branches move. What lies before is walked again, on numbers alone.

use std::sync::Arc;

use gitflare_git::{Oid, object::Kind, refname};
use gitflare_port::{
    Caller, Reply,
    log::{CommitDetail, Log, LogEntry, LogQuery},
};

use super::{
    Scene,
    compare::VISITS,
    last::Last,
    message,
    path::{Around, PathWalk, Step},
    revision,
    walk::{self, Bits, DateWalk},
};
use crate::{Error, Repository, Result, cache::Memo, graph::Graph, refs, view::View};

/// Commits in one answer.
const LIMIT: u32 = 1_000;
/// Commits looked at for one answer while a path is absent.
const STEPS: usize = 3_000;
/// Commits read for one answer while a filter looks for matches.
const READS: usize = 3_000;

/// A page of commits.
pub(crate) fn log(repository: &Repository, caller: &Caller, query: &LogQuery) -> Result<Reply> {
    repository.db().read(|sql| Ok(Reply::Log(list(&Scene::new(repository, sql, caller)?, query)?)))
}

/// The same of a scene.
pub(super) fn list(scene: &Scene<'_>, query: &LogQuery) -> Result<Log> {
    let graph = Graph::new(&scene.view)?;
    let resolve = |name| revision::resolve(&scene.view, &scene.state, &scene.hidden, name);
    let shown = match resolve(query.revision.as_deref()) {
        Err(Error::NotFound(_)) if refs::count(scene.view.sql)? == 0 => None,
        found => found?,
    };
    let Some(shown) = shown else { return Ok(Log::default()) };
    let path = shown.path(&query.path)?;
    let (tip, from) = match &query.after {
        Some(after) => cursor(scene, after)?,
        None => (shown.must_commit()?, 0),
    };
    let start = graph.number(&tip)?.ok_or(Error::Missing(tip))?;
    let mut page =
        Log { revision: shown.name, path: refname::encode(&path), tip: tip.to_hex(), ..Log::default() };
    let base = match query.base.as_deref() {
        Some("HEAD") => resolve(None)?,
        base => base.map(|base| scene.exact(Some(base))).transpose()?,
    };
    page.baseless = query.base.is_some() && base.is_none();
    let base = base.map(|base| base.must_commit()).transpose()?;
    let within = base.map(|base| only_reached_by(&graph, start, &base)).transpose()?;
    let people = (lower(&query.authors), lower(&query.committers));
    let mut search = Search { graph: &graph, query, people, page: &mut page };
    if path.is_empty() {
        search.all(start, within.as_ref(), from)?;
    } else {
        search.path(start, within.as_ref(), from, &path)?;
    }
    if query.bodies {
        for entry in page.commits.iter_mut().filter(|entry| entry.commit.has_body) {
            entry.body = message::body(&scene.view, &entry.commit.oid)?;
        }
    }
    if query.details {
        for entry in &mut page.commits {
            let oid = Oid::from_hex(&entry.commit.oid);
            entry.detail = oid.map(|oid| message::whole(&scene.view, &oid)).transpose()?;
        }
    }
    Ok(page)
}

/// One commit with its parents.
pub(crate) fn commit(repository: &Repository, caller: &Caller, revision: Option<&str>) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let oid = scene.exact(revision)?.must_commit()?;
        Ok(Reply::Commit(detail(&scene, oid)?))
    })
}

/// A commit with its parents.
pub(super) fn detail(scene: &Scene<'_>, oid: Oid) -> Result<CommitDetail> {
    let graph = Graph::new(&scene.view)?;
    let cid = graph.number(&oid)?.ok_or(Error::Missing(oid))?;
    let mut detail = message::detail(&scene.view, &oid)?;
    for parent in graph.parents(cid)?.iter().take(LIMIT as usize) {
        detail.parents.push(message::summary(&graph, parent)?.as_ref().clone());
    }
    Ok(detail)
}

/// Reads `tip+place`.
fn cursor(scene: &Scene<'_>, text: &str) -> Result<(Oid, u64)> {
    let bad = || Error::Refused("that is no place in a list of commits".into());
    let (tip, place) = text.split_once(['+', ' ']).ok_or_else(bad)?;
    let tip = Oid::from_hex(tip).filter(|tip| tip.format() == scene.view.format).ok_or_else(bad)?;
    let place = place.parse().map_err(|_| bad())?;
    let is_commit = scene.view.find(&tip)?.is_some_and(|found| found.entry.kind == Kind::Commit);
    if !is_commit || !revision::is_visible(&scene.view, &scene.hidden, &tip)? {
        return Err(Error::NotFound(format!("there is no revision {tip}")));
    }
    Ok((tip, place))
}

fn lower(authors: &[String]) -> Vec<String> {
    authors.iter().map(|author| author.to_lowercase()).collect()
}

/// The commits `start` reaches and `base` does not.
fn only_reached_by(graph: &Graph<'_>, start: u32, base: &Oid) -> Result<Bits> {
    let base = graph.number(base)?.ok_or(Error::Missing(*base))?;
    let found = walk::difference(graph, base, start, VISITS)?;
    if found.is_partial {
        return Err(Error::TooLarge("the two have too much history between them to list it".into()));
    }
    let mut within = Bits::default();
    for cid in found.ahead {
        within.add(cid);
    }
    Ok(within)
}

/// The commits `head` reaches and `base` does not, newest first.
pub(crate) fn only_reached(graph: &Graph<'_>, base: Option<Oid>, head: Oid) -> Result<Vec<u32>> {
    let start = graph.number(&head)?.ok_or(Error::Missing(head))?;
    let within = base.map(|base| only_reached_by(graph, start, &base)).transpose()?;
    let is_within = |cid: u32| within.as_ref().is_none_or(|within| within.has(cid));
    let mut walk = DateWalk::new(None);
    let mut found = Vec::new();
    if is_within(start) {
        walk.add(graph, start)?;
    }
    while let Some((cid, _)) = walk.pop() {
        found.push(cid);
        for parent in graph.parents(cid)?.iter().filter(|parent| is_within(*parent)) {
            walk.add(graph, parent)?;
        }
    }
    Ok(found)
}

/// A page being filled.
struct Search<'a> {
    graph: &'a Graph<'a>,
    query: &'a LogQuery,
    /// Authors and committers.
    people: (Vec<String>, Vec<String>),
    page: &'a mut Log,
}

impl Search<'_> {
    /// Adds a commit, unless somebody else made it or it is of a page before.
    fn add(&mut self, entry: LogEntry) {
        let commit = &entry.commit;
        let (authors, committers) = &self.people;
        if !message::is_one_of(&commit.author, &commit.author_mail, authors)
            || !message::is_one_of(&commit.committer, &commit.committer_mail, committers)
        {
            return;
        }
        if self.page.skipped < self.query.skip {
            self.page.skipped += 1;
        } else {
            self.page.commits.push(entry);
        }
    }

    /// Whether commits need not be read to be left out.
    fn skips_blindly(&self) -> bool {
        self.page.skipped < self.query.skip && self.people.0.is_empty() && self.people.1.is_empty()
    }

    /// Fills the page with commits of any path, from the given place in the walk on.
    fn all(&mut self, start: u32, within: Option<&Bits>, from: u64) -> Result<()> {
        let limit = self.query.limit.clamp(1, LIMIT) as usize;
        let mut walk = DateWalk::new(self.query.since);
        let is_within = |cid: u32| within.is_none_or(|within| within.has(cid));
        if is_within(start) {
            walk.add(self.graph, start)?;
        }
        let (mut place, mut reads) = (0, 0);
        while let Some((cid, time)) = walk.pop() {
            for parent in self.graph.parents(cid)?.iter().filter(|parent| is_within(*parent)) {
                walk.add(self.graph, parent)?;
            }
            place += 1;
            if place <= from || self.query.until.is_some_and(|until| time > until) {
                continue;
            }
            if self.skips_blindly() {
                self.page.skipped += 1;
                continue;
            }
            let is_full = self.page.commits.len() == limit;
            if is_full || reads >= READS {
                self.page.searching = !is_full;
                self.page.next = Some(format!("{}+{}", self.page.tip, place - 1));
                return Ok(());
            }
            reads += 1;
            let found = message::summary(self.graph, cid)?;
            self.add(LogEntry { commit: found.as_ref().clone(), ..LogEntry::default() });
        }
        Ok(())
    }

    /// Fills the page with commits that changed a path. Where the page before ended is kept for a while; without it the
    /// walk begins anew.
    fn path(&mut self, start: u32, within: Option<&Bits>, from: u64, path: &[u8]) -> Result<()> {
        let limit = self.query.limit.clamp(1, LIMIT) as usize;
        let View { shared, repository, .. } = *self.graph.view;
        let LogQuery { follow, since, base, .. } = self.query;
        let name = format!("{start} {follow} {since:?} {base:?} {}", refname::encode(path));
        let last = Last::new(self.graph)?;
        let around = Around { graph: self.graph, last: &last, within, since: *since };
        let key = |place: u64| Memo::Of("walk", format!("{name} {place}"));
        let halfway = Memo::Of("walk so far", name.clone());
        let known = shared.memo::<PathWalk>(repository, &key(from)).map(|walk| (from, walk));
        let known = known.or_else(|| {
            let known = shared.memo::<(u64, PathWalk)>(repository, &halfway)?;
            (known.0 <= from).then(|| (known.0, Arc::new(known.1.clone())))
        });
        let (mut place, mut walk) = match known {
            Some((place, walk)) => (place, walk.as_ref().clone()),
            None => {
                let mut walk = PathWalk::new(path.to_vec(), *follow);
                if !walk.begin(&around, start)? {
                    self.page.searching = true;
                    self.page.next = Some(format!("{}+{from}", self.page.tip));
                    return Ok(());
                }
                (0, walk)
            }
        };
        let (mut steps, mut reads) = (0, 0);
        loop {
            let is_full = self.page.commits.len() == limit;
            steps += 1;
            if is_full || steps > STEPS || reads >= READS {
                break;
            }
            let touch = match walk.step(&around)? {
                Step::End => return Ok(()),
                Step::Pending => break,
                Step::More => continue,
                Step::Found(touch) => touch,
            };
            place += 1;
            if place <= from || self.query.until.is_some_and(|until| touch.time > until) {
                continue;
            }
            if self.skips_blindly() {
                self.page.skipped += 1;
                continue;
            }
            reads += 1;
            let found = message::summary(self.graph, touch.cid)?;
            let mut entry = LogEntry { commit: found.as_ref().clone(), ..LogEntry::default() };
            if *follow {
                entry.path = refname::encode(&touch.path);
                entry.renamed_from = touch.renamed_from.as_deref().map(refname::encode);
            }
            self.add(entry);
        }
        if walk.is_over() {
            return Ok(());
        }
        self.page.searching = self.page.commits.len() < limit;
        self.page.next = Some(format!("{}+{}", self.page.tip, place.max(from)));
        let weight = walk.weight() + 2 * name.len();
        if place >= from {
            shared.keep_memo(repository, key(place), Arc::new(walk), weight);
        } else {
            shared.keep_memo(repository, halfway, Arc::new((place, walk)), weight);
        }
        Ok(())
    }
}
