//! Ref names against each other: `a` and `a/b` cannot both exist, and names that differ only in case deserve a word.

use std::collections::{BTreeMap, BTreeSet};

use gitflare_db::Sql;

use crate::{Result, refs};

/// Refs looked at for names that differ only in case. A warning is not worth reading more.
const LOOKED_AT: u32 = 10_000;

/// The names one push takes away and brings, as far as that is decided.
#[derive(Default)]
pub(super) struct Names {
    gone: BTreeSet<Vec<u8>>,
    coming: BTreeSet<Vec<u8>>,
}

impl Names {
    pub(super) fn delete(&mut self, name: &[u8]) {
        self.gone.insert(name.to_vec());
    }

    pub(super) fn create(&mut self, name: &[u8]) {
        self.coming.insert(name.to_vec());
    }

    pub(super) fn deleted(&self) -> u64 {
        self.gone.len() as u64
    }

    pub(super) fn created(&self) -> u64 {
        self.coming.len() as u64
    }

    /// A ref that stands in the way of creating `name`, once the others of this push have come and gone.
    pub(super) fn in_the_way(&self, sql: &dyn Sql, name: &[u8]) -> Result<Option<Vec<u8>>> {
        for (at, _) in name.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let folder = &name[..at];
            if self.coming.contains(folder)
                || (!self.gone.contains(folder) && refs::get(sql, folder)?.is_some())
            {
                return Ok(Some(folder.to_vec()));
            }
        }
        let folder = [name, b"/"].concat();
        if let Some(inside) = inside(&self.coming, &folder).next() {
            return Ok(Some(inside.clone()));
        }
        let gone = inside(&self.gone, &folder).count() as u32;
        let there = refs::with_prefix(sql, &folder, gone.saturating_add(1))?;
        Ok(there.into_iter().map(|found| found.name).find(|name| !self.gone.contains(name)))
    }

    /// Says of each new ref which other one differs from it only in case. Asked when all have come.
    pub(super) fn twins(&self, sql: &dyn Sql) -> Result<Vec<String>> {
        if self.coming.is_empty() {
            return Ok(Vec::new());
        }
        let mut others: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for found in refs::with_prefix(sql, b"refs/", LOOKED_AT)? {
            others.entry(folded(&found.name)).or_default().push(found.name);
        }
        let twin = |name: &Vec<u8>| {
            let other = others.get(&folded(name))?.iter().find(|other| *other != name)?;
            let (name, other) = (String::from_utf8_lossy(name), String::from_utf8_lossy(other));
            Some(format!(
                "warning: '{name}' and '{other}' differ only in case; some file systems cannot hold both"
            ))
        };
        Ok(self.coming.iter().filter_map(twin).collect())
    }
}

fn folded(name: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(name).to_lowercase().into_bytes()
}

fn inside<'a>(names: &'a BTreeSet<Vec<u8>>, folder: &'a [u8]) -> impl Iterator<Item = &'a Vec<u8>> {
    names.range(folder.to_vec()..).take_while(move |name| name.starts_with(folder))
}
