//! The site's database: asynchronous, and written in whole batches, because D1 has no interactive transaction.

use std::{borrow::Cow, sync::Arc};

use futures_util::future::BoxFuture;

use crate::{Columns, Error, FromRow, Result, Stmt, Value, ValueRef};

/// A statement with its values, ready to be sent.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The SQL: a constant, or what [`crate::tables`] makes of a table's name.
    pub text: Cow<'static, str>,
    /// The values.
    pub args: Vec<Value<'static>>,
    /// The number of rows it must change, else the batch it is in fails with [`Error::Expectation`] and is undone.
    pub expect: Option<u64>,
}

impl Bound {
    /// Makes the batch fail unless this statement changes exactly `rows` rows.
    #[must_use]
    pub fn expect(mut self, rows: u64) -> Self {
        self.expect = Some(rows);
        self
    }
}

impl<R: FromRow> Stmt<R> {
    /// This statement with its values.
    pub fn bind(&self, args: Vec<Value<'static>>) -> Bound {
        Bound { text: self.text.into(), args, expect: None }
    }
}

/// What one statement of a batch answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Its rows.
    pub rows: Vec<Vec<Value<'static>>>,
    /// How many rows it changed.
    pub changes: u64,
}

impl Answer {
    /// Reads the rows as `R`.
    pub fn read<R: FromRow>(&self, _: &Stmt<R>) -> Result<Vec<R>> {
        self.rows.iter().map(|row| R::from_row(&Owned(row))).collect()
    }
}

struct Owned<'a>(&'a [Value<'static>]);

impl Columns for Owned<'_> {
    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        self.0.get(index).map(Value::as_ref).ok_or_else(|| Error::Shape(format!("no column {index}")))
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}

/// What a host provides for the site's database.
pub trait SiteDriver: Send + Sync {
    /// Runs all statements in order in one transaction: all of them happen, or none.
    fn batch(&self, statements: Vec<Bound>) -> BoxFuture<'_, Result<Vec<Answer>>>;
}

/// What the triggers of [`crate::tables::freeze`] say.
pub(crate) const FROZEN: &str = "gitflare: frozen";

/// The site's database.
#[derive(Clone)]
pub struct Site(Arc<dyn SiteDriver>);

impl Site {
    /// Wraps a driver.
    pub fn new(driver: Arc<dyn SiteDriver>) -> Self {
        Self(driver)
    }

    /// Runs all statements in one transaction.
    pub async fn batch(&self, statements: Vec<Bound>) -> Result<Vec<Answer>> {
        self.0.batch(statements).await.map_err(|error| match error {
            // No host has a kind of its own for what a trigger raises.
            Error::Constraint(text) | Error::Driver(text) if text.contains(FROZEN) => Error::Frozen,
            error => error,
        })
    }

    /// Runs one statement; returns the number of changed rows.
    pub async fn execute(&self, stmt: &Stmt<()>, args: Vec<Value<'static>>) -> Result<u64> {
        Ok(self.answer(stmt.bind(args)).await?.changes)
    }

    /// The first row, if there is one.
    pub async fn first<R: FromRow>(&self, stmt: &Stmt<R>, args: Vec<Value<'static>>) -> Result<Option<R>> {
        Ok(self.all(stmt, args).await?.into_iter().next())
    }

    /// All rows.
    pub async fn all<R: FromRow>(&self, stmt: &Stmt<R>, args: Vec<Value<'static>>) -> Result<Vec<R>> {
        self.answer(stmt.bind(args)).await?.read(stmt)
    }

    async fn answer(&self, statement: Bound) -> Result<Answer> {
        self.batch(vec![statement]).await?.into_iter().next().ok_or_else(|| Error::Shape("no answer".into()))
    }
}
