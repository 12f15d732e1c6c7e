//! A consistent look at the repository inside one transaction: live packs, their indexes, and objects by id.

use std::sync::Arc;

use gitflare_db::Sql;
use gitflare_git::{ObjectFormat, Oid, object::Kind};

use crate::{
    Error, Result,
    cache::{Object, Shared},
    index::{Entry, Form, Reader},
    limits, objects,
    packs::{Live, Pack},
};

/// An object and where it lies.
#[derive(Debug, Clone)]
pub struct Found {
    /// Index into [`Live::packs`]: higher is newer.
    pub age: usize,
    /// The entry.
    pub entry: Entry,
}

/// Live packs and the means to read them.
#[derive(Clone)]
pub struct View<'a> {
    /// The connection.
    pub sql: &'a dyn Sql,
    /// The caches.
    pub shared: &'a Shared,
    /// Whose caches.
    pub repository: i64,
    /// Width of ids.
    pub format: ObjectFormat,
    /// The packs.
    pub live: Arc<Live>,
}

impl View<'_> {
    /// The index reader.
    pub fn index(&self) -> Reader<'_> {
        Reader { sql: self.sql, shared: self.shared, repository: self.repository, format: self.format }
    }

    /// Looks an id up, newest pack first.
    pub fn find(&self, oid: &Oid) -> Result<Option<Found>> {
        let index = self.index();
        for (age, pack) in self.live.packs.iter().enumerate().rev() {
            if let Some(entry) = index.find(pack, oid)? {
                return Ok(Some(Found { age, entry }));
            }
        }
        Ok(None)
    }

    /// The pack of this age.
    pub fn pack(&self, age: usize) -> Result<&Arc<Pack>> {
        self.live.packs.get(age).ok_or_else(|| Error::Damage(format!("no live pack of age {age}")))
    }

    /// Reads an object.
    pub fn object(&self, oid: &Oid) -> Result<Arc<Object>> {
        let found = self.find(oid)?.ok_or(Error::Missing(*oid))?;
        self.object_at(&found)
    }

    /// Reads an object that was looked up.
    pub fn object_at(&self, found: &Found) -> Result<Arc<Object>> {
        objects::read(self, self.pack(found.age)?, found.entry.offset)
    }

    /// Whether an object that was looked up can be read into memory. If not, it comes in pieces or not at all.
    pub fn is_at_hand(&self, found: &Found) -> bool {
        found.entry.size <= limits::KEEP || found.entry.form == Form::Whole
    }

    /// Reads an object of a given kind.
    pub fn object_of(&self, oid: &Oid, kind: Kind) -> Result<Arc<Object>> {
        let object = self.object(oid)?;
        if object.kind == kind {
            Ok(object)
        } else {
            Err(Error::Refused(format!("object {oid} is a {}, not a {}", object.kind.name(), kind.name())))
        }
    }

    /// Follows tags to what they tag; an object that is no tag is its own answer.
    pub fn peel(&self, oid: &Oid) -> Result<(Oid, Kind)> {
        let mut at = *oid;
        for _ in 0..64 {
            let found = self.find(&at)?.ok_or(Error::Missing(at))?;
            if found.entry.kind != Kind::Tag {
                return Ok((at, found.entry.kind));
            }
            at = gitflare_git::object::tag_head(&self.object_at(&found)?.data, self.format)?.target;
        }
        Err(Error::Refused(format!("tag {oid} is nested too deeply")))
    }
}
