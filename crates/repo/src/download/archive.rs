//! All files of a tree in an archive. Folders are entered one after the other; what waits is a list of names.

use gitflare_git::{
    Oid,
    archive::{Archive, Format, Member},
    object::{Kind, tree_entries},
};
use gitflare_port::download::ArchiveFormat;

use super::blob::Content;
use crate::{Error, Repository, Result, view::View};

/// Entries in one archive: beyond that somebody made folders that expand without end.
const ENTRIES: u64 = 2_000_000;
/// Bytes of a path.
const PATH: usize = 16 << 10;
/// Bytes of a symbolic link's target.
const TARGET: u64 = 64 << 10;

/// An archive being made.
pub(super) struct Files {
    archive: Option<Archive>,
    format: Format,
    commit: Option<Oid>,
    time: i64,
    open: Vec<Entry>,
    content: Option<Content>,
    entries: u64,
    is_finished: bool,
}

/// Something that waits to be written.
struct Entry {
    path: Vec<u8>,
    mode: u32,
    oid: Oid,
}

impl Files {
    pub(super) fn begin(
        format: ArchiveFormat,
        commit: Option<Oid>,
        time: i64,
        tree: Oid,
        prefix: &[u8],
    ) -> Self {
        let format = match format {
            ArchiveFormat::Tar => Format::Tar,
            ArchiveFormat::TarGz => Format::TarGz,
            ArchiveFormat::Zip => Format::Zip,
        };
        let root = Entry { path: prefix.to_vec(), mode: 0o040_000, oid: tree };
        Self {
            archive: None,
            format,
            commit,
            time,
            open: vec![root],
            content: None,
            entries: 0,
            is_finished: false,
        }
    }

    /// Whether [`Files::make`] has to go on.
    pub(super) fn is_made(&self) -> bool {
        self.content.as_ref().is_some_and(Content::is_made)
    }

    /// Does a slice of the work of making a file that memory has no room for.
    pub(super) fn make(&mut self, out: &mut Vec<u8>, now: i64) -> Result<()> {
        let (Some(content), Some(archive)) = (&mut self.content, &mut self.archive) else { return Ok(()) };
        let mut data = Vec::new();
        let is_over = content.make(&mut data, now)?;
        archive.content(&data, out);
        if is_over {
            self.content = None;
            archive.end(out);
        }
        Ok(())
    }

    /// Writes until there are `piece` bytes, or the next ones have to be made; whether the archive is complete.
    pub(super) fn fill(
        &mut self,
        repository: &Repository,
        view: &View<'_>,
        out: &mut Vec<u8>,
        piece: usize,
    ) -> Result<bool> {
        let mut archive = match self.archive.take() {
            Some(archive) => archive,
            None => Archive::begin(self.format, self.commit.as_ref(), self.time, out),
        };
        // Much may be read for few bytes: a slice ends after so many members, too.
        let mut steps = 2_000;
        while out.len() < piece && steps > 0 && !self.is_finished && !self.is_made() {
            steps -= 1;
            if let Some(content) = &mut self.content {
                let mut data = Vec::new();
                let is_over = content.fill(view, &mut data, piece)?;
                archive.content(&data, out);
                if is_over {
                    self.content = None;
                    archive.end(out);
                }
            } else if let Some(entry) = self.open.pop() {
                self.entry(repository, view, &entry, &mut archive, out)?;
            } else {
                archive.finish(out);
                self.is_finished = true;
            }
        }
        self.archive = Some(archive);
        Ok(self.is_finished)
    }

    fn entry(
        &mut self,
        repository: &Repository,
        view: &View<'_>,
        entry: &Entry,
        archive: &mut Archive,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        self.entries += 1;
        if self.entries > ENTRIES || entry.path.len() > PATH {
            return Err(Error::TooLarge("the tree has too many files for an archive".into()));
        }
        let mut target = Vec::new();
        let mut member = Member { path: &entry.path, mode: entry.mode, oid: entry.oid, size: 0, target: &[] };
        if matches!(entry.mode & 0o170_000, 0o040_000 | 0o160_000) {
            let path = [entry.path.as_slice(), b"/"].concat();
            if !entry.path.is_empty() {
                archive.member(&Member { path: &path, ..member }, out);
                archive.end(out);
            }
            return if entry.mode == 0o040_000 { self.enter(view, entry) } else { Ok(()) };
        }
        let found = view.find(&entry.oid)?.ok_or(Error::Missing(entry.oid))?;
        member.size = found.entry.size;
        if entry.mode == 0o120_000 {
            if member.size > TARGET {
                return Err(Error::TooLarge("a symbolic link leads nowhere a file system knows".into()));
            }
            target.clone_from(&view.object_at(&found)?.data);
            member.target = &target;
            archive.member(&member, out);
            archive.end(out);
            return Ok(());
        }
        archive.member(&member, out);
        if member.size == 0 {
            archive.end(out);
        } else {
            self.content = Some(Content::begin(repository, view, &found, 0, member.size)?);
        }
        Ok(())
    }

    fn enter(&mut self, view: &View<'_>, folder: &Entry) -> Result<()> {
        let tree = view.object_of(&folder.oid, Kind::Tree)?;
        let from = self.open.len();
        let slash: &[u8] = if folder.path.is_empty() { b"" } else { b"/" };
        for entry in tree_entries(&tree.data, view.format) {
            let entry = entry?;
            // git itself refuses such names on a push; an archive with them would write anywhere.
            if matches!(entry.name, b"." | b"..") || entry.name.contains(&b'/') {
                continue;
            }
            let path = [folder.path.as_slice(), slash, entry.name].concat();
            self.open.push(Entry { path, mode: entry.canonical_mode(), oid: entry.oid });
        }
        if let Some(added) = self.open.get_mut(from..) {
            added.reverse();
        }
        Ok(())
    }
}
