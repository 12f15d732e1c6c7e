//! Finding out which packs hold only what refs reach.
//!
//! Clones stream packs as they are only while none may hold more. A deleted or rewound ref flags all of them at once,
//! because a push does not wait for a walk; here the walk is made up for, and packs that lost nothing are cleared.

use gitflare_db::Sql;
use gitflare_git::Oid;

use crate::{Env, Error, Repository, Result, commits, packs, refs, state, upload::reach::Reach, view::View};

/// Objects visited in one slice.
const SLICE: usize = 20_000;
/// Seconds until packs that hold unreachable objects are looked at again: a push may have made those reachable.
const AGAIN: i64 = 24 * 60 * 60;

/// What earlier walks found out.
#[derive(Default)]
pub(super) struct Known {
    /// Packs that do hold unreachable objects.
    unreachable: Vec<i64>,
    at: i64,
}

/// A walk in progress.
pub(super) struct Walk {
    reach: Reach,
    refs: Vec<refs::Ref>,
    /// The live packs when it began.
    packs: Vec<i64>,
}

/// Whether a walk could clear a flag.
pub(super) fn is_due(view: &View<'_>, known: &Known, env: &Env) -> bool {
    let mut flagged = view.live.packs.iter().filter(|pack| pack.row.has_unreachable).map(|pack| pack.id());
    let again = env.now - known.at >= AGAIN;
    flagged.any(|pack| again || !known.unreachable.contains(&pack))
}

impl Walk {
    /// Starts from all refs.
    pub(super) fn begin(view: &View<'_>) -> Result<Self> {
        let next_cid = u32::try_from(state::get(view.sql)?.next_cid).unwrap_or(u32::MAX);
        let refs = refs::all(view.sql)?;
        let mut reach = Reach::new(next_cid);
        for found in &refs {
            reach.want(view, &found.oid)?;
        }
        Ok(Self { reach, refs, packs: view.live.packs.iter().map(|pack| pack.id()).collect() })
    }

    /// Visits some objects; whether the walk is over, and its outcome recorded in `known`.
    pub(super) fn slice(&mut self, repository: &Repository, known: &mut Known, env: &Env) -> Result<bool> {
        let complete = repository.db().read(|sql| {
            let view = repository.view(sql)?;
            self.check_live(&view)?;
            self.reach.step(&view, SLICE)
        })?;
        if complete {
            repository.db().write("maintenance: flags", |sql| self.record(repository, sql, known, env))?;
        }
        Ok(complete)
    }

    /// Packs keep their places during a walk: only maintenance replaces them, and it does one thing at a time.
    fn check_live(&self, view: &View<'_>) -> Result<()> {
        let same =
            view.live.packs.iter().map(|pack| pack.id()).zip(&self.packs).all(|(live, pack)| live == *pack);
        if same && view.live.packs.len() >= self.packs.len() {
            return Ok(());
        }
        Err(Error::Damage("packs were replaced under a walk".into()))
    }

    /// Clears the flags of packs all of whose objects were found, unless a ref has lost something meanwhile.
    fn record(&self, repository: &Repository, sql: &dyn Sql, known: &mut Known, env: &Env) -> Result<()> {
        let view = repository.view(sql)?;
        self.check_live(&view)?;
        if !self.is_valid(sql, &view)? {
            return Ok(());
        }
        known.unreachable.clear();
        known.at = env.now;
        let mut cleared = false;
        for (age, pack) in view.live.packs.iter().take(self.packs.len()).enumerate() {
            if !pack.row.has_unreachable {
                continue;
            }
            if self.reach.count_of(age) == pack.row.objects as u64 {
                packs::set_flag(sql, pack.id(), false)?;
                cleared = true;
            } else {
                known.unreachable.push(pack.id());
            }
        }
        if cleared { state::repacked(sql) } else { Ok(()) }
    }

    /// Whether everything the walk started from is reached still.
    fn is_valid(&self, sql: &dyn Sql, view: &View<'_>) -> Result<bool> {
        for before in &self.refs {
            let Some(now) = refs::get(sql, &before.name)? else { return Ok(false) };
            if now.oid != before.oid && !is_forward(sql, view, &before.oid, &now.oid)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn is_forward(sql: &dyn Sql, view: &View<'_>, old: &Oid, new: &Oid) -> Result<bool> {
    let cid = |oid: &Oid| Ok::<_, Error>(view.find(oid)?.map_or(0, |found| found.entry.cid));
    let (old, new) = (cid(old)?, cid(new)?);
    Ok(old > 0 && new > 0 && commits::is_ancestor(sql, old, new)?)
}
