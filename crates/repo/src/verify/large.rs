//! Large blobs that are stored as deltas. Those that stand on each other are made one after the other, so that each is
//! made once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use gitflare_git::{Kind, hash::ObjectHasher};

use super::{
    Report,
    bodies::{Deferred, compare},
};
use crate::{
    Env, Repository, Result,
    index::Form,
    large::{Base, Chain, Home, Maker, Packed, Piece, Spooling, named_base},
    limits,
    packs::Live,
    view::View,
};

/// Where an entry lies: its pack among the live ones, and its offset there.
type Place = (usize, u64);

/// Deltas, and what they copy from if that was made.
struct Family {
    base: Option<Base>,
    members: Vec<usize>,
}

/// Makes and hashes them all.
pub(super) fn check(
    repository: &Repository,
    live: &Arc<Live>,
    deferred: &[Deferred],
    report: &mut Report,
    env: &Env,
) -> Result<()> {
    let mut on: HashMap<Place, Vec<usize>> = HashMap::new();
    let places: HashSet<Place> = deferred.iter().map(place).collect();
    let mut roots = Vec::new();
    for (n, one) in deferred.iter().enumerate() {
        let base = repository.db().read(|sql| base(&repository.view_of(sql, Arc::clone(live)), one));
        match report.keep(&one.what, base)?.flatten() {
            Some(base) if places.contains(&base) => on.entry(base).or_default().push(n),
            _ => roots.push(n),
        }
    }
    // A place is taken out when it is reached, so that damage cannot make this go round in circles.
    let mut stack = vec![Family { base: None, members: roots }];
    while let Some(family) = stack.last_mut() {
        let Some(one) = family.members.pop().and_then(|n| deferred.get(n)) else {
            stack.pop();
            continue;
        };
        let members = on.remove(&place(one));
        let made = make(repository, live, one, family.base.clone(), members.is_some(), report, env);
        if let (Some(Some(base)), Some(members)) = (report.keep(&one.what, made)?, members) {
            stack.push(Family { base: Some(base), members });
        }
    }
    for rest in on.into_values().flatten().filter_map(|n| deferred.get(n)) {
        report
            .add(format!("{}: its content was not reached, because what it stands on is damaged", rest.what));
    }
    Ok(())
}

fn place(one: &Deferred) -> Place {
    (one.found.age, one.found.entry.offset)
}

/// Where the base of a delta lies.
fn base(view: &View<'_>, one: &Deferred) -> Result<Option<Place>> {
    let (age, entry) = (one.found.age, &one.found.entry);
    match entry.form {
        Form::Whole => Ok(None),
        Form::Ofs(distance) => Ok(entry.offset.checked_sub(distance).map(|offset| (age, offset))),
        Form::Ref => {
            let base = view.find(&named_base(view, view.pack(age)?, entry)?)?;
            Ok(base.map(|found| (found.age, found.entry.offset)))
        }
    }
}

/// Makes one object and compares it with its entry; answers its content, if something stands on it.
fn make(
    repository: &Repository,
    live: &Arc<Live>,
    one: &Deferred,
    base: Option<Base>,
    is_base: bool,
    report: &mut Report,
    env: &Env,
) -> Result<Option<Base>> {
    let entry = &one.found.entry;
    let mut maker = repository.db().read(|sql| {
        let view = repository.view_of(sql, Arc::clone(live));
        let Some(base) = base else { return Maker::stored(repository, &view, &one.found) };
        let home = Home::Pack(Arc::clone(view.pack(one.found.age)?));
        let packed = Packed { home, offset: entry.offset, size: entry.size };
        let chain = Chain { kind: base.kind(), base: Some(base), entries: vec![packed] };
        Ok(Maker::new(repository, Arc::clone(live), chain))
    })?;
    let kind = maker.kind();
    if kind != Kind::Blob || entry.size <= limits::KEEP {
        report.add(format!("{}: only a large blob may be stored like this", one.what));
    }
    let mut hasher = ObjectHasher::new(repository.format(), kind, entry.size);
    let mut spooling = is_base.then(|| Spooling::new(repository));
    let mut size = 0;
    loop {
        match maker.next(None, env.now)? {
            Piece::Busy => {}
            Piece::Data(bytes) => {
                size += bytes.len() as u64;
                hasher.update(&bytes);
                if let Some(spooling) = &mut spooling {
                    spooling.add(&bytes, env.now)?;
                }
            }
            Piece::End => break,
        }
    }
    compare(entry, kind, size, &hasher.finish()?, &one.what, report);
    spooling.map(|spooling| Ok(Base::Spooled(Arc::new(spooling.finish(kind, env.now)?)))).transpose()
}
