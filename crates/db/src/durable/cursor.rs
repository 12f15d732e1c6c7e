//! Rows on their way out of the runtime.

use worker::{
    js_sys::Array,
    wasm_bindgen::{JsValue, prelude::wasm_bindgen},
};

use crate::{
    Columns, Error, Result, Value, ValueRef,
    js::{self, failure},
};

#[wasm_bindgen(wasm_bindgen = ::worker::wasm_bindgen)]
extern "C" {
    pub(super) type Cursor;

    /// Rows as arrays. Of all ways to read, the only one that can fail without hanging the request.
    #[wasm_bindgen(method, catch)]
    pub(super) fn raw(this: &Cursor) -> Result<Rows, JsValue>;

    #[wasm_bindgen(method, getter, js_name = rowsWritten)]
    pub(super) fn rows_written(this: &Cursor) -> f64;

    pub(super) type Rows;

    #[wasm_bindgen(method, catch)]
    fn next(this: &Rows) -> Result<Step, JsValue>;

    type Step;

    #[wasm_bindgen(method, getter)]
    fn value(this: &Step) -> Option<Array>;
}

impl Rows {
    /// The next row.
    pub(super) fn advance(&self) -> Result<Option<Array>> {
        self.next().map(|step| step.value()).map_err(|error| failure(&error))
    }
}

/// One row, copied.
pub(super) struct Row(Vec<Value<'static>>);

impl Row {
    pub(super) fn read(row: &Array) -> Result<Self> {
        row.iter().map(|value| js::column(&value)).collect::<Result<_>>().map(Self)
    }
}

impl Columns for Row {
    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        self.0.get(index).map(Value::as_ref).ok_or_else(|| Error::Shape(format!("no column {index}")))
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}
