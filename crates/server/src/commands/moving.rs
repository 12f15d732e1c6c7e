//! `move`: a whole site from one host to another, in slices, and on from where it was interrupted.
//!
//! The source is frozen first, because what is changed there later would stay there. Repositories go one by one; each is
//! compared at its end. The site's own rows come last, and put everything in place at once.

use std::collections::BTreeMap;

use gitflare_db::dump;
use gitflare_forge::{
    admin::{
        BeginImport, CancelImport, ExportRepository, ExportSite, FinishImport, FreezeRepository, FreezeSite,
        ImportRepository, ImportSite, ListMovable, Movable, ThawRepository, ThawSite,
    },
    moving::Step,
};
use gitflare_port::moving::{Import, Progress};

use crate::{
    cli::Move,
    environment,
    error::{Failure, Result},
    io::Io,
    office::Office,
    remote::Remote,
};

/// Runs the command, but for what comes into a data folder of this machine.
pub(super) fn run(command: &Move, office: &Office<'_>, io: &mut dyn Io) -> Result<()> {
    let token = || {
        command.setup_token.clone().ok_or_else(|| {
            Failure::new(format_args!(
                "{} is not set: it has to hold the setup token of the site that is to be filled",
                environment::SETUP_TOKEN
            ))
        })
    };
    let Some(url) = &command.to else {
        return if command.cancel {
            take_changes(office, io)
        } else {
            Err(Failure::new("move --from fills a data folder on this machine; it does not take --url"))
        };
    };
    let (remote, token) = (Remote::empty(url)?, token()?);
    let to = Office::There(&remote);
    if command.cancel {
        return give_up(&to, &token, io);
    }
    let notice = format!("the site is moving to {url}, which takes pushes once everything is there");
    let moved = Some(format!("the site has moved to {url}: push there"));
    let departure =
        Departure { from: office, to: &to, token, notice, moved, url: Some(remote.url().to_owned()) };
    let moved = departure.run(io)?;
    io.note(&format!("{moved} are at {url}"))?;
    Ok(io.note("this site takes no more changes; `gitflare move --cancel` lets it again")?)
}

/// How often a repository is begun anew because it changed under our hands.
const ATTEMPTS: usize = 5;

/// Both ends of a move.
pub(super) struct Departure<'a> {
    pub(super) from: &'a Office<'a>,
    pub(super) to: &'a Office<'a>,
    /// The target's setup token; empty where none is asked for.
    pub(super) token: String,
    /// What those are told who push to the source from here on.
    pub(super) notice: String,
    /// What they are told once everything is there, if it is something else.
    pub(super) moved: Option<String>,
    /// The site's address from now on, if it is known.
    pub(super) url: Option<String>,
}

/// What was moved.
pub(super) struct Moved {
    accounts: u64,
    repositories: usize,
}

impl std::fmt::Display for Moved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.accounts == 0 {
            // An earlier run did not hear that it was done.
            return f.write_str("all accounts and repositories");
        }
        write!(f, "{} accounts and {} repositories", self.accounts, self.repositories)
    }
}

