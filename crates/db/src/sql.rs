//! A connection inside one transaction, and the database that hands it out.

use std::{marker::PhantomData, sync::Arc};

use crate::{Columns, Error, FromRow, Result, Value};

/// A statement and the row it answers with. Statements are constants, declared by [`statements!`](crate::statements).
pub struct Stmt<R> {
    /// The constant's name, for logs and for the test that prepares every statement.
    pub name: &'static str,
    /// The SQL: one statement, every value bound.
    pub text: &'static str,
    row: PhantomData<fn() -> R>,
}

/// A statement without its type, for the test that prepares them all.
#[derive(Debug, Clone, Copy)]
pub struct Checked {
    /// The constant's name.
    pub name: &'static str,
    /// The SQL.
    pub text: &'static str,
    /// The column names its row type reads.
    pub columns: &'static [&'static str],
}

impl<R: FromRow> Stmt<R> {
    /// Declares a statement; use [`statements!`](crate::statements), which also lists it.
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, row: PhantomData }
    }

    /// What the preparing test compares.
    pub const fn checked(&self) -> Checked {
        Checked { name: self.name, text: self.text, columns: R::COLUMNS }
    }
}

/// Declares statements as constants and lists them in `STATEMENTS`, which one test prepares against the real schema.
#[macro_export]
macro_rules! statements {
    ($($(#[$meta:meta])* $vis:vis $name:ident: $row:ty = $text:expr;)*) => {
        $($(#[$meta])* $vis const $name: $crate::Stmt<$row> = $crate::Stmt::new(stringify!($name), $text);)*

        /// Every statement of this module.
        pub const STATEMENTS: &[$crate::Checked] = &[$($name.checked()),*];
    };
}

/// A connection inside one transaction. Synchronous on both hosts.
pub trait Sql {
    /// Runs one statement, shows each row to `each`, and answers how many rows it changed.
    fn run(
        &self,
        text: &str,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Columns) -> Result<()>,
    ) -> Result<u64>;
}

impl dyn Sql + '_ {
    /// Runs a statement that answers nothing; returns the number of changed rows.
    pub fn execute(&self, stmt: &Stmt<()>, args: &[Value<'_>]) -> Result<u64> {
        self.run(stmt.text, args, &mut |_| Ok(()))
    }

    /// The first row, if there is one.
    pub fn first<R: FromRow>(&self, stmt: &Stmt<R>, args: &[Value<'_>]) -> Result<Option<R>> {
        let mut found = None;
        self.run(stmt.text, args, &mut |row| {
            if found.is_none() {
                found = Some(R::from_row(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The one row that must be there.
    pub fn one<R: FromRow>(&self, stmt: &Stmt<R>, args: &[Value<'_>]) -> Result<R> {
        self.first(stmt, args)?.ok_or_else(|| Error::Shape(format!("{}: no row", stmt.name)))
    }

    /// All rows.
    pub fn all<R: FromRow>(&self, stmt: &Stmt<R>, args: &[Value<'_>]) -> Result<Vec<R>> {
        let mut rows = Vec::new();
        self.run(stmt.text, args, &mut |row| {
            rows.push(R::from_row(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Shows each row without copying its columns; for large ones.
    pub fn each<R: FromRow>(
        &self,
        stmt: &Stmt<R>,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Columns) -> Result<()>,
    ) -> Result<u64> {
        self.run(stmt.text, args, each)
    }
}

/// A closure that runs inside a transaction.
pub type Work<'a> = &'a mut dyn FnMut(&dyn Sql) -> Result<()>;

/// What a host provides for one repository's database.
pub trait Driver: Send + Sync {
    /// Runs `work` in a read transaction: it sees one state throughout.
    fn read(&self, work: Work<'_>) -> Result<()>;
    /// Runs `work` in the one write transaction: durable when this returns `Ok`, undone when `work` fails.
    /// `name` is for logs and metrics.
    fn write(&self, name: &'static str, work: Work<'_>) -> Result<()>;
}

/// One repository's database.
#[derive(Clone)]
pub struct Db(Arc<dyn Driver>);

impl Db {
    /// Wraps a driver.
    pub fn new(driver: Arc<dyn Driver>) -> Self {
        Self(driver)
    }

    /// Runs `work` in a read transaction.
    pub fn read<T, E: From<Error>>(&self, work: impl FnOnce(&dyn Sql) -> Result<T, E>) -> Result<T, E> {
        run_once(work, |work| self.0.read(work))
    }

    /// Runs `work` in the write transaction `name`; what it did is undone when it answers an error.
    pub fn write<T, E: From<Error>>(
        &self,
        name: &'static str,
        work: impl FnOnce(&dyn Sql) -> Result<T, E>,
    ) -> Result<T, E> {
        run_once(work, |work| self.0.write(name, work))
    }
}

/// Carries the closure's own result around the driver, whose closures can only fail with [`Error`].
fn run_once<T, E: From<Error>>(
    work: impl FnOnce(&dyn Sql) -> Result<T, E>,
    drive: impl FnOnce(Work<'_>) -> Result<()>,
) -> Result<T, E> {
    let mut work = Some(work);
    let mut outcome = None;
    let driven = drive(&mut |sql| {
        let Some(work) = work.take() else { return Err(Error::Driver("transaction ran twice".into())) };
        let result = work(sql);
        let failed = result.is_err();
        outcome = Some(result);
        if failed { Err(Error::Driver("rolled back".into())) } else { Ok(()) }
    });
    match (driven, outcome) {
        (Ok(()), Some(result)) => result,
        (Err(_), Some(Err(error))) => Err(error),
        (Err(error), _) => Err(error.into()),
        (Ok(()), None) => Err(Error::Driver("transaction did not run".into()).into()),
    }
}
