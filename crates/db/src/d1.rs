//! The site's database on D1: a batch is a transaction, and the only one there is.

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

/// The site's database behind a binding.
#[derive(Clone)]
pub struct D1Site(SendWrapper<Database>);

impl D1Site {
    /// The database of a binding.
    pub fn new(database: &worker::D1Database) -> Self {
        Self(SendWrapper(AsRef::<JsValue>::as_ref(database).unchecked_ref::<Database>().clone()))
    }
}

impl SiteDriver for D1Site {
    fn batch(&self, statements: Vec<Bound>) -> BoxFuture<'_, Result<Vec<Answer>>> {
        SendFuture::new(run(&self.0, statements)).boxed()
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
