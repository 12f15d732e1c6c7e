//! The body of a pack on its way in: rows already written, and what has not filled a commit yet.
//!
//! A small push stays in memory until it is published, and so costs one commit in all.

use gitflare_db::Sql;

use crate::{
    Result,
    files::{self, Appender, FileId, FileKind},
    large::PushBody,
    limits,
    objects::{Body, Piece, Stored},
    view::View,
};

/// A body that grows.
#[derive(Default)]
pub(super) struct Staging {
    appender: Option<Appender>,
    file: Option<FileId>,
    written: u64,
    held: Vec<u8>,
}

impl Staging {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> u64 {
        self.written + self.held.len() as u64
    }

    /// Whether enough is held to be worth a commit.
    pub(super) fn is_full(&self) -> bool {
        self.held.len() >= limits::APPEND
    }

    /// The file, once it exists.
    pub(super) const fn file(&self) -> Option<FileId> {
        self.file
    }

    /// Writes the full rows among what is held, and gives the file another while to live.
    pub(super) fn flush(&mut self, sql: &dyn Sql, now: i64) -> Result<()> {
        let rows = self.held.len() / files::ROW * files::ROW;
        let deadline = now + limits::DEADLINE;
        let file = self.create(sql, now)?;
        files::extend(sql, file, deadline)?;
        if let Some(appender) = &mut self.appender {
            appender.append(sql, &self.held[..rows])?;
        }
        Ok(())
    }

    /// Drops from memory what [`Staging::flush`] wrote, once that is committed.
    pub(super) fn flushed(&mut self) {
        let rows = self.held.len() / files::ROW * files::ROW;
        self.held.drain(..rows);
        self.written += rows as u64;
    }

    /// Writes everything and seals the file. It still dies at its deadline until it is published.
    pub(super) fn seal(&mut self, sql: &dyn Sql, now: i64) -> Result<FileId> {
        let file = self.create(sql, now)?;
        if let Some(mut appender) = self.appender.take() {
            appender.append(sql, &self.held)?;
            appender.seal(sql, now + limits::DEADLINE)?;
        }
        Ok(file)
    }

    fn create(&mut self, sql: &dyn Sql, now: i64) -> Result<FileId> {
        if let Some(file) = self.file {
            return Ok(file);
        }
        let appender = Appender::create(sql, FileKind::Pack, now, now + limits::DEADLINE)?;
        let file = appender.file;
        self.appender = Some(appender);
        self.file = Some(file);
        Ok(file)
    }

    /// This body, to be read through `view`.
    pub(super) fn body<'a>(&'a self, view: &'a View<'a>) -> Growing<'a> {
        Growing { view, staging: self }
    }
}

impl PushBody for Staging {
    fn body<'a>(&'a self, view: &'a View<'a>) -> Box<dyn Body + 'a> {
        Box::new(Self::body(self, view))
    }
}

/// A growing body as a [`Body`].
pub(super) struct Growing<'a> {
    view: &'a View<'a>,
    staging: &'a Staging,
}

impl Body for Growing<'_> {
    fn at(&self, offset: u64) -> Result<Piece<'_>> {
        let staging = self.staging;
        match (offset.checked_sub(staging.written), staging.file()) {
            (Some(at), _) => Ok(Piece::Held(staging.held.get(at as usize..).unwrap_or_default())),
            (None, Some(file)) => {
                match (Stored { view: self.view, file, size: staging.written }).at(offset)? {
                    Piece::Row(row, from) => Ok(Piece::Row(row, from)),
                    Piece::Held(_) => Ok(Piece::Held(&[])),
                }
            }
            (None, None) => Ok(Piece::Held(&[])),
        }
    }
}
