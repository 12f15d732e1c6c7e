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

/// Objects between two words about progress.
const STRIDE: u64 = 512;

/// Reads every object of every live pack once; answers those that memory has no room for.
pub(super) fn check(
    view: &View<'_>,
    report: &mut Report,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<Deferred>> {
    let total = view.live.objects();
    let mut done = 0;
    let mut links = Links::default();
    let mut graph = Graph::new(view)?;
    let mut deferred = Vec::new();
    for (age, pack) in view.live.packs.iter().enumerate() {
        let depths = Vec::new();
        let mut walk = Walk { view, age, pack, depths, end: 0, ref_deltas: 0, deferred: &mut deferred };
        let mut row = 0;
        let mut ranks = vec![0_u64; (pack.row.objects as usize).div_ceil(64)];
        while let Some(positions) =
            report.keep(format_args!("pack {}", pack.id()), view.index().position_row(pack, row))?.flatten()
        {
            for (offset, rank) in positions {
                claim(&mut ranks, rank, pack, report);
                walk.step(offset, rank, &mut links, &mut graph, report)?;
                done += 1;
                if done % STRIDE == 0 {
                    progress(done.min(total), total);
                }
            }
            row += 1;
        }
        walk.finish(report);
    }
    graph.finish(view, report)?;
    progress(total, total);
    Ok(deferred)
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

/// A walk through one body.
struct Walk<'a> {
    view: &'a View<'a>,
    age: usize,
    pack: &'a Pack,
    depths: Vec<u16>,
    end: u64,
    ref_deltas: i64,
    deferred: &'a mut Vec<Deferred>,
}

impl Walk<'_> {
    fn step(
        &mut self,
        offset: u64,
        rank: u32,
        links: &mut Links,
        graph: &mut Graph,
        report: &mut Report,
    ) -> Result<()> {
        let id = self.pack.id();
        let entry = report.keep(format_args!("pack {id}"), self.view.index().by_rank(self.pack, rank))?;
        let Some(entry) = entry else {
            self.depths.push(0);
            return Ok(());
        };
        let what = format!("object {} in pack {id}", entry.oid);
        if entry.offset != offset {
            report.add(format!("{what}: the index has it at {}, the positions at {offset}", entry.offset));
        }
        if offset != self.end {
            report.add(format!("{what} begins at {offset} instead of {}", self.end));
        }
        self.end = offset + u64::from(entry.packed);
        let outcome = self.read(&entry, &what, report);
        self.depths.push(entry.depth);
        let Some(object) = report.keep(&what, outcome)?.flatten() else { return Ok(()) };
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
            let found = Found { age: self.age, entry: entry.clone() };
            self.deferred.push(Deferred { found, what: what.to_owned() });
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
                match position.and_then(|position| self.depths.get(position as usize)) {
                    Some(depth) => Some(*depth),
                    None => {
                        report.add(format!("{what}: its base is no earlier entry"));
                        return Ok(());
                    }
                }
            }
            (Form::Ref, EntryKind::Ref(base)) => {
                self.ref_deltas += 1;
                match self.view.find(base)? {
                    Some(found) if found.age < self.age => Some(found.entry.depth),
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

    fn finish(self, report: &mut Report) {
        let (id, row) = (self.pack.id(), &self.pack.row);
        if self.end != self.pack.size() {
            report.add(format!("the body of pack {id} ends at {}, not {}", self.pack.size(), self.end));
        }
        if self.depths.len() as i64 != row.objects {
            report.add(format!("pack {id} has {} positions, not {}", self.depths.len(), row.objects));
        }
        if self.ref_deltas != row.ref_deltas {
            report.add(format!(
                "pack {id} has {} deltas on older packs, not {}",
                self.ref_deltas, row.ref_deltas
            ));
        }
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
