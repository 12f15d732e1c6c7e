//! A Durable Object's own SQLite: synchronous, with a real rollback.
//!
//! The runtime's own write transaction is the time between two awaits, and an error does not undo it; only its
//! `transactionSync` does, and a savepoint inside the implicit transaction is what it is. Everything here stays within
//! calls that catch: an exception that crosses wasm uncaught hangs the request.

mod cursor;
mod statement;

use std::cell::{Cell, RefCell};

use worker::{
    js_sys::{Array, JsString},
    send::SendWrapper,
    wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen},
};

use crate::{
    Columns, Driver, Error, Result, Sql, Value,
    js::{self, failure},
    sql::Work,
};
use cursor::{Cursor, Row};
use statement::{Prepared, Statements};

#[wasm_bindgen(wasm_bindgen = ::worker::wasm_bindgen)]
extern "C" {
    #[derive(Clone)]
    type Storage;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &Storage) -> SqlStorage;

    /// Commits what `work` did, or undoes it when `work` throws.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction(
        this: &Storage,
        work: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;

    type SqlStorage;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &SqlStorage, text: &JsString, values: &Array) -> Result<Cursor, JsValue>;
}

/// The database of the object it is made in. It belongs to the instance of the object that made it.
pub struct Durable(SendWrapper<Inner>);

struct Inner {
    storage: Storage,
    sql: SqlStorage,
    statements: RefCell<Statements>,
    is_writing: Cell<bool>,
}

impl Durable {
    /// The database behind an object's state.
    pub fn new(state: &worker::State) -> Self {
        let storage: Storage = state.storage().as_raw().unchecked_ref::<Storage>().clone();
        let sql = storage.sql();
        Self(SendWrapper(Inner {
            storage,
            sql,
            statements: RefCell::default(),
            is_writing: Cell::new(false),
        }))
    }
}

impl Driver for Durable {
    /// Nothing else runs between here and the return, so there is one state to see without a transaction.
    fn read(&self, work: Work<'_>) -> Result<()> {
        work(&Session(&self.0))
    }

    fn write(&self, _name: &'static str, work: Work<'_>) -> Result<()> {
        let inner: &Inner = &self.0;
        if inner.is_writing.replace(true) {
            return Err(Error::Driver("a write transaction inside a write transaction".into()));
        }
        let mut refused = None;
        let committed = inner.storage.transaction(&mut || match work(&Session(inner)) {
            Ok(()) => Ok(JsValue::UNDEFINED),
            Err(error) => {
                refused = Some(error);
                // Thrown: this is what undoes the transaction. The reason stays on our side.
                Err(JsValue::from_str("undone"))
            }
        });
        inner.is_writing.set(false);
        match (refused, committed) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(failure(&error)),
            (None, Ok(_)) => Ok(()),
        }
    }
}

struct Session<'a>(&'a Inner);

impl Session<'_> {
    fn step(
        &self,
        prepared: &Prepared,
        values: &Array,
        each: &mut dyn FnMut(&dyn Columns) -> Result<()>,
    ) -> Result<u64> {
        let cursor = self.0.sql.exec(&prepared.text, values).map_err(|error| failure(&error))?;
        let rows = cursor.raw().map_err(|error| failure(&error))?;
        let mut outcome = Ok(());
        while let Some(row) = rows.advance()? {
            if outcome.is_ok() {
                outcome = Row::read(&row).and_then(|row| each(&row));
            }
            // Whoever has seen enough waits for the end too: an unfinished statement locks its tables.
        }
        outcome?;
        if !prepared.changes_rows || cursor.rows_written() == 0.0 {
            return Ok(0);
        }
        self.changes()
    }

    /// How many rows the last INSERT, UPDATE or DELETE changed. The cursor counts rows of indexes as well.
    fn changes(&self) -> Result<u64> {
        let prepared = self.0.statements.borrow_mut().get("SELECT changes()")?;
        let cursor = self.0.sql.exec(&prepared.text, &Array::new()).map_err(|error| failure(&error))?;
        let row = cursor.raw().map_err(|error| failure(&error))?.advance()?;
        let count = row.and_then(|row| row.get(0).as_f64());
        count.map(|count| count as u64).ok_or_else(|| Error::Shape("changes() answered no number".into()))
    }
}

impl Sql for Session<'_> {
    fn run(
        &self,
        text: &str,
        args: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Columns) -> Result<()>,
    ) -> Result<u64> {
        let prepared = self.0.statements.borrow_mut().get(text)?;
        let values = Array::new();
        for value in args {
            values.push(&js::bind(value)?);
        }
        self.step(&prepared, &values, each)
    }
}
