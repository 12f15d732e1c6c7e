//! Who wrote each line: lines are handed from a commit to those of its parents that have them, until none has.
//!
//! What lies between two commits that changed the file is never looked at: the index leads from one to the next. The
//! search is bounded for each answer; where it stood is kept, and asking again goes on from there.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use gitflare_git::{
    Oid,
    diff::{Lines, Spaces, edits_of_heads},
    refname,
};
use gitflare_port::{
    Bytes, Caller, Reply,
    blame::{Blame, BlameQuery, BlameRun},
};

use super::{Scene, diff::blob, last::Last, message, renames, tree};
use crate::{
    Error, Repository, Result,
    cache::{Memo, Object, lock},
    graph::Graph,
    view::View,
};

/// The largest file blamed.
const LARGEST: u64 = 8 << 20;
/// Bytes of files compared for one answer.
const WORK: u64 = 192 << 20;
/// What a commit costs besides.
const STEP: u64 = 30_000;
/// Lines in one answer.
const LINES: u32 = 20_000;
/// Bytes of lines in one answer.
const TEXT: usize = 1 << 20;

/// Lines on their way back: where they are shown, where they are in the file looked at, and how many.
#[derive(Debug, Clone, Copy)]
struct Piece {
    shown: u32,
    at: u32,
    count: u32,
}

/// A file as of a commit that changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Origin {
    cid: u32,
    /// What it was called.
    path: u32,
}

/// What is known of the lines of one file.
#[derive(Default)]
struct Search {
    open: BTreeMap<Origin, Vec<Piece>>,
    paths: Vec<Vec<u8>>,
    /// Lines that came from a commit, with where it may be looked further.
    found: Vec<(Piece, Origin, Option<Origin>)>,
}

/// Blames lines of a file.
pub(crate) fn blame(repository: &Repository, caller: &Caller, query: &BlameQuery) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let view = &scene.view;
        let shown = scene.must(query.revision.as_deref())?;
        let (oid, path) = (shown.must_commit()?, shown.path(&query.path)?);
        let graph = Graph::new(view)?;
        let last = Last::new(&graph)?;
        let cid = graph.number(&oid)?.ok_or(Error::Missing(oid))?;
        let spot =
            last.spot(cid, &path)?.filter(|spot| matches!(spot.mode, 0o100_644 | 0o100_755 | 0o120_000));
        let spot = spot.ok_or_else(|| tree::no_such_path(&path))?;
        let size = view.find(&spot.oid)?.ok_or(Error::Missing(spot.oid))?.entry.size;
        if size > LARGEST {
            return Err(too_large());
        }
        // What is stored as a difference may be more than memory has room for, however small it is.
        let text = blob(view, &spot.oid).map_err(|error| match error {
            Error::TooLarge(_) => too_large(),
            other => other,
        })?;
        let lines = Lines::new(&text.data, Spaces::Count);
        let mut answer = Blame {
            path: refname::encode(&path),
            commit: oid.to_hex(),
            total: lines.len() as u32,
            pending: true,
            ..Blame::default()
        };
        let first = query.first.max(1);
        let end = if query.last == 0 { answer.total } else { query.last.min(answer.total) };
        let end = end.min(first.saturating_add(LINES - 1));
        if let Some(origin) = last.origin(cid, &path, spot)? {
            let search = Search::of(view, origin, path, lines.len() as u32);
            let mut search = lock(&search);
            Pass { graph: &graph, last: &last, search: &mut search }.run()?;
            answer.pending = !search.open.is_empty();
            search.show(&graph, &mut answer, first, end)?;
        }
        if query.text {
            show_text(&lines, &mut answer, first, end);
        }
        answer.revision = shown.name;
        Ok(Reply::Blame(answer))
    })
}

fn too_large() -> Error {
    Error::TooLarge("this file is too large to be blamed".into())
}

fn show_text(lines: &Lines<'_>, answer: &mut Blame, first: u32, end: u32) {
    let mut bytes = 0;
    for n in first..=end {
        let line = lines.get(n as usize - 1);
        bytes += line.len() + 16;
        if bytes > TEXT {
            break;
        }
        answer.lines.push(Bytes::from(line.strip_suffix(b"\n").unwrap_or(line)));
    }
}

