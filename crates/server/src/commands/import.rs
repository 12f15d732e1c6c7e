//! `repo import`: a local git repository, read without running git, pushed through the same checks as any push.
//!
//! It is read in the process that was started for it, with the rights and the memory of whoever did; the owner of the
//! data folder takes an ordinary push. A site at an address that takes only so much at once gets several, each of which
//! brings what the one before can be built on.

mod folder;
mod pack;
mod push;
mod steps;
mod walk;

use std::{collections::HashSet, path::Path};

use gitflare_git::{Oid, refname};

use crate::{
    cli::{Command, TakeImport},
    error::{Failure, Result},
    io::Io,
    place::Place,
};
use folder::{Folder, Head};
use pack::PackStream;
use push::{Change, Push};
use steps::{Step, Steps};

/// Commands of one push: their list is limited to 3 MiB.
const REFS_PER_PUSH: usize = 10_000;
/// Where what has arrived is held until the refs are made.
pub(crate) const HELD: &[u8] = b"refs/import/";

/// Imports the repository at `path` as `name`, which is created unless it is there and empty.
pub(crate) fn run(place: &Place, path: &Path, name: &str, io: &mut dyn Io) -> Result<()> {
    let folder = Folder::open(path)?;
    let refs = folder.refs()?;
    let objects = folder.objects()?;
    let reachable = walk::reachable(&objects, refs.iter().map(|found| found.oid), io)?;
    let count = reachable.len();
    let steps = Steps::new(&objects, reachable, place.largest_push()?)?;
    let mut import = Import::new(place, name, &folder, refs.is_empty())?;
    let last = import.send_all_but_the_last(steps, io)?;
    import.name(&refs, last, io)?;
    io.note(&format!("{name}: {} refs, {count} objects", refs.len()))?;
    Ok(())
}

/// An import under way.
struct Import<'a> {
    place: &'a Place,
    command: TakeImport,
    /// What refs of the repository hold meanwhile; an import that was interrupted may have left some.
    held: HashSet<Oid>,
}

impl<'a> Import<'a> {
    fn new(place: &'a Place, name: &str, folder: &Folder, is_empty: bool) -> Result<Self> {
        let head = match folder.head()? {
            Head::Branch(name) => Some(refname::encode(&name)),
            Head::Detached => None,
        };
        let command = TakeImport { repository: name.to_owned(), head, goes_on: false, is_empty };
        Ok(Self { place, command, held: place.held(name)? })
    }

    /// Sends every step but the last, which comes with the refs.
    fn send_all_but_the_last<'o>(&mut self, mut steps: Steps<'o>, io: &mut dyn Io) -> Result<PackStream<'o>> {
        while let Some(step) = steps.next()? {
            if step.is_last {
                return Ok(step.pack);
            }
            let tips = steps.tips(&step)?;
            self.hold(step, &tips, io)?;
        }
        Err(Failure::new("an import has no last step"))
    }

    /// Brings objects, and refs that keep them.
    fn hold(&mut self, step: Step<'_>, tips: &[Oid], io: &mut dyn Io) -> Result<()> {
        let new: Vec<Change> =
            tips.iter().filter(|oid| !self.held.contains(*oid)).map(|oid| held(*oid, false)).collect();
        if new.is_empty() {
            return Ok(());
        }
        self.push(&new, Some(step.pack), io)?;
        self.held.extend(tips);
        Ok(())
    }

    /// Makes the refs. All objects come with the first of them; the others find them there.
    fn name(&mut self, refs: &[folder::Ref], pack: PackStream<'_>, io: &mut dyn Io) -> Result<()> {
        let mut changes: Vec<Change> = refs
            .iter()
            .map(|found| Change { name: found.name.clone(), oid: found.oid, is_gone: false })
            .collect();
        changes.extend(self.held.iter().map(|oid| held(*oid, true)));
        // An import of nothing still makes the repository.
        if changes.is_empty() {
            return self.push(&[], Some(pack), io);
        }
        let mut pack = Some(pack);
        for changes in changes.chunks(REFS_PER_PUSH) {
            self.push(changes, pack.take(), io)?;
        }
        Ok(())
    }

    fn push(&mut self, changes: &[Change], pack: Option<PackStream<'_>>, io: &mut dyn Io) -> Result<()> {
        let mut push = Push::new(changes, pack, io);
        if self.place.feed(Command::TakeImport(self.command.clone()), &mut push)? != 0 {
            return Err(push.refusal());
        }
        push.report()?;
        self.command.goes_on = true;
        self.command.head = None;
        Ok(())
    }
}

/// A ref that keeps an object until something else does.
fn held(oid: Oid, is_gone: bool) -> Change {
    Change { name: [HELD, oid.to_string().as_bytes()].concat(), oid, is_gone }
}
