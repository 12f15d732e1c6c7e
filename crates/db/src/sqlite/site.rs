//! The site's database natively: a batch is a transaction on a thread that may block.

use std::{path::Path, sync::Arc};

use futures_util::future::{BoxFuture, FutureExt};

use super::{Options, Sqlite};
use crate::{Bound, Columns, Driver, Error, Result, SiteDriver, Sql, Value, ValueRef, site::Answer};

/// The site's database in a file.
#[derive(Debug, Clone)]
pub struct SqliteSite(Arc<Sqlite>);

impl SqliteSite {
    /// Opens the database at `path`, creating it when it is missing.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self(Arc::new(Sqlite::open(path, Options::default())?)))
    }

    /// A database for tests that is gone when dropped.
    pub fn memory() -> Result<Self> {
        Ok(Self(Arc::new(Sqlite::memory()?)))
    }

    /// The file itself: for backups and checks.
    pub fn file(&self) -> &Arc<Sqlite> {
        &self.0
    }
}

impl SiteDriver for SqliteSite {
    fn batch(&self, statements: Vec<Bound>) -> BoxFuture<'_, Result<Vec<Answer>>> {
        let file = Arc::clone(&self.0);
        async move {
            let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                return run(&file, &statements);
            };
            match runtime.spawn_blocking(move || run(&file, &statements)).await {
                Ok(outcome) => outcome,
                Err(error) => Err(Error::Driver(format!("batch: {error}"))),
            }
        }
        .boxed()
    }
}

fn run(file: &Sqlite, statements: &[Bound]) -> Result<Vec<Answer>> {
    let mut answers = Vec::with_capacity(statements.len());
    let mut work = |sql: &dyn Sql| {
        for statement in statements {
            answers.push(answer(sql, statement)?);
        }
        Ok(())
    };
    if only_reads(file, statements)? {
        file.read(&mut work)?;
    } else {
        file.write("batch", &mut work)?;
    }
    Ok(answers)
}

/// Whether a reader will do. Looks at the first word before it asks SQLite, which has the last word.
fn only_reads(file: &Sqlite, statements: &[Bound]) -> Result<bool> {
    let looks = |statement: &Bound| {
        let text = statement.text.trim_start();
        let word =
            text.get(..text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len())).unwrap_or("");
        statement.expect.is_none()
            && (word.eq_ignore_ascii_case("select") || word.eq_ignore_ascii_case("with"))
    };
    if !statements.iter().all(looks) {
        return Ok(false);
    }
    let reader = file.reader()?;
    let reads = reader.only_reads(statements.iter().map(|statement| &*statement.text));
    file.put_back(reader);
    Ok(reads)
}

fn answer(sql: &dyn Sql, statement: &Bound) -> Result<Answer> {
    if statement.args.iter().any(|value| matches!(value, Value::Blob(_))) {
        return Err(no_blobs());
    }
    let mut rows = Vec::new();
    let changes = sql.run(&statement.text, &statement.args, &mut |row| {
        rows.push(owned(row)?);
        Ok(())
    })?;
    match statement.expect {
        Some(wanted) if wanted != changes => Err(Error::Expectation),
        _ => Ok(Answer { rows, changes }),
    }
}

fn owned(row: &dyn Columns) -> Result<Vec<Value<'static>>> {
    let mut values = Vec::with_capacity(row.count());
    for index in 0..row.count() {
        values.push(match row.get(index)? {
            ValueRef::Null => Value::Null,
            ValueRef::Int(n) => Value::Int(n),
            ValueRef::Real(x) => Value::Real(x),
            ValueRef::Text(text) => Value::Text(text.to_owned().into()),
            ValueRef::Blob(_) => return Err(no_blobs()),
        });
    }
    Ok(values)
}

/// D1 answers blobs as arrays of numbers.
fn no_blobs() -> Error {
    Error::Shape("the site's database holds no blobs".into())
}
