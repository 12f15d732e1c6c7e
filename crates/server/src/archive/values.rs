//! Values of rows as bytes.

use gitflare_db::{Columns, Value, ValueRef};

use crate::error::{Failure, Result};

/// Appends all columns of a row.
pub(super) fn write(row: &dyn Columns, out: &mut Vec<u8>) -> gitflare_db::Result<()> {
    for index in 0..row.count() {
        match row.get(index)? {
            ValueRef::Null => out.push(0),
            ValueRef::Int(n) => number(out, 1, n.to_be_bytes()),
            ValueRef::Real(x) => number(out, 2, x.to_be_bytes()),
            ValueRef::Text(text) => bytes(out, 3, text.as_bytes()),
            ValueRef::Blob(blob) => bytes(out, 4, blob),
        }
    }
    Ok(())
}

fn number(out: &mut Vec<u8>, kind: u8, value: [u8; 8]) {
    out.push(kind);
    out.extend_from_slice(&value);
}

fn bytes(out: &mut Vec<u8>, kind: u8, value: &[u8]) {
    out.push(kind);
    // No row is over 2 MB.
    out.extend_from_slice(&(value.len() as u32).to_be_bytes());
    out.extend_from_slice(value);
}

/// Reads all values of a row.
pub(super) fn read(mut from: &[u8]) -> Result<Vec<Value<'_>>> {
    let mut values = Vec::new();
    while let Some((kind, rest)) = from.split_first() {
        from = rest;
        values.push(match kind {
            0 => Value::Null,
            1 => Value::Int(i64::from_be_bytes(take(&mut from)?)),
            2 => Value::Real(f64::from_be_bytes(take(&mut from)?)),
            3 => Value::Text(std::str::from_utf8(slice(&mut from)?).map_err(|_| broken())?.into()),
            4 => Value::Blob(slice(&mut from)?.into()),
            _ => return Err(broken()),
        });
    }
    Ok(values)
}

fn take<const N: usize>(from: &mut &[u8]) -> Result<[u8; N]> {
    let (head, rest) = from.split_first_chunk::<N>().ok_or_else(broken)?;
    *from = rest;
    Ok(*head)
}

fn slice<'a>(from: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = u32::from_be_bytes(take(from)?) as usize;
    let (head, rest) = from.split_at_checked(length).ok_or_else(broken)?;
    *from = rest;
    Ok(head)
}

fn broken() -> Failure {
    Failure::new("the archive is damaged: a row cannot be read")
}
