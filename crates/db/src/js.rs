//! Values and errors on their way between us and the runtime's JavaScript: the same for both of its databases.

use worker::{
    js_sys::{ArrayBuffer, Error as JsError, Uint8Array},
    wasm_bindgen::{JsCast as _, JsValue},
};

use crate::{Error, Result, Value, migrate};

/// The greatest integer every host stores exactly: numbers cross as doubles.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Refuses what is not exactly one statement: the runtime would run several and answer for the last.
pub(crate) fn one_statement(text: &str) -> Result<()> {
    match migrate::split(text).take(2).count() {
        0 => Err(Error::Driver("no statement in a call".into())),
        1 => Ok(()),
        _ => Err(Error::Driver("more than one statement in a call".into())),
    }
}

/// A value to be bound.
pub(crate) fn bind(value: &Value<'_>) -> Result<JsValue> {
    Ok(match value {
        Value::Null => JsValue::NULL,
        Value::Int(n) if n.unsigned_abs() > MAX_INTEGER => {
            return Err(Error::OutOfRange(format!("{n} is beyond 2^53-1")));
        }
        Value::Int(n) => JsValue::from_f64(*n as f64),
        Value::Real(x) => JsValue::from_f64(*x),
        Value::Text(text) => JsValue::from_str(text),
        Value::Blob(bytes) => Uint8Array::from(&**bytes).into(),
    })
}

/// A column's value. Every number comes as a double: one without a fraction is an integer as far as it is exact.
pub(crate) fn column(value: &JsValue) -> Result<Value<'static>> {
    if let Some(x) = value.as_f64() {
        let is_exact = x.fract() == 0.0 && x.abs() <= MAX_INTEGER as f64;
        return Ok(if is_exact { Value::Int(x as i64) } else { Value::Real(x) });
    }
    if value.is_null() {
        return Ok(Value::Null);
    }
    if let Some(text) = value.as_string() {
        return Ok(Value::Text(text.into()));
    }
    match value.dyn_ref::<ArrayBuffer>() {
        Some(buffer) => Ok(Value::Blob(Uint8Array::new(buffer).to_vec().into())),
        None => Err(Error::Shape("a value of another kind".into())),
    }
}

/// An exception as one of our errors. Its stack stays behind; its message names no value of the statement.
pub(crate) fn failure(error: &JsValue) -> Error {
    let text = match error.dyn_ref::<JsError>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| "an exception that is no error".into()),
    };
    if text.contains("SQLITE_CONSTRAINT") || text.contains("constraint failed") {
        return Error::Constraint(text);
    }
    if text.contains("SQLITE_TOOBIG") || text.contains("string or blob too big") {
        return Error::OutOfRange(text);
    }
    Error::Driver(text)
}