impl Search {
    /// A new search, or what is left of an earlier one.
    fn of(view: &View<'_>, cid: u32, path: Vec<u8>, lines: u32) -> Arc<Mutex<Self>> {
        let View { shared, repository, .. } = *view;
        let key = Memo::Of("blame", format!("{cid} {}", refname::encode(&path)));
        if let Some(known) = shared.memo::<Mutex<Self>>(repository, &key) {
            return known;
        }
        let whole = Piece { shown: 0, at: 0, count: lines };
        let search = Self {
            open: BTreeMap::from([(Origin { cid, path: 0 }, vec![whole])]),
            paths: vec![path],
            found: Vec::new(),
        };
        let search = Arc::new(Mutex::new(search));
        shared.keep_memo(repository, key, Arc::clone(&search), lines as usize * 24 + 1_024);
        search
    }

    fn path(&self, n: u32) -> &[u8] {
        self.paths.get(n as usize).map(Vec::as_slice).unwrap_or_default()
    }

    fn path_number(&mut self, path: Vec<u8>) -> u32 {
        let known = self.paths.iter().position(|known| *known == path);
        known.unwrap_or_else(|| {
            self.paths.push(path);
            self.paths.len() - 1
        }) as u32
    }

    /// Adds to the answer what is known of the lines asked for.
    fn show(&mut self, graph: &Graph<'_>, answer: &mut Blame, first: u32, end: u32) -> Result<()> {
        self.found.sort_unstable_by_key(|(piece, ..)| piece.shown);
        let mut commits: BTreeMap<u32, u32> = BTreeMap::new();
        for (piece, origin, previous) in &self.found {
            let from = piece.shown.max(first - 1);
            let to = (piece.shown + piece.count).min(end);
            if from >= to {
                continue;
            }
            let next = answer.commits.len() as u32;
            let commit = *commits.entry(origin.cid).or_insert(next);
            if commit == next {
                answer.commits.push(message::summary(graph, origin.cid)?.as_ref().clone());
            }
            let path = refname::encode(self.path(origin.path));
            let run = BlameRun {
                first: from + 1,
                count: to - from,
                commit,
                origin: piece.at + (from - piece.shown) + 1,
                path,
                previous: match previous {
                    Some(previous) => {
                        Some((graph.ids(previous.cid)?.0.to_hex(), refname::encode(self.path(previous.path))))
                    }
                    None => None,
                },
            };
            match answer.runs.last_mut() {
                Some(last) if continues(last, &run) => last.count += run.count,
                _ => answer.runs.push(run),
            }
        }
        Ok(())
    }
}

fn continues(last: &BlameRun, run: &BlameRun) -> bool {
    last.first + last.count == run.first
        && last.origin + last.count == run.origin
        && (last.commit, &last.path, &last.previous) == (run.commit, &run.path, &run.previous)
}

/// A file in a parent.
struct Past {
    parent: u32,
    path: Vec<u8>,
    oid: Oid,
}

/// The search at work.
struct Pass<'a> {
    graph: &'a Graph<'a>,
    last: &'a Last<'a>,
    search: &'a mut Search,
}

