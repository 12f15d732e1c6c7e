//! Rows into structs: [`row!`](crate::row!) declares a struct and the columns it reads, so that one test can compare them
//! with what the prepared statement returns.

use crate::{Error, Result, ValueRef};

/// The columns of one result row, as a driver shows them.
pub trait Columns {
    /// Column `index`, borrowed until the next row.
    fn get(&self, index: usize) -> Result<ValueRef<'_>>;
    /// How many there are.
    fn count(&self) -> usize;
}

/// A value a column can be read into.
pub trait FromColumn: Sized {
    /// Reads the column, or says why it has another shape.
    fn from_column(value: ValueRef<'_>) -> Result<Self>;
}

/// A struct (or tuple) that one result row is read into.
pub trait FromRow: Sized {
    /// Names of the columns in order; `"?"` stands for any name.
    const COLUMNS: &'static [&'static str];
    /// Reads the row.
    fn from_row(row: &dyn Columns) -> Result<Self>;
}

fn shape<T>(wanted: &str, value: ValueRef<'_>) -> Result<T> {
    let got = match value {
        ValueRef::Null => "null",
        ValueRef::Int(_) => "integer",
        ValueRef::Real(_) => "real",
        ValueRef::Text(_) => "text",
        ValueRef::Blob(_) => "blob",
    };
    Err(Error::Shape(format!("wanted {wanted}, got {got}")))
}

impl FromColumn for i64 {
    fn from_column(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Int(n) => Ok(n),
            // A Durable Object answers every number as a double.
            ValueRef::Real(x) if x.fract() == 0.0 && x.abs() < 9_007_199_254_740_992.0 => Ok(x as Self),
            other => shape("integer", other),
        }
    }
}

impl FromColumn for u32 {
    fn from_column(value: ValueRef<'_>) -> Result<Self> {
        let n = i64::from_column(value)?;
        Self::try_from(n).map_err(|_| Error::Shape(format!("{n} does not fit 32 bits")))
    }
}

impl FromColumn for f64 {
    fn from_column(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Int(n) => Ok(n as Self),
            ValueRef::Real(x) => Ok(x),
            other => shape("real", other),
        }
    }
}

impl FromColumn for bool {
    fn from_column(value: ValueRef<'_>) -> Result<Self> {
        Ok(i64::from_column(value)? != 0)
    }
}

impl FromColumn for String {
    fn from_column(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Text(text) => Ok(text.to_owned()),
            other => shape("text", other),
        }
    }
}

impl FromColumn for Vec<u8> {
    fn from_column(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Blob(bytes) => Ok(bytes.to_vec()),
            other => shape("blob", other),
        }
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Null => Ok(None),
            other => T::from_column(other).map(Some),
        }
    }
}

impl FromRow for () {
    const COLUMNS: &'static [&'static str] = &[];
    fn from_row(_: &dyn Columns) -> Result<Self> {
        Ok(())
    }
}

macro_rules! tuple {
    ($($type:ident $index:tt),*) => {
        impl<$($type: FromColumn),*> FromRow for ($($type,)*) {
            const COLUMNS: &'static [&'static str] = &[$({ let _ = $index; "?" }),*];
            fn from_row(row: &dyn Columns) -> Result<Self> {
                Ok(($($type::from_column(row.get($index)?)?,)*))
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);

/// Declares a struct read from a row whose columns have the names of its fields, in that order.
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty),* $(,)? }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }

        impl $crate::FromRow for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];
            fn from_row(row: &dyn $crate::Columns) -> $crate::Result<Self> {
                let mut index = 0;
                $(let $field = { let value = row.get(index)?; index += 1; <$type as $crate::FromColumn>::from_column(value)? };)*
                let _ = index;
                Ok(Self { $($field),* })
            }
        }
    };
}
