//! The body of the result: new headers, old payloads.

use gitflare_db::Sql;
use gitflare_git::{
    Oid,
    pack::{EntryHeader, EntryKind},
    zlib,
};

use super::{
    table::{Item, Link, Source},
    torn,
};
use crate::{
    Env, Error, Result,
    files::{self, Appender, FileId, FileKind},
    limits,
    objects::{self, Body, Stored},
    view::View,
};

/// A body that grows.
#[derive(Default)]
pub(super) struct Output {
    appender: Option<Appender>,
    file: Option<FileId>,
    written: u64,
    held: Vec<u8>,
    /// A payload that is being copied.
    copying: Option<(Source, u64, u64)>,
    /// What deflates objects that are stored whole, one after another.
    deflater: Option<zlib::Deflater>,
}

fn body<'a>(view: &'a View<'a>, source: Source) -> Stored<'a> {
    Stored { view, file: source.file, size: source.size }
}

/// The base an entry names by id.
pub(super) fn named_base(view: &View<'_>, source: Source, offset: u64) -> Result<Oid> {
    match objects::header(view, &body(view, source), offset)?.0.kind {
        EntryKind::Ref(oid) => Ok(oid),
        EntryKind::Whole(_) | EntryKind::Ofs(_) => Err(torn()),
    }
}

impl Output {
    /// Where the next entry begins, once nothing is being copied.
    pub(super) fn len(&self) -> u64 {
        self.written + self.held.len() as u64
    }

    pub(super) const fn file(&self) -> Option<FileId> {
        self.file
    }

    pub(super) const fn is_copying(&self) -> bool {
        self.copying.is_some()
    }

    /// Goes on copying; answers whether there is room for another entry.
    pub(super) fn continue_copy(&mut self, view: &View<'_>, most: usize) -> Result<bool> {
        if let Some((source, mut from, until)) = self.copying.take() {
            let body = body(view, source);
            while from < until && self.held.len() < most {
                let piece = body.at(from)?;
                let take = piece.len().min((until - from) as usize);
                if take == 0 {
                    return Err(torn());
                }
                self.held.extend_from_slice(&piece[..take]);
                from += take as u64;
            }
            self.copying = (from < until).then_some((source, from, until));
        }
        Ok(self.copying.is_none() && self.held.len() < most)
    }

    /// Writes the header of an entry that stands on `link` now, and lets its payload follow. Answers its packed length.
    pub(super) fn relink(&mut self, view: &View<'_>, source: Source, item: &Item, link: Link) -> Result<u32> {
        let (header, header_len) = objects::header(view, &body(view, source), item.old)?;
        let kind = match (link, header.kind) {
            (Link::Ofs(distance), EntryKind::Ofs(_) | EntryKind::Ref(_)) => EntryKind::Ofs(distance),
            (Link::Whole, kind @ EntryKind::Whole(_)) | (Link::Ref, kind @ EntryKind::Ref(_)) => kind,
            _ => return Err(torn()),
        };
        let before = self.held.len();
        EntryHeader { kind, size: header.size }.encode(&mut self.held);
        let payload = u64::from(item.packed).checked_sub(header_len as u64).ok_or_else(torn)?;
        let from = item.old + header_len as u64;
        self.copying = Some((source, from, from + payload));
        packed((self.held.len() - before) as u64 + payload)
    }

    /// Stores an object whole that was a delta. Answers its packed length.
    pub(super) fn whole(&mut self, view: &View<'_>, source: Source, offset: u64) -> Result<u32> {
        let pack = view.live.packs.iter().find(|pack| pack.id() == source.pack).ok_or_else(torn)?;
        let object = objects::read(view, pack, offset)?;
        let before = self.held.len();
        EntryHeader { kind: EntryKind::Whole(object.kind), size: object.data.len() as u64 }
            .encode(&mut self.held);
        let deflater = self.deflater.get_or_insert_with(|| zlib::Deflater::new(6));
        deflater.whole(&object.data, &mut self.held);
        packed((self.held.len() - before) as u64)
    }

    /// Writes what is held and gives the file another while to live.
    pub(super) fn flush(&mut self, sql: &dyn Sql, env: &Env) -> Result<()> {
        let deadline = env.now + limits::DEADLINE;
        let mut appender = match self.appender.take() {
            Some(appender) => appender,
            None => Appender::create(sql, FileKind::Pack, env.now, deadline)?,
        };
        self.file = Some(appender.file);
        appender.append(sql, &self.held)?;
        files::extend(sql, appender.file, deadline)?;
        self.written += self.held.len() as u64;
        self.held.clear();
        self.appender = Some(appender);
        Ok(())
    }

    /// Writes the rest and seals the file.
    pub(super) fn seal(&mut self, sql: &dyn Sql, env: &Env) -> Result<FileId> {
        self.flush(sql, env)?;
        let appender = self.appender.take().ok_or_else(torn)?;
        Ok(appender.seal(sql, env.now + limits::DEADLINE)?.0)
    }
}

fn packed(bytes: u64) -> Result<u32> {
    u32::try_from(bytes).map_err(|_| Error::TooLarge("an entry is over 4 GB".into()))
}
