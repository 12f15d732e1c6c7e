//! The same check in slices, for a host that allows a request no more than seconds: what one slice has to tell the next is
//! in the cursor.
//!
//! Two things a slice cannot see that the whole sees, and does not need to: a rank that two positions name, because those
//! would have to name two offsets of one entry, and a number that two commits have, because its row names one of them.

use gitflare_port::command::Verified;

use super::{
    Report,
    bodies::{Bodies, Place},
    check_refs, indexes, large, rows,
};
use crate::{Env, Error, Repository, Result};

/// Bytes of objects read in one slice, and how many.
const BYTES: u64 = 64 << 20;
const OBJECTS: u64 = 20_000;

/// Checks a slice.
pub(crate) fn slice(
    repository: &Repository,
    cursor: Option<&str>,
    objects: Option<u32>,
    env: &Env,
) -> Result<Verified> {
    let most = objects.map_or(OBJECTS, |objects| OBJECTS.min(objects.into()));
    // What is in memory may be sound where the disk is not.
    repository.0.shared.shrink();
    let outcome = repository.db().read(|sql| {
        let mut report = Report::default();
        let view = repository.view(sql)?;
        let total = view.live.objects();
        let packs: Vec<i64> = view.live.packs.iter().map(|pack| pack.id()).collect();
        let place = match cursor {
            Some(cursor) => decode(cursor, &packs)?,
            None => {
                rows::check(sql, &mut report)?;
                indexes::check(&view, &mut report)?;
                check_refs(sql, &view, &mut report)?;
                Place::default()
            }
        };
        let mut bodies = Bodies::new(&view, place)?;
        let mut more = true;
        while more && bodies.bytes() < BYTES && bodies.place().done - place.done < most {
            more = bodies.step(&mut report)?;
        }
        let reached = bodies.place();
        let next = more.then(|| encode(&reached, &packs));
        let verified = Verified { findings: Vec::new(), done: reached.done.min(total), total, next };
        Ok((report, bodies.deferred(), view.live.clone(), verified))
    });
    let outcome = outcome.and_then(|(mut report, deferred, live, verified)| {
        large::check(repository, &live, &deferred, &mut report, env)?;
        Ok(Verified { findings: report.findings, ..verified })
    });
    repository.0.shared.shrink();
    outcome
}

/// A place among these packs as text. The end is the age after the last.
fn encode(place: &Place, packs: &[i64]) -> String {
    let Place { age, row, end, entries, ref_deltas, commits, done } = place;
    let pack = packs.get(*age).copied().unwrap_or(0);
    format!("{pack}.{age}.{row}.{end}.{entries}.{ref_deltas}.{commits}.{done}")
}

fn decode(text: &str, packs: &[i64]) -> Result<Place> {
    let bad = || Error::Refused("this is no cursor of a check".into());
    let numbers: Vec<u64> =
        text.split('.').map(|part| part.parse().map_err(|_| bad())).collect::<Result<_>>()?;
    let [pack, age, row, end, entries, ref_deltas, commits, done] = numbers.as_slice() else {
        return Err(bad());
    };
    let number = |number: &u64| usize::try_from(*number).map_err(|_| bad());
    let signed = |number: &u64| i64::try_from(*number).map_err(|_| bad());
    let age = number(age)?;
    // Newer packs come behind; what was walked through already has to be there as it was.
    if packs.get(age).copied().unwrap_or(0) != signed(pack)? || age > packs.len() {
        return Err(Error::Conflict("the packs have changed meanwhile: begin again".into()));
    }
    Ok(Place {
        age,
        row: number(row)?,
        end: *end,
        entries: *entries,
        ref_deltas: signed(ref_deltas)?,
        commits: signed(commits)?,
        done: *done,
    })
}