impl Pass<'_> {
    fn run(&mut self) -> Result<()> {
        let mut left = WORK;
        while let Some((origin, _)) = self.search.open.last_key_value() {
            let origin = *origin;
            if left == 0 {
                break;
            }
            let cost = self.visit(origin)?;
            left = left.saturating_sub(cost + STEP);
        }
        Ok(())
    }

    /// Hands the lines of a commit on to its parents; answers how many bytes were compared.
    fn visit(&mut self, origin: Origin) -> Result<u64> {
        let path = self.search.path(origin.path).to_vec();
        let own = self.last.spot(origin.cid, &path)?.ok_or_else(|| tree::no_such_path(&path))?;
        let pasts = self.pasts(origin.cid, &path, (own.mode, own.oid))?;
        let Some(mut pieces) = self.search.open.get(&origin).cloned() else { return Ok(0) };
        let mut cost = 0;
        let mut handed: Vec<(Origin, Vec<Piece>)> = Vec::new();
        let previous = pasts.first().map(|past| (past.parent, past.path.clone()));
        if let Some(same) = pasts.iter().find(|past| past.oid == own.oid) {
            match self.origin_of(same)? {
                Some(of) => handed.push((of, std::mem::take(&mut pieces))),
                None => return Ok(WORK),
            }
        } else if !pasts.is_empty() {
            let text = blob(self.graph.view, &own.oid)?;
            let lines = Lines::new(&text.data, Spaces::Count);
            for past in &pasts {
                if pieces.is_empty() {
                    break;
                }
                let Some(of) = self.origin_of(past)? else { return Ok(WORK) };
                let before: Arc<Object> = blob(self.graph.view, &past.oid)?;
                cost += (text.data.len() + before.data.len()) as u64;
                let (same, rest) = part(&pieces, &Lines::new(&before.data, Spaces::Count), &lines);
                handed.push((of, same));
                pieces = rest;
            }
        }
        self.search.open.remove(&origin);
        for (of, pieces) in handed.into_iter().filter(|(_, pieces)| !pieces.is_empty()) {
            self.search.open.entry(of).or_default().extend(pieces);
        }
        let previous = previous.map(|(cid, path)| Origin { cid, path: self.search.path_number(path) });
        self.search.found.extend(pieces.into_iter().map(|piece| (piece, origin, previous)));
        Ok(cost)
    }

    /// The file in each parent: under its name, else under the name it was renamed from. What is the same in two of them
    /// counts once.
    fn pasts(&self, cid: u32, path: &[u8], (mode, oid): (u32, Oid)) -> Result<Vec<Past>> {
        let parents: Vec<u32> = self.graph.parents(cid)?.iter().collect();
        let mut found: Vec<Option<Past>> = Vec::new();
        for parent in &parents {
            let spot = self.last.spot(*parent, path)?.filter(|spot| (spot.mode ^ mode) & 0o170_000 == 0);
            found.push(spot.map(|spot| Past { parent: *parent, path: path.to_vec(), oid: spot.oid }));
            if found.last().is_some_and(|past| past.as_ref().is_some_and(|past| past.oid == oid)) {
                return Ok(found.pop().flatten().into_iter().collect());
            }
        }
        let (_, tree) = self.graph.ids(cid)?;
        for (parent, past) in parents.iter().zip(&mut found).filter(|(_, past)| past.is_none()) {
            let (_, before) = self.graph.ids(*parent)?;
            if let Some((old, side)) = renames::renamed(self.graph.view, before, tree, path)? {
                *past = Some(Past { parent: *parent, path: old, oid: side.oid });
            }
        }
        let mut pasts: Vec<Past> = Vec::new();
        for past in found.into_iter().flatten() {
            if !pasts.iter().any(|known| known.oid == past.oid) {
                pasts.push(past);
            }
        }
        Ok(pasts)
    }

    /// The commit that made a parent's file what it is; `None` if the index is not there yet.
    fn origin_of(&mut self, past: &Past) -> Result<Option<Origin>> {
        let Some(spot) = self.last.spot(past.parent, &past.path)? else { return Ok(None) };
        let Some(cid) = self.last.origin(past.parent, &past.path, spot)? else { return Ok(None) };
        Ok(Some(Origin { cid, path: self.search.path_number(past.path.clone()) }))
    }
}

/// Parts lines into those the older text has, as numbered there, and the others.
fn part(pieces: &[Piece], old: &Lines<'_>, new: &Lines<'_>) -> (Vec<Piece>, Vec<Piece>) {
    let edits = edits_of_heads(old, new);
    let (mut same, mut rest) = (Vec::new(), Vec::new());
    for piece in pieces {
        let (mut at, end) = (piece.at, piece.at + piece.count);
        let mut n = edits.partition_point(|edit| edit.new.end <= at);
        while at < end {
            let edit = edits.get(n);
            let changed = edit.filter(|edit| edit.new.start <= at && at < edit.new.end);
            let until = changed.map_or_else(
                || edit.map_or(end, |edit| edit.new.start.max(at).min(end)),
                |edit| edit.new.end.min(end),
            );
            let shown = piece.shown + (at - piece.at);
            if changed.is_some() {
                rest.push(Piece { shown, at, count: until - at });
            } else if until > at {
                // Unchanged lines keep their distance to the change before them.
                let before = n.checked_sub(1).and_then(|before| edits.get(before));
                let (from, to) = before.map_or((0, 0), |edit| (edit.new.end, edit.old.end));
                same.push(Piece { shown, at: to + (at - from), count: until - at });
            }
            if edit.is_some_and(|edit| edit.new.end <= until) {
                n += 1;
            }
            at = until;
        }
    }
    (same, rest)
}
