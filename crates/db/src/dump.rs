//! Rows as bytes: what archives are made of, and the slices in which a database crosses from host to host.
//!
//! ```text
//! slice: records, 1 byte of kind, 4 bytes of length (big-endian), the content
//!   T  rows of this table follow: its name
//!   R  a row: its values in the order of the columns that the migrations made
//!   Z  the end: how many rows there were, 8 bytes big-endian
//! values: 1 byte of kind (0 null, 1 integer, 2 real, 3 text, 4 bytes); 8 bytes big-endian for numbers,
//!   4 bytes of length and the bytes for text and bytes
//! ```
//!
//! A number without a fraction is an integer, whatever a driver took it for: the same row is the same bytes everywhere.

use crate::{Columns, Error, Result, Value, ValueRef};

const TABLE: u8 = b'T';
const ROW: u8 = b'R';
const END: u8 = b'Z';

/// Appends all columns of a row.
pub fn encode_row(row: &dyn Columns, out: &mut Vec<u8>) -> Result<()> {
    for index in 0..row.count() {
        encode(row.get(index)?, out)?;
    }
    Ok(())
}

fn encode(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match value {
        ValueRef::Null => out.push(0),
        ValueRef::Int(n) => number(out, 1, n.to_be_bytes()),
        ValueRef::Real(x) => match whole(x) {
            Some(n) => number(out, 1, n.to_be_bytes()),
            None => number(out, 2, x.to_be_bytes()),
        },
        ValueRef::Text(text) => bytes(out, 3, text.as_bytes())?,
        ValueRef::Blob(blob) => bytes(out, 4, blob)?,
    }
    Ok(())
}

/// A number without a fraction that every host stores exactly.
fn whole(x: f64) -> Option<i64> {
    (x.fract() == 0.0 && x.abs() < 9_007_199_254_740_992.0).then_some(x as i64)
}

fn number(out: &mut Vec<u8>, kind: u8, value: [u8; 8]) {
    out.push(kind);
    out.extend_from_slice(&value);
}

fn bytes(out: &mut Vec<u8>, kind: u8, value: &[u8]) -> Result<()> {
    let length = u32::try_from(value.len()).map_err(|_| Error::OutOfRange("a value of 4 GiB".into()))?;
    out.push(kind);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(value);
    Ok(())
}

/// Reads all values of a row.
pub fn decode_row(mut from: &[u8]) -> Result<Vec<Value<'_>>> {
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

fn broken() -> Error {
    Error::Shape("a row of a slice or an archive cannot be read".into())
}

/// A slice being made.
#[derive(Debug, Default)]
pub struct Slice {
    bytes: Vec<u8>,
    /// The table whose rows come last.
    table: Option<String>,
    rows: u64,
}

impl Slice {
    /// Adds a row of a table.
    pub fn row(&mut self, table: &str, row: &dyn Columns) -> Result<()> {
        if self.table.as_deref() != Some(table) {
            self.table = Some(table.to_owned());
            self.record(TABLE, table.as_bytes())?;
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[ROW, 0, 0, 0, 0]);
        encode_row(row, &mut self.bytes)?;
        let length = u32::try_from(self.bytes.len() - start - 5);
        let length = length.map_err(|_| Error::OutOfRange("a row of 4 GiB".into()))?;
        if let Some(place) = self.bytes.get_mut(start + 1..start + 5) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        self.rows += 1;
        Ok(())
    }

    fn record(&mut self, kind: u8, content: &[u8]) -> Result<()> {
        bytes(&mut self.bytes, kind, content)
    }

    /// Bytes so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Ends it.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        let rows = self.rows;
        self.record(END, &rows.to_be_bytes())?;
        Ok(self.bytes)
    }
}

/// What a slice holds, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record<'a> {
    /// Rows of this table follow.
    Table(&'a str),
    /// A row, for [`decode_row`].
    Row(&'a [u8]),
}

/// Shows the records of a slice, and fails if it is not whole.
pub fn read<E: From<Error>>(
    mut bytes: &[u8],
    each: &mut dyn FnMut(Record<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut rows: u64 = 0;
    let mut named = false;
    loop {
        let [kind] = take(&mut bytes)?;
        let content = slice(&mut bytes)?;
        match kind {
            TABLE => {
                named = true;
                each(Record::Table(std::str::from_utf8(content).map_err(|_| broken())?))?;
            }
            ROW if named => {
                rows += 1;
                each(Record::Row(content))?;
            }
            END if content == rows.to_be_bytes() && bytes.is_empty() => return Ok(()),
            _ => return Err(broken().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(Vec<Value<'static>>);

    impl Columns for Row {
        fn get(&self, index: usize) -> Result<ValueRef<'_>> {
            Ok(match &self.0[index] {
                Value::Null => ValueRef::Null,
                Value::Int(n) => ValueRef::Int(*n),
                Value::Real(x) => ValueRef::Real(*x),
                Value::Text(text) => ValueRef::Text(text),
                Value::Blob(bytes) => ValueRef::Blob(bytes),
            })
        }

        fn count(&self) -> usize {
            self.0.len()
        }
    }

    fn example() -> Vec<u8> {
        let mut slice = Slice::default();
        assert!(slice.is_empty());
        slice.row("a", &Row(vec![Value::Null, Value::Int(-5), Value::Real(1.5)])).unwrap();
        slice.row("a", &Row(vec![Value::Text("grüße".into())])).unwrap();
        slice.row("b", &Row(vec![Value::Blob(b"\0\xff".as_slice().into()), Value::Real(7.0)])).unwrap();
        slice.finish().unwrap()
    }

    fn shown(bytes: &[u8]) -> Result<Vec<String>> {
        let mut records = Vec::new();
        read(bytes, &mut |record| {
            records.push(match record {
                Record::Table(name) => name.to_owned(),
                Record::Row(row) => format!("{:?}", decode_row(row)?),
            });
            Ok::<_, Error>(())
        })?;
        Ok(records)
    }

    #[test]
    fn what_is_written_is_read() {
        let records = shown(&example()).unwrap();
        assert_eq!(
            records,
            [
                "a",
                "[Null, Int(-5), Real(1.5)]",
                "[Text(\"grüße\")]",
                "b",
                // As a Durable Object answers it.
                "[Blob([0, 255]), Int(7)]"
            ]
        );
        assert_eq!(shown(&Slice::default().finish().unwrap()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_is_cut_or_changed_is_refused() {
        let bytes = example();
        for end in 0..bytes.len() {
            assert!(shown(&bytes[..end]).is_err(), "{end}");
        }
        assert!(shown(&[bytes.as_slice(), b"x"].concat()).is_err());
        // Rows of no table, a row less than was counted, lengths beyond the end.
        let rows = bytes.iter().position(|byte| *byte == ROW).unwrap();
        assert!(shown(&bytes[rows..]).is_err());
        let mut fewer = bytes.clone();
        *fewer.last_mut().unwrap() -= 1;
        assert!(shown(&fewer).is_err());
        for byte in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[byte] = 0xff;
            let _ = shown(&changed);
        }
    }
}
