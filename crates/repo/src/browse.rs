//! What pages and the API read: folders, files, commits, branches, tags. A page costs one command, and an answer is
//! bounded whatever the repository holds.

mod blame;
mod compare;
mod contents;
mod data;
pub(crate) mod diff;
mod folder;
mod last;
mod log;
mod message;
mod path;
mod paths;
mod refs;
mod renames;
mod revision;
mod tree;
mod walk;

pub(crate) use self::{
    blame::blame,
    compare::compare,
    contents::contents,
    data::{names, tag_object, whole_tree},
    diff::{diff, lines},
    folder::{file, folder, leaf},
    log::{commit, log, only_reached},
    paths::paths,
    refs::{branches, tags},
};

use gitflare_db::Sql;
use gitflare_port::Caller;

use self::revision::{Hidden, Located};
use crate::{
    Error, Repository, Result,
    state::{self, State},
    view::View,
};

/// One look at the repository on behalf of one caller.
pub(crate) struct Scene<'a> {
    pub(crate) view: View<'a>,
    state: State,
    hidden: Hidden,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(repository: &'a Repository, sql: &'a dyn Sql, caller: &Caller) -> Result<Self> {
        Ok(Self { view: repository.view(sql)?, state: state::get(sql)?, hidden: Hidden::of(caller) })
    }

    /// Finds a revision that must be there.
    pub(crate) fn must(&self, revision: Option<&str>) -> Result<Located> {
        revision::must(&self.view, &self.state, &self.hidden, revision)
    }

    /// The same of what is no address of something in it. Of an empty repository it is said that it is.
    pub(crate) fn exact(&self, revision: Option<&str>) -> Result<Located> {
        match self.must(revision) {
            Ok(found) if found.rest.is_empty() => Ok(found),
            Err(Error::NotFound(_)) if crate::refs::count(self.view.sql)? == 0 => Err(Error::Empty),
            Ok(_) => Err(Error::NotFound(format!("there is no revision {}", revision.unwrap_or_default()))),
            Err(error) => Err(error),
        }
    }
}
