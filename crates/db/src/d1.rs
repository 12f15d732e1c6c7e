//! The site's database on D1: a batch is a transaction, and the only one there is.
//!
//! Replicas near the reader may be behind, so they are asked only by whoever says so, and from the last write on that the
//! reader has made: a bookmark says where that is.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt};
use worker::{
    js_sys::{Array, Object, Promise},
    send::{SendFuture, SendWrapper},
    wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use crate::{
    Bound, Error, Result, SiteDriver, Value,
    js::{self, failure, one_statement},
    site::Answer,
};

/// Fails, and its batch with it, unless the statement before it changed this many rows. No statement of the product can
/// cause its error.
const GUARD: &str = "SELECT abs(iif(changes() = ?, 0, -9223372036854775807 - 1))";
const GUARD_ERROR: &str = "integer overflow";

#[wasm_bindgen(wasm_bindgen = ::worker::wasm_bindgen)]
extern "C" {
    #[derive(Clone)]
    type Database;

    #[wasm_bindgen(method, catch)]
    fn prepare(this: &Database, text: &str) -> Result<Statement, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn batch(this: &Database, statements: &Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = withSession)]
    fn with_session(this: &Database, from: &str) -> Result<Database, JsValue>;

    /// Of a session alone.
    #[wasm_bindgen(method, catch, js_name = getBookmark)]
    fn get_bookmark(this: &Database) -> Result<Option<String>, JsValue>;

    type Statement;

    #[wasm_bindgen(method, catch, variadic)]
    fn bind(this: &Statement, values: &Array) -> Result<Statement, JsValue>;

    type Outcome;

    #[wasm_bindgen(method, getter)]
    fn results(this: &Outcome) -> Option<Array>;

    #[wasm_bindgen(method, getter)]
    fn meta(this: &Outcome) -> Option<Meta>;

    type Meta;

    #[wasm_bindgen(method, getter)]
    fn changes(this: &Meta) -> Option<f64>;
}

/// Where the last write is, for who reads from a replica next.
#[derive(Debug, Clone, Default)]
pub struct Bookmark(Arc<Mutex<Option<String>>>);

impl Bookmark {
    /// The bookmark, if anything was written.
    pub fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, bookmark: Option<String>) {
        if bookmark.is_some() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bookmark;
        }
    }
}

/// The site's database behind a binding.
#[derive(Clone)]
pub struct D1Site {
    database: SendWrapper<Database>,
    wrote: Option<Bookmark>,
}

impl D1Site {
    /// The one place that is never behind. Writes leave their bookmark in `wrote`.
    pub fn primary(database: &worker::D1Database, wrote: Bookmark) -> Self {
        let database = AsRef::<JsValue>::as_ref(database).unchecked_ref::<Database>().clone();
        Self { database: SendWrapper(database), wrote: Some(wrote) }
    }

    /// A replica nearby, if there is one that has seen the bookmark. For reading alone.
    pub fn near(database: &worker::D1Database, from: Option<&str>) -> Result<Self> {
        let database = AsRef::<JsValue>::as_ref(database).unchecked_ref::<Database>();
        let session = database.with_session(from.unwrap_or("first-unconstrained"));
        Ok(Self { database: SendWrapper(session.map_err(|error| failure(&error))?), wrote: None })
    }

    async fn run(&self, statements: Vec<Bound>) -> Result<Vec<Answer>> {
        let Some(wrote) = self.wrote.as_ref().filter(|_| !statements.iter().all(only_reads)) else {
            return run(&self.database, statements).await;
        };
        // Only a session has a bookmark; its first query goes where all others do.
        let session = self.database.with_session("first-primary").map_err(|error| failure(&error))?;
        let answers = run(&session, statements).await?;
        wrote.set(session.get_bookmark().unwrap_or_default());
        Ok(answers)
    }
}

fn only_reads(statement: &Bound) -> bool {
    let word = statement.text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next();
    word.is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

impl SiteDriver for D1Site {
    fn batch(&self, statements: Vec<Bound>) -> BoxFuture<'_, Result<Vec<Answer>>> {
        SendFuture::new(self.run(statements)).boxed()
    }
}

async fn run(database: &Database, statements: Vec<Bound>) -> Result<Vec<Answer>> {
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    let sent = Array::new();
    for statement in &statements {
        sent.push(prepare(database, &statement.text, &statement.args)?.as_ref());
        if let Some(rows) = statement.expect {
            sent.push(prepare(database, GUARD, &[Value::Int(rows as i64)])?.as_ref());
        }
    }
    let promise = database.batch(&sent).map_err(|error| failure(&error))?;
    let outcomes = JsFuture::from(promise).await.map_err(|error| refused(&error))?;
    let outcomes: Array = outcomes.unchecked_into();
    let mut outcomes = outcomes.iter();
    let mut answers = Vec::with_capacity(statements.len());
    for statement in &statements {
        let outcome = outcomes.next().ok_or_else(|| Error::Shape("too few answers".into()))?;
        answers.push(answer(outcome.unchecked_ref())?);
        if statement.expect.is_some() {
            outcomes.next();
        }
    }
    Ok(answers)
}

fn prepare(database: &Database, text: &str, args: &[Value<'_>]) -> Result<Statement> {
    one_statement(text)?;
    let values = Array::new();
    for value in args {
        if matches!(value, Value::Blob(_)) {
            return Err(no_blobs());
        }
        values.push(&js::bind(value)?);
    }
    let statement = database.prepare(text).map_err(|error| failure(&error))?;
    statement.bind(&values).map_err(|error| failure(&error))
}

fn refused(error: &JsValue) -> Error {
    match failure(error) {
        Error::Driver(text) if text.contains(GUARD_ERROR) => Error::Expectation,
        other => other,
    }
}

/// A row comes as an object whose properties are the columns, in their order: why no two may have one name.
fn answer(outcome: &Outcome) -> Result<Answer> {
    let mut rows = Vec::new();
    for row in outcome.results().iter().flat_map(Array::iter) {
        let columns = Object::values(row.unchecked_ref::<Object>());
        let column = |value: JsValue| match js::column(&value) {
            Ok(Value::Blob(_)) | Err(_) => Err(no_blobs()),
            other => other,
        };
        rows.push(columns.iter().map(column).collect::<Result<_>>()?);
    }
    let changes = outcome.meta().and_then(|meta| meta.changes()).unwrap_or_default();
    Ok(Answer { rows, changes: changes as u64 })
}

/// They come back as arrays of numbers.
fn no_blobs() -> Error {
    Error::Shape("the site's database holds no blobs".into())
}
