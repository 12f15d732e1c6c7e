//! For tests: a database that fails, or ends the process, at its n-th statement, and one that counts.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{Columns, Db, Driver, Error, Result, Sql, Value, ValueRef, sql::Work};

/// What went through a [`Fault`].
#[derive(Debug, Default)]
pub struct Counters {
    statements: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    reads: AtomicU64,
    writes: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Statements run.
    pub statements: u64,
    /// Rows read.
    pub rows: u64,
    /// Bytes of text and blobs looked at.
    pub bytes: u64,
    /// Read transactions.
    pub reads: u64,
    /// Write transactions.
    pub writes: u64,
}

impl Counters {
    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        let now = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            statements: now(&self.statements),
            rows: now(&self.rows),
            bytes: now(&self.bytes),
            reads: now(&self.reads),
            writes: now(&self.writes),
        }
    }

    /// Starts at nought again; answers what was counted before.
    pub fn reset(&self) -> Counts {
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        Counts {
            statements: take(&self.statements),
            rows: take(&self.rows),
            bytes: take(&self.bytes),
            reads: take(&self.reads),
            writes: take(&self.writes),
        }
    }
}

/// Which statements count towards the fault, and what happens at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Nothing happens; counting only.
    Never,
    /// The n-th statement (from 1) and all after it fail before they run, as on a disk that is gone.
    Fail(u64),
    /// The n-th statement (from 1) fails before it runs; later ones work.
    FailOnce(u64),
    /// The process ends at the n-th statement (from 1), as if it was killed.
    Abort(u64),
    /// The n-th write transaction (from 1) runs and is then rolled back with an error instead of committed.
    FailCommit(u64),
    /// The process ends just before the n-th write transaction (from 1) commits.
    AbortCommit(u64),
}

/// A driver around another one.
pub struct Fault {
    inner: Arc<dyn Driver>,
    counters: Counters,
    plan: Plan,
}

impl Fault {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn Driver>, plan: Plan) -> Arc<Self> {
        Arc::new(Self { inner, counters: Counters::default(), plan })
    }

    /// The database to hand to the code under test.
    pub fn db(self: &Arc<Self>) -> Db {
        let driver: Arc<dyn Driver> = Arc::<Self>::clone(self);
        Db::new(driver)
    }

    /// What went through.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn before_statement(&self) -> Result<()> {
        let number = self.counters.statements.fetch_add(1, Ordering::Relaxed) + 1;
        match self.plan {
            Plan::Abort(at) if number == at => std::process::abort(),
            Plan::Fail(at) if number >= at => Err(injected(number)),
            Plan::FailOnce(at) if number == at => Err(injected(number)),
            _ => Ok(()),
        }
    }

    fn before_commit(&self, number: u64) -> Result<()> {
        match self.plan {
            Plan::AbortCommit(at) if number == at => std::process::abort(),
            Plan::FailCommit(at) if number == at => Err(injected(number)),
            _ => Ok(()),
        }
    }
}

fn injected(number: u64) -> Error {
    Error::Driver(format!("injected fault {number}"))
}

impl Driver for Fault {
    fn read(&self, work: Work<'_>) -> Result<()> {
        self.counters.reads.fetch_add(1, Ordering::Relaxed);
        self.inner.read(&mut |sql| work(&Watched { sql, fault: self }))
    }

    fn write(&self, name: &'static str, work: Work<'_>) -> Result<()> {
        let number = self.counters.writes.fetch_add(1, Ordering::Relaxed) + 1;
        self.inner.write(name, &mut |sql| {
            work(&Watched { sql, fault: self })?;
            self.before_commit(number)
        })
    }
}

struct Watched<'a> {
    sql: &'a dyn Sql,
    fault: &'a Fault,
}

impl Sql for Watched<'_> {
    fn run(
        &self,
        text: &str,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Columns) -> Result<()>,
    ) -> Result<u64> {
        self.fault.before_statement()?;
        let counters = &self.fault.counters;
        self.sql.run(text, args, &mut |row| {
            counters.rows.fetch_add(1, Ordering::Relaxed);
            each(&Counted { row, bytes: &counters.bytes })
        })
    }
}

struct Counted<'a> {
    row: &'a dyn Columns,
    bytes: &'a AtomicU64,
}

impl Columns for Counted<'_> {
    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        let value = self.row.get(index)?;
        let length = match value {
            ValueRef::Text(text) => text.len(),
            ValueRef::Blob(bytes) => bytes.len(),
            _ => 0,
        };
        self.bytes.fetch_add(length as u64, Ordering::Relaxed);
        Ok(value)
    }

    fn count(&self) -> usize {
        self.row.count()
    }
}
