//! What differs as text: bare, or as a mail for each commit.

use std::collections::VecDeque;

use gitflare_git::{
    Oid,
    diff::{
        rename::{self, Change, Wanted},
        stat,
        text::{self, Style},
        tree,
    },
    object::{Kind, commit_head},
};
use gitflare_port::{diff::DiffRange, download::PatchFormat};

use super::mail;
use crate::{
    Error, Result,
    browse::{
        Scene,
        diff::{Sides, Store, sides, with_texts},
        only_reached,
    },
    graph::Graph,
    view::View,
};

/// Files in one patch.
const FILES: usize = 100_000;
/// Bytes read to find renames.
const RENAMES: u64 = 256 << 20;
/// Mails in one download.
const MAILS: usize = 5_000;
/// The largest file compared by lines; larger ones are written whole.
const LARGEST: usize = 8 << 20;
/// The largest file written at all.
const WRITTEN: u64 = 32 << 20;

/// Patches being written.
pub(super) struct Patches {
    /// What it follows from.
    named: String,
    /// Commits that become mails, oldest first, and how many there are.
    mails: VecDeque<Oid>,
    count: usize,
    /// The two trees of a bare difference.
    bare: Option<(Option<Oid>, Oid)>,
    current: Option<Current>,
    digits: usize,
}

/// One difference on its way out.
struct Current {
    changes: VecDeque<Change>,
    is_mail: bool,
}

impl Patches {
    pub(super) fn begin(scene: &Scene<'_>, range: &DiffRange, format: PatchFormat) -> Result<Self> {
        let Sides { base, head } = sides(scene, range)?;
        let digits = digits(scene.view.live.objects());
        let named = match (range, &base) {
            (DiffRange::Commit { .. }, _) | (_, None) => head.0.to_hex(),
            (_, Some((base, _))) => format!("{base}.{}", head.0),
        };
        let mut patches = Self { named, mails: VecDeque::new(), count: 0, bare: None, current: None, digits };
        match (format, range) {
            (PatchFormat::Diff, _) => patches.bare = Some((base.map(|(_, tree)| tree), head.1)),
            (PatchFormat::Mail, DiffRange::Commit { .. }) => patches.mails.push_back(head.0),
            (PatchFormat::Mail, _) => patches.mails = commits(scene, base.map(|(oid, _)| oid), head.0)?,
        }
        patches.count = patches.mails.len();
        Ok(patches)
    }

    /// The ids of what the bytes follow from.
    pub(super) fn named(&self) -> String {
        self.named.clone()
    }

    /// Writes until there are `piece` bytes; whether everything is written.
    pub(super) fn fill(&mut self, view: &View<'_>, out: &mut Vec<u8>, piece: usize) -> Result<bool> {
        while out.len() < piece {
            if let Some(current) = &mut self.current {
                match current.changes.pop_front() {
                    Some(change) => write(view, out, &change, self.digits)?,
                    None => {
                        if current.is_mail {
                            mail::end(out);
                            if !self.mails.is_empty() {
                                // As git parts the mails of a series.
                                out.push(b'\n');
                            }
                        }
                        self.current = None;
                    }
                }
            } else if let Some((old, new)) = self.bare.take() {
                let changes = changes(view, old, new)?.into();
                self.current = Some(Current { changes, is_mail: false });
            } else if let Some(commit) = self.mails.pop_front() {
                self.mail(view, commit, out)?;
            } else {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn mail(&mut self, view: &View<'_>, oid: Oid, out: &mut Vec<u8>) -> Result<()> {
        let commit = view.object_of(&oid, Kind::Commit)?;
        let head = commit_head(&commit.data, view.format)?;
        let before = match head.parents.first() {
            Some(parent) => Some(commit_head(&view.object_of(parent, Kind::Commit)?.data, view.format)?.tree),
            None => None,
        };
        let changes = changes(view, before, head.tree)?;
        let mut counts = Vec::with_capacity(changes.len());
        for change in &changes {
            counts.push((stat::display_name(change), count(view, change)?));
        }
        mail::begin(out, &oid, &commit.data, (self.count - self.mails.len(), self.count));
        out.extend_from_slice(b"---\n");
        stat::write(out, &counts);
        stat::summary(out, &changes);
        out.push(b'\n');
        self.current = Some(Current { changes: changes.into(), is_mail: true });
        Ok(())
    }
}

/// Digits of an id that are likely to be enough, as git guesses it.
fn digits(objects: u64) -> usize {
    let bits = u64::BITS - objects.leading_zeros();
    (bits as usize).div_ceil(2).max(7)
}

/// The commits of a range, oldest first, without merges.
fn commits(scene: &Scene<'_>, base: Option<Oid>, head: Oid) -> Result<VecDeque<Oid>> {
    let graph = Graph::new(&scene.view)?;
    let mut found = VecDeque::new();
    for cid in only_reached(&graph, base, head)? {
        if graph.parents(cid)?.iter().count() < 2 {
            found.push_front(graph.ids(cid)?.0);
        }
        if found.len() > MAILS {
            return Err(Error::TooLarge(format!("more than {MAILS} commits are too many for one patch")));
        }
    }
    Ok(found)
}

fn changes(view: &View<'_>, old: Option<Oid>, new: Oid) -> Result<Vec<Change>> {
    let mut read = |oid: &Oid| view.object_of(oid, Kind::Tree);
    let (changes, is_truncated) = tree::changes(old, Some(new), view.format, FILES, &mut read)?;
    if is_truncated {
        return Err(Error::TooLarge(format!("more than {FILES} files are too many for a patch")));
    }
    let wanted = Wanted { bytes: RENAMES, ..Wanted::default() };
    Ok(rename::find(changes, wanted, &mut Store(view))?.0)
}

fn style(digits: usize) -> Style {
    Style { digits, largest: LARGEST, ..Style::default() }
}

fn count(view: &View<'_>, change: &Change) -> Result<stat::Counts> {
    check(view, change)?;
    with_texts(view, change, |old, new| text::counts(old, new, style(7)))
}

fn write(view: &View<'_>, out: &mut Vec<u8>, change: &Change, digits: usize) -> Result<()> {
    check(view, change)?;
    with_texts(view, change, |old, new| text::write(out, change, old, new, style(digits)))
}

fn check(view: &View<'_>, change: &Change) -> Result<()> {
    let (old, new) = crate::browse::diff::sizes(view, change)?;
    if old.max(new) > WRITTEN {
        let path = String::from_utf8_lossy(change.path()).into_owned();
        return Err(Error::TooLarge(format!("{path} is too large for a patch")));
    }
    Ok(())
}