impl Departure<'_> {
    /// Does it.
    pub(super) fn run(&self, io: &mut dyn Io) -> Result<Moved> {
        let mut rows = BTreeMap::new();
        let mut repositories = 0;
        let mut step = self.begin()?;
        if step == Step::Filling {
            let frozen = self.from.insist(FreezeSite { for_good: true, notice: self.notice.clone() })?;
            repositories = self.repositories(io)?;
            rows = self.site(&frozen.lease, io)?;
            io.note("putting everything in place")?;
        }
        while step != Step::Done {
            let token = self.token.clone();
            step = self.to.insist(FinishImport { token, rows: rows.clone(), url: self.url.clone() })?;
        }
        if self.say_moved().is_err() {
            io.note(
                "this site goes on saying that it is moving: not everything here could be told that it has",
            )?;
        }
        Ok(Moved { accounts: rows.get("account").copied().unwrap_or_default(), repositories })
    }

    /// Finds out whether the target will have it before the source is kept from changing for good.
    fn begin(&self) -> Result<Step> {
        let tried = self.from.insist(FreezeSite { for_good: false, notice: self.notice.clone() })?;
        let begun = self.to.insist(BeginImport { token: self.token.clone(), migrations: tried.migrations });
        if begun.is_err() {
            // The first failure is the one to tell; this one ends by itself.
            let _ = self.from.call(ThawSite { lease: Some(tried.lease) });
        }
        begun
    }

    /// Those who push to the source are told where it is now.
    fn say_moved(&self) -> Result<()> {
        let Some(notice) = &self.moved else { return Ok(()) };
        self.from.insist(FreezeSite { for_good: true, notice: notice.clone() })?;
        for repository in self.movable()? {
            self.from.insist(FreezeRepository { id: repository.id })?;
        }
        Ok(())
    }

    fn movable(&self) -> Result<Vec<Movable>> {
        let mut all: Vec<Movable> = Vec::new();
        self.from.each(
            |cursor| ListMovable { cursor, limit: None },
            |one| {
                all.push(one);
                Ok(())
            },
        )?;
        Ok(all)
    }

    fn repositories(&self, io: &mut dyn Io) -> Result<usize> {
        let all = self.movable()?;
        let total: u64 = all.iter().map(weight).sum();
        let mut done = 0;
        for repository in &all {
            self.from.insist(FreezeRepository { id: repository.id })?;
            let mut bar = Bar { io, done, total, own: weight(repository), sent: 0 };
            self.repository(repository, &mut bar).map_err(|failure| failure.of(&repository.name))?;
            done += weight(repository);
            io.progress("moving", done, total)?;
        }
        Ok(all.len())
    }

    /// Moves one repository, or the rest of it. What is there already and equal is left alone.
    fn repository(&self, repository: &Movable, bar: &mut Bar<'_>) -> Result<()> {
        let id = repository.id;
        let mut known = self.import(id, Import::State)?;
        let mut last = Ok(());
        for _ in 0..ATTEMPTS {
            let first = self.export(id, None)?;
            let summary = first.summary.clone().ok_or_else(|| Failure::new("the source says too little"))?;
            let whole = match known.take() {
                Some(Progress::Finished(there)) if there == summary => true,
                Some(Progress::Complete) => true,
                // A cursor of an earlier run may be of a moment that is gone.
                Some(Progress::Missing { next: Some(next) }) => self.rest(id, Some(next), bar)?,
                _ => {
                    self.import(id, Import::Begin)?;
                    let next = first.next.clone();
                    self.send(id, None, first, bar)?;
                    self.rest(id, next, bar)?
                }
            };
            if whole {
                last = self.import(id, Import::Finish { summary }).map(drop);
                match &last {
                    // Of another moment than what came.
                    Err(failure) if !failure.is_passing() => {}
                    _ => return last,
                }
            }
        }
        last.and_then(|()| Err(Failure::new("it changes again and again while it is moved")))
    }

    /// Sends slices to the last; false if the source has none of that moment any more.
    fn rest(&self, id: i64, mut cursor: Option<String>, bar: &mut Bar<'_>) -> Result<bool> {
        while let Some(from) = cursor {
            let slice = match self.export(id, Some(from.clone())) {
                Err(failure) if !failure.is_passing() => return Ok(false),
                slice => slice?,
            };
            cursor = slice.next.clone();
            self.send(id, Some(from), slice, bar)?;
        }
        Ok(true)
    }

    fn export(&self, id: i64, cursor: Option<String>) -> Result<gitflare_port::moving::Slice> {
        self.from.insist(ExportRepository { id, cursor })
    }

    fn send(
        &self,
        id: i64,
        from: Option<String>,
        slice: gitflare_port::moving::Slice,
        bar: &mut Bar<'_>,
    ) -> Result<()> {
        let size = slice.rows.0.len() as u64;
        self.import(id, Import::Rows { from, next: slice.next, rows: slice.rows })?;
        bar.sent(size)
    }

    fn import(&self, id: i64, import: Import) -> Result<Option<Progress>> {
        self.to.insist(ImportRepository { id, token: self.token.clone(), import })
    }

    /// Sends the site's own rows. Answers how many each table has.
    fn site(&self, lease: &str, io: &mut dyn Io) -> Result<BTreeMap<String, u64>> {
        let mut counts = BTreeMap::new();
        let mut cursor = None;
        let mut number = 0;
        loop {
            let slice = self.from.insist(ExportSite { lease: lease.to_owned(), cursor })?;
            count(&slice.rows.0, &mut counts)?;
            self.to.insist(ImportSite { number, token: self.token.clone(), rows: slice.rows })?;
            number += 1;
            io.progress("accounts", u64::from(number), 0)?;
            cursor = slice.next;
            if cursor.is_none() {
                return Ok(counts);
            }
        }
    }
}

/// What a repository counts for in the progress: its bytes, and something for being one.
fn weight(repository: &Movable) -> u64 {
    u64::try_from(repository.size).unwrap_or_default() + 10_000
}

/// How far a move is.
struct Bar<'a> {
    io: &'a mut dyn Io,
    done: u64,
    total: u64,
    own: u64,
    sent: u64,
}

impl Bar<'_> {
    fn sent(&mut self, size: u64) -> Result<()> {
        // Slices hold more than the size that the site knows of.
        self.sent = (self.sent + size).min(self.own.saturating_sub(1));
        Ok(self.io.progress("moving", self.done + self.sent, self.total)?)
    }
}

fn count(rows: &[u8], counts: &mut BTreeMap<String, u64>) -> Result<()> {
    let mut table = String::new();
    dump::read(rows, &mut |record| {
        match record {
            dump::Record::Table(name) => name.clone_into(&mut table),
            dump::Record::Row(_) => *counts.entry(table.clone()).or_default() += 1,
        }
        Ok::<_, Failure>(())
    })
}

/// Gives up what has come to the target of a move.
fn give_up(office: &Office<'_>, token: &str, io: &mut dyn Io) -> Result<()> {
    while office.insist(CancelImport { token: token.to_owned() })? != Step::Done {}
    Ok(io.note("what had come is removed, and the site waits to be set up")?)
}

/// Lets a site that was moved take changes again.
fn take_changes(office: &Office<'_>, io: &mut dyn Io) -> Result<()> {
    let mut repositories = Vec::new();
    office.each(
        |cursor| ListMovable { cursor, limit: None },
        |one| {
            repositories.push(one.id);
            Ok(())
        },
    )?;
    for id in repositories {
        office.insist(ThawRepository { id })?;
    }
    // Last: as long as it is frozen, it is plain that the command has to be given again.
    office.insist(ThawSite::default())?;
    Ok(io.note("the site takes changes again")?)
}
