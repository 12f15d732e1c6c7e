//! A repository: opens its database, answers commands, begins transfers.

use std::sync::{Arc, Mutex, Weak};

use gitflare_db::{Db, Sql, migrate};
use gitflare_git::ObjectFormat;
use gitflare_port::{Command, Head, Reply};

use crate::{
    Result, Session,
    cache::{Shared, lock},
    packs::Live,
    schema, state,
    view::View,
};

/// What the host hands in with each call.
#[derive(Debug, Clone, Copy)]
pub struct Env {
    /// Unix seconds.
    pub now: i64,
    /// Fresh randomness.
    pub seed: u64,
}

/// One repository. Cheap to clone.
#[derive(Clone)]
pub struct Repository(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) id: i64,
    pub(crate) db: Db,
    pub(crate) shared: Arc<Shared>,
    pub(crate) format: ObjectFormat,
    live: Mutex<Option<Arc<Live>>>,
    /// Every list of packs some stream may still read.
    lists: Mutex<Vec<Weak<Live>>>,
    pub(crate) maintenance: Mutex<crate::maintenance::Memory>,
}

impl Repository {
    /// Opens the database of repository `id` and brings its schema up to date.
    pub fn open(db: Db, shared: Arc<Shared>, id: i64) -> Result<Self> {
        db.write("repository: migrate", |sql| migrate::apply(sql, schema::MIGRATIONS))?;
        let format = db.read(|sql| state::get(sql)?.format())?;
        Ok(Self(Arc::new(Inner {
            id,
            db,
            shared,
            format,
            live: Mutex::default(),
            lists: Mutex::default(),
            maintenance: Mutex::default(),
        })))
    }

    /// Answers a command.
    pub fn command(&self, command: Command, env: &Env) -> Result<Reply, gitflare_port::Error> {
        crate::command::run(self, command, env).map_err(Into::into)
    }

    /// Begins a transfer.
    pub fn transfer(&self, head: Head, env: &Env) -> Session {
        Session::new(self.clone(), head, env)
    }

    /// Checks everything that is stored and answers what is wrong with it, a sentence each. `progress` is told how many
    /// objects of how many are done.
    pub fn verify(&self, env: &Env, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<String>> {
        crate::verify::verify(self, env, progress)
    }

    /// Does a slice of whatever maintenance is due; answers whether there is more to do. Transfers may run meanwhile.
    pub fn maintain(&self, env: &Env) -> Result<bool> {
        crate::maintenance::maintain(self, env)
    }

    /// Whether maintenance has ended because other repositories have the memory it needs: it is worth asking for again in
    /// a while.
    pub fn awaits_room(&self) -> bool {
        crate::maintenance::awaits_room(self)
    }

    /// Removes what an earlier process left unfinished. Only right after opening, before any transfer.
    pub fn recover(&self, _env: &Env) -> Result<()> {
        crate::maintenance::recover(self)
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The format of its object ids.
    pub fn format(&self) -> ObjectFormat {
        self.0.format
    }

    /// A view of the live packs as of this transaction.
    pub fn view<'a>(&'a self, sql: &'a dyn Sql) -> Result<View<'a>> {
        let generation = state::get(sql)?.pack_gen;
        let mut held = lock(&self.0.live);
        let live = match held.as_ref() {
            Some(live) if live.generation == generation => Arc::clone(live),
            previous => {
                let live = Arc::new(Live::load(sql, generation, previous.map(Arc::as_ref))?);
                let mut lists = lock(&self.0.lists);
                lists.retain(|list| list.strong_count() > 0);
                lists.push(Arc::downgrade(&live));
                *held = Some(Arc::clone(&live));
                live
            }
        };
        Ok(self.view_of(sql, live))
    }

    /// Whether a stream that has not ended may still read this pack, replaced or not.
    pub(crate) fn is_read(&self, pack: i64, now: i64) -> bool {
        let lists: Vec<_> = lock(&self.0.lists).iter().filter_map(Weak::upgrade).collect();
        lists.iter().any(|list| list.is_read(now) && list.packs.iter().any(|one| one.id() == pack))
    }

    /// A view of packs that were live when a stream began.
    pub fn view_of<'a>(&'a self, sql: &'a dyn Sql, live: Arc<Live>) -> View<'a> {
        View { sql, shared: &self.0.shared, repository: self.0.id, format: self.0.format, live }
    }
}
