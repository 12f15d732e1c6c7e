//! git's checks of single objects, with the ids and severities of git 2.47 under `--strict`.
//!
//! A clone runs what it receives through a client's file system and configuration, so a forge that accepts
//! any object serves attacks on those who fetch. [`Fsck`] is handed every object of a push in any order.
//! What a tree names `.gitmodules` or `.gitattributes` is looked at as well: at once when the blob arrives
//! after the tree, otherwise at the end, when the caller reads what [`Fsck::pending`] lists.

mod commit;
mod header;
mod ids;
mod names;
mod report;
mod special;
mod tag;
mod tree;
mod url;

use std::collections::{BTreeMap, BTreeSet};

use ids::Message;
pub use ids::{Policy, PolicyError, Severity};
pub use report::Finding;
use report::Reporter;

use crate::object::Kind;
use crate::{ObjectFormat, Oid};

/// What trees call a blob. One blob can be both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecialFile {
    /// A tree names it `.gitmodules`, or what some file system takes for that.
    pub modules: bool,
    /// A tree names it `.gitattributes`, or what some file system takes for that.
    pub attributes: bool,
}

/// What is still to be checked of a special blob, and what has been.
#[derive(Clone, Copy, Default)]
struct Progress {
    wanted: SpecialFile,
    done: SpecialFile,
}

impl Progress {
    fn missing(self) -> Option<SpecialFile> {
        let modules = self.wanted.modules && !self.done.modules;
        let attributes = self.wanted.attributes && !self.done.attributes;
        (modules || attributes).then_some(SpecialFile { modules, attributes })
    }
}

/// The checks of one push.
pub struct Fsck {
    format: ObjectFormat,
    policy: Policy,
    special: BTreeMap<Oid, Progress>,
    /// Blobs that went by without being held in memory.
    large: BTreeSet<Oid>,
}

impl Fsck {
    /// Begins the checks of one push.
    pub const fn new(format: ObjectFormat, policy: Policy) -> Self {
        Self { format, policy, special: BTreeMap::new(), large: BTreeSet::new() }
    }

    /// Checks one object and adds what is wrong with it to `found`. For trees whose links are needed too,
    /// call [`Self::check_tree`].
    pub fn check(&mut self, kind: Kind, oid: &Oid, data: &[u8], found: &mut Vec<Finding>) {
        match kind {
            Kind::Tree => self.check_tree(oid, data, found, |_, _| {}),
            Kind::Blob => self.check_blob(oid, data, found),
            Kind::Commit => {
                // A refusal ends the checks of the object; it is in `found`.
                let _ = commit::check(data, self.format, &mut self.reporter(oid, found));
            }
            Kind::Tag => {
                let _ = tag::check(data, self.format, &mut self.reporter(oid, found));
            }
        }
    }

    /// Checks a tree and hands the mode and id of each entry to `link`, submodules included, so that the
    /// tree need not be parsed again. If the tree is malformed, `link` sees the entries before the fault.
    pub fn check_tree(
        &mut self,
        oid: &Oid,
        data: &[u8],
        found: &mut Vec<Finding>,
        link: impl FnMut(u32, &Oid),
    ) {
        let Self { special, large, policy, format } = self;
        let mut too_large = Vec::new();
        let mut report = Reporter { oid: *oid, policy, found };
        let named = |named: tree::Named| {
            let (oid, file) = match named {
                tree::Named::Modules(oid) => (oid, SpecialFile { modules: true, attributes: false }),
                tree::Named::Attributes(oid) => (oid, SpecialFile { modules: false, attributes: true }),
            };
            let progress = special.entry(oid).or_default();
            progress.wanted.modules |= file.modules;
            progress.wanted.attributes |= file.attributes;
            if large.contains(&oid) {
                too_large.push(oid);
            }
        };
        tree::check(data, *format, &mut report, named, link);
        for oid in too_large {
            self.refuse_large(&oid, found);
        }
    }

    /// Whether a tree seen so far names this blob, and its content has not been checked for that.
    pub fn wants_blob(&self, oid: &Oid) -> bool {
        self.special.get(oid).is_some_and(|progress| progress.missing().is_some())
    }

    /// Notes a blob that is too large to be held in memory: whatever tree names it as a special file, before
    /// or after, makes it refused.
    pub fn check_large_blob(&mut self, oid: &Oid, found: &mut Vec<Finding>) {
        self.large.insert(*oid);
        self.refuse_large(oid, found);
    }

    /// Special files whose content was not checked yet, in the order of their ids. Hand each to
    /// [`Self::check_special`], or to [`Self::check_large_blob`] if it does not fit into memory.
    pub fn pending(&self) -> Vec<(Oid, SpecialFile)> {
        let missing = |(oid, progress): (&Oid, &Progress)| progress.missing().map(|file| (*oid, file));
        self.special.iter().filter_map(missing).collect()
    }

    /// Checks what the push or the store holds for a pending id; `None` if neither has it.
    pub fn check_special(&mut self, oid: &Oid, object: Option<(Kind, &[u8])>, found: &mut Vec<Finding>) {
        if let Some((Kind::Blob, data)) = object {
            return self.check_blob(oid, data, found);
        }
        let Some(file) = self.start_special(oid) else { return };
        let mut report = self.reporter(oid, found);
        let mut tell = |message, what: &str, name: &str| report.note(message, what.replace("%", name));
        let missing = "unable to read % blob";
        let other = "non-blob found at %";
        match (object.is_none(), file.modules) {
            (true, true) => tell(Message::GitmodulesMissing, missing, ".gitmodules"),
            (false, true) => tell(Message::GitmodulesBlob, other, ".gitmodules"),
            (_, false) => {}
        }
        match (object.is_none(), file.attributes) {
            (true, true) => tell(Message::GitattributesMissing, missing, ".gitattributes"),
            (false, true) => tell(Message::GitattributesBlob, other, ".gitattributes"),
            (_, false) => {}
        }
    }

    fn check_blob(&mut self, oid: &Oid, data: &[u8], found: &mut Vec<Finding>) {
        let Some(file) = self.start_special(oid) else { return };
        let mut report = self.reporter(oid, found);
        if file.modules {
            special::check_modules(data, &mut report);
        }
        if file.attributes {
            special::check_attributes(data, &mut report);
        }
    }

    fn refuse_large(&mut self, oid: &Oid, found: &mut Vec<Finding>) {
        let Some(file) = self.start_special(oid) else { return };
        let mut report = self.reporter(oid, found);
        if file.modules {
            special::modules_too_large(&mut report);
        }
        if file.attributes {
            special::attributes_too_large(&mut report);
        }
    }

    /// What is to be checked of this blob, which counts as done from now on.
    fn start_special(&mut self, oid: &Oid) -> Option<SpecialFile> {
        let progress = self.special.get_mut(oid)?;
        let file = progress.missing()?;
        progress.done = progress.wanted;
        Some(file)
    }

    fn reporter<'a>(&'a self, oid: &Oid, found: &'a mut Vec<Finding>) -> Reporter<'a> {
        Reporter { oid: *oid, policy: &self.policy, found }
    }
}
