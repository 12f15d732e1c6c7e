//! Bodies, entry by entry in their order: hash, place, form, base, and every link.

use std::sync::Arc;

use gitflare_git::{
    Oid, delta,
    hash::{ObjectHasher, hash_object},
    object::Kind,
    pack::EntryKind,
};

use super::{
    Report,
    graph::{Graph, Links},
};
use crate::{
    Error, Result,
    cache::Object,
    index::{Entry, Form},
    large::fits,
    limits,
    objects::{self, Stored},
    packs::Pack,
    view::{Found, View},
};

/// Where a walk through all bodies is: between two rows of positions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The pack, by its age.
    pub(super) age: usize,
    /// Its next row of positions.
    pub(super) row: usize,
    /// Where its next entry has to begin.
    pub(super) end: u64,
    /// How many of its entries are done, and how many of those stand on older packs.
    pub(super) entries: u64,
    pub(super) ref_deltas: i64,
    /// How many commits were seen in all packs.
    pub(super) commits: i64,
    /// How many objects are done.
    pub(super) done: u64,
}

/// A walk through all bodies, a row of positions at a time.
pub(super) struct Bodies<'a> {
    view: &'a View<'a>,
    place: Place,
    links: Links,
    graph: Graph,
    /// The ranks that were pointed at, of a pack that was begun here.
    ranks: Option<Vec<u64>>,
    /// Depths of this pack's entries, from the one it was begun with here.
    depths: Depths,
    deferred: Vec<Deferred>,
    /// Bytes of the objects that were read.
    bytes: u64,
}

#[derive(Default)]
struct Depths {
    first: u64,
    known: Vec<u16>,
}

impl<'a> Bodies<'a> {
    /// Goes on from a place.
    pub(super) fn new(view: &'a View<'a>, place: Place) -> Result<Self> {
        let graph = Graph::from(view, place.commits)?;
        let depths = Depths { first: place.entries, known: Vec::new() };
        let (links, deferred) = (Links::default(), Vec::new());
        let mut bodies = Self { view, place, links, graph, ranks: None, depths, deferred, bytes: 0 };
        if place.row == 0 {
            bodies.begin();
        }
        Ok(bodies)
    }

    /// Where it is.
    pub(super) fn place(&self) -> Place {
        Place { commits: self.graph.commits(), ..self.place }
    }

    /// How many bytes the objects have that were read.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The objects that memory has no room for.
    pub(super) fn deferred(self) -> Vec<Deferred> {
        self.deferred
    }

    /// A pack begins.
    fn begin(&mut self) {
        let objects = self.view.live.packs.get(self.place.age).map_or(0, |pack| pack.row.objects);
        self.ranks = Some(vec![0; (objects.max(0) as usize).div_ceil(64)]);
        self.depths = Depths::default();
    }

    /// Reads the objects of one row; answers whether there is more.
    pub(super) fn step(&mut self, report: &mut Report) -> Result<bool> {
        let view = self.view;
        let Some(pack) = view.live.packs.get(self.place.age) else {
            self.graph.finish(view, report)?;
            return Ok(false);
        };
        let found = view.index().position_row(pack, self.place.row);
        let Some(positions) = report.keep(format_args!("pack {}", pack.id()), found)?.flatten() else {
            self.end_of(pack, report);
            let Place { age, done, .. } = self.place;
            self.place = Place { age: age + 1, done, ..Place::default() };
            self.begin();
            return Ok(true);
        };
        for (offset, rank) in positions {
            if let Some(ranks) = &mut self.ranks {
                claim(ranks, rank, pack, report);
            }
            Walk { bodies: self, view, pack }.step(offset, rank, report)?;
            self.place.entries += 1;
            self.place.done += 1;
        }
        self.place.row += 1;
        Ok(true)
    }

    fn end_of(&self, pack: &Pack, report: &mut Report) {
        let (id, row, place) = (pack.id(), &pack.row, &self.place);
        if place.end != pack.size() {
            report.add(format!("the body of pack {id} ends at {}, not {}", pack.size(), place.end));
        }
        if place.entries as i64 != row.objects {
            report.add(format!("pack {id} has {} positions, not {}", place.entries, row.objects));
        }
        if place.ref_deltas != row.ref_deltas {
            let (found, recorded) = (place.ref_deltas, row.ref_deltas);
            report.add(format!("pack {id} has {found} deltas on older packs, not {recorded}"));
        }
    }
}

