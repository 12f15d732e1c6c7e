//! Statements inside one transaction. This is the hot path of the git engine.

use std::cell::RefCell;

use rusqlite::{CachedStatement, Connection, Row, types};

use super::connection::{ended, failure};
use crate::{Columns, Error, Result, Sql, Value, ValueRef};

/// The greatest integer every host stores exactly: numbers cross the other one as doubles.
const MAX_INTEGER: i64 = (1 << 53) - 1;

/// Statements kept at hand; a transaction uses a few, over and over.
const SLOTS: usize = 32;

pub(super) struct Session<'c> {
    connection: &'c Connection,
    /// In front of rusqlite's cache, which hashes and copies the text at each call.
    slots: RefCell<Vec<Slot<'c>>>,
}

struct Slot<'c> {
    text: Box<str>,
    /// Where the caller's text lies: equal addresses make it likely, equal texts certain.
    address: usize,
    /// Absent while it runs; the same statement inside its own rows gets another one from the cache.
    statement: Option<CachedStatement<'c>>,
}

impl<'c> Session<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, slots: RefCell::new(Vec::new()) }
    }

    /// The statement, and the slot it goes back to.
    fn take(&self, text: &str) -> Result<(CachedStatement<'c>, Option<usize>)> {
        let address = text.as_ptr() as usize;
        let mut slots = self.slots.borrow_mut();
        let found = slots.iter().position(|slot| slot.address == address && *slot.text == *text);
        if let Some(index) = found
            && let Some(statement) = slots.get_mut(index).and_then(|slot| slot.statement.take())
        {
            return Ok((statement, Some(index)));
        }
        let statement = self.connection.prepare_cached(text).map_err(failure)?;
        if found.is_some() || slots.len() >= SLOTS {
            return Ok((statement, None));
        }
        slots.push(Slot { text: text.into(), address, statement: None });
        Ok((statement, Some(slots.len() - 1)))
    }

    fn put_back(&self, mut statement: CachedStatement<'c>, index: Option<usize>) {
        let mut slots = self.slots.borrow_mut();
        if let Some(slot) = index.and_then(|index| slots.get_mut(index)) {
            // Bound blobs are copies: do not keep them.
            statement.clear_bindings();
            slot.statement = Some(statement);
        }
    }

    fn step(
        &self,
        statement: &mut CachedStatement<'_>,
        each: &mut dyn FnMut(&dyn Columns) -> Result<()>,
    ) -> Result<u64> {
        let before = self.connection.total_changes();
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(failure)? {
            each(&Current { row, columns })?;
        }
        drop(rows);
        // `changes` still tells of an earlier statement when this one changed nothing.
        Ok(if self.connection.total_changes() == before { 0 } else { self.connection.changes() })
    }
}

impl Sql for Session<'_> {
    fn run(
        &self,
        text: &str,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Columns) -> Result<()>,
    ) -> Result<u64> {
        if self.connection.is_autocommit() {
            return Err(ended());
        }
        let (mut statement, index) = self.take(text)?;
        let outcome = bind(&mut statement, args).and_then(|()| self.step(&mut statement, each));
        self.put_back(statement, index);
        outcome
    }
}

fn bind(statement: &mut CachedStatement<'_>, args: &[Value<'_>]) -> Result<()> {
    let wanted = statement.parameter_count();
    if wanted != args.len() {
        return Err(Error::Driver(format!("{} values for {wanted} parameters", args.len())));
    }
    for (index, value) in args.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, to_sqlite(value)?).map_err(failure)?;
    }
    Ok(())
}

fn to_sqlite<'a>(value: &'a Value<'_>) -> Result<types::ToSqlOutput<'a>> {
    Ok(types::ToSqlOutput::Borrowed(match value {
        Value::Null => types::ValueRef::Null,
        // As a Durable Object and D1 bind it, where there is no other number.
        Value::Int(n) => types::ValueRef::Real(in_range(*n)? as f64),
        Value::Real(x) => types::ValueRef::Real(*x),
        Value::Text(text) => types::ValueRef::Text(text.as_bytes()),
        Value::Blob(bytes) => types::ValueRef::Blob(bytes),
    }))
}

fn in_range(n: i64) -> Result<i64> {
    if n.unsigned_abs() > MAX_INTEGER.unsigned_abs() {
        return Err(Error::OutOfRange(format!("{n} is beyond 2^53-1")));
    }
    Ok(n)
}

struct Current<'a, 's> {
    row: &'a Row<'s>,
    columns: usize,
}

impl Columns for Current<'_, '_> {
    fn count(&self) -> usize {
        self.columns
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        if index >= self.columns {
            return Err(Error::Shape(format!("no column {index}")));
        }
        Ok(match self.row.get_ref(index).map_err(failure)? {
            types::ValueRef::Null => ValueRef::Null,
            types::ValueRef::Integer(n) => ValueRef::Int(in_range(n)?),
            types::ValueRef::Real(x) => ValueRef::Real(x),
            types::ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => ValueRef::Text(text),
                Err(_) => return Err(Error::Shape(format!("column {index} is text but not UTF-8"))),
            },
            types::ValueRef::Blob(bytes) => ValueRef::Blob(bytes),
        })
    }
}