impl Depths {
    /// That of an earlier entry, by its position.
    fn get(&self, view: &View<'_>, pack: &Pack, position: u32) -> Result<Option<u16>> {
        match u64::from(position).checked_sub(self.first) {
            Some(at) => Ok(self.known.get(at as usize).copied()),
            None => Ok(Some(view.index().by_position(pack, position)?.depth)),
        }
    }
}

/// Reads every object of every live pack once; answers those that memory has no room for.
pub(super) fn check(
    view: &View<'_>,
    report: &mut Report,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<Deferred>> {
    let total = view.live.objects();
    let mut bodies = Bodies::new(view, Place::default())?;
    while bodies.step(report)? {
        progress(bodies.place.done.min(total), total);
    }
    progress(total, total);
    Ok(bodies.deferred)
}

/// An object whose content was not looked at yet, and what to call it.
pub(super) struct Deferred {
    pub(super) found: Found,
    pub(super) what: String,
}

/// Notes that a rank was pointed at; twice is one too many.
fn claim(ranks: &mut [u64], rank: u32, pack: &Pack, report: &mut Report) {
    let bit = 1 << (rank % 64);
    match ranks.get_mut(rank as usize / 64) {
        Some(word) if *word & bit == 0 => *word |= bit,
        _ => report.add(format!("pack {} points twice, or beyond its end, at rank {rank}", pack.id())),
    }
}

/// One entry of a walk.
struct Walk<'a, 'b> {
    bodies: &'a mut Bodies<'b>,
    view: &'a View<'a>,
    pack: &'a Pack,
}

impl Walk<'_, '_> {
    fn step(&mut self, offset: u64, rank: u32, report: &mut Report) -> Result<()> {
        let id = self.pack.id();
        let entry = report.keep(format_args!("pack {id}"), self.view.index().by_rank(self.pack, rank))?;
        let Some(entry) = entry else {
            self.bodies.depths.known.push(0);
            return Ok(());
        };
        let what = format!("object {} in pack {id}", entry.oid);
        if entry.offset != offset {
            report.add(format!("{what}: the index has it at {}, the positions at {offset}", entry.offset));
        }
        let end = self.bodies.place.end;
        if offset != end {
            report.add(format!("{what} begins at {offset} instead of {end}"));
        }
        self.bodies.place.end = offset + u64::from(entry.packed);
        self.bodies.bytes += entry.size;
        let outcome = self.read(&entry, &what, report);
        self.bodies.depths.known.push(entry.depth);
        let Some(object) = report.keep(&what, outcome)?.flatten() else { return Ok(()) };
        let Bodies { links, graph, .. } = &mut *self.bodies;
        let outcome = links
            .check(self.view, &what, &object, report)
            .and_then(|()| graph.check(self.view, &entry, &what, &object, report));
        report.keep(&what, outcome)?;
        Ok(())
    }

    /// Reads an object and checks its hash. Large blobs are hashed in passing, or deferred, and not returned: they link to
    /// nothing.
    fn read(&mut self, entry: &Entry, what: &str, report: &mut Report) -> Result<Option<Arc<Object>>> {
        let (view, pack) = (self.view, self.pack);
        let body = Stored { view, file: pack.file(), size: pack.size() };
        let (header, header_len) = objects::header(view, &body, entry.offset)?;
        let data_at = entry.offset + header_len as u64;
        let end = entry.offset + u64::from(entry.packed);
        self.check_form(entry, &header.kind, what, report)?;
        if let EntryKind::Whole(kind) = header.kind
            && header.size > if kind == Kind::Blob { limits::KEEP } else { limits::TREE }
        {
            let mut hasher = ObjectHasher::new(view.format, kind, header.size);
            let (size, after) = objects::inflate_pieces(&body, data_at, &mut |bytes| hasher.update(bytes))?;
            let found = hasher.finish()?;
            compare(entry, kind, size, &found, what, report);
            check_end(after, end, what, report);
            return Ok(None);
        }
        let is_delta = !matches!(header.kind, EntryKind::Whole(_));
        if is_delta && (entry.size > limits::KEEP || header.size > limits::KEEP) {
            let (size, after) = objects::inflate_pieces(&body, data_at, &mut |_| {})?;
            check_end(after, end, what, report);
            if size != header.size {
                return Err(Error::Damage(format!("an entry of {size} bytes, not {}", header.size)));
            }
            let found = Found { age: self.bodies.place.age, entry: entry.clone() };
            self.bodies.deferred.push(Deferred { found, what: what.to_owned() });
            return Ok(None);
        }
        let (data, after) = objects::inflate(&body, data_at, header.size as usize)?;
        check_end(after, end, what, report);
        if is_delta {
            let (base, result, _) = delta::sizes(&data)?;
            if !fits(base, result, header.size) {
                return Err(Error::Damage("small as it is, it stands on something large".into()));
            }
        }
        let object = match header.kind {
            EntryKind::Whole(kind) => Object { kind, data },
            EntryKind::Ofs(distance) => {
                let base = entry
                    .offset
                    .checked_sub(distance)
                    .ok_or_else(|| Error::Damage("its base is nowhere".into()))?;
                objects::apply(&*objects::read(view, pack, base)?, &data)?
            }
            EntryKind::Ref(base) => objects::apply(&*view.object(&base)?, &data)?,
        };
        let found = hash_object(view.format, object.kind, &object.data)?;
        compare(entry, object.kind, object.data.len() as u64, &found, what, report);
        let object = Arc::new(object);
        view.shared.keep_object((view.repository, pack.id(), entry.offset), Arc::clone(&object));
        Ok(Some(object))
    }

    /// The form in the index is that of the body, and the base comes before: here or in an older pack.
    fn check_form(
        &mut self,
        entry: &Entry,
        stored: &EntryKind,
        what: &str,
        report: &mut Report,
    ) -> Result<()> {
        let base_depth = match (entry.form, stored) {
            (Form::Whole, EntryKind::Whole(_)) => None,
            (Form::Ofs(indexed), EntryKind::Ofs(distance)) if indexed == *distance => {
                let base = entry.offset.checked_sub(*distance).filter(|_| *distance > 0);
                let position =
                    base.map(|base| self.view.index().position(self.pack, base)).transpose()?.flatten();
                let depths = &self.bodies.depths;
                let depth = position.map(|position| depths.get(self.view, self.pack, position));
                match depth.transpose()?.flatten() {
                    Some(depth) => Some(depth),
                    None => {
                        report.add(format!("{what}: its base is no earlier entry"));
                        return Ok(());
                    }
                }
            }
            (Form::Ref, EntryKind::Ref(base)) => {
                self.bodies.place.ref_deltas += 1;
                match self.view.find(base)? {
                    Some(found) if found.age < self.bodies.place.age => Some(found.entry.depth),
                    Some(_) => {
                        report.add(format!("{what}: its base {base} is in no older pack"));
                        return Ok(());
                    }
                    None => {
                        report.add(format!("{what}: its base {base} is missing"));
                        return Ok(());
                    }
                }
            }
            _ => {
                report.add(format!("{what}: the index says another form than the body"));
                return Ok(());
            }
        };
        // A base may have become shallower since: what is recorded is a bound.
        let sound = base_depth.map_or(entry.depth == 0, |base| entry.depth > base);
        if !sound || entry.depth > limits::CHAIN {
            report.add(format!("{what}: depth {} is recorded wrongly", entry.depth));
        }
        Ok(())
    }
}

fn check_end(after: u64, end: u64, what: &str, report: &mut Report) {
    if after != end {
        report.add(format!("{what} ends at {after} instead of {end}"));
    }
}

pub(super) fn compare(entry: &Entry, kind: Kind, size: u64, found: &Oid, what: &str, report: &mut Report) {
    if *found != entry.oid {
        report.add(format!("{what} has the hash {found}"));
    }
    if kind != entry.kind || size != entry.size {
        report.add(format!(
            "{what} is a {} of {size} bytes, not a {} of {}",
            kind.name(),
            entry.kind.name(),
            entry.size
        ));
    }
}
