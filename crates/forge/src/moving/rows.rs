//! Rows of a slice as JSON, which the site's database can take apart by itself.

use gitflare_db::{Bound, Value, dump};
use serde_json::{Number, Value as Json};

use super::queries;
use crate::{Error, Result};

/// Bytes of JSON put aside in one row.
const PIECE: usize = 400_000;

/// Rows of one table.
struct Piece {
    table: String,
    width: usize,
    count: i64,
    rows: String,
}

fn unfit(why: impl std::fmt::Display) -> Error {
    Error::invalid("rows", format!("The slice does not fit: {why}"))
}

/// The statements that put a slice aside. Its tables have to be among `known`.
pub(super) fn aside(number: i64, slice: &[u8], known: &[&str]) -> Result<Vec<Bound>> {
    let mut batch = vec![queries::FORGET_ROWS.bind(vec![number.into()])];
    let mut table = String::new();
    let mut piece: Option<Piece> = None;
    let mut put = |piece: Option<Piece>| {
        let Some(piece) = piece else { return };
        let args: Vec<Value<'static>> = vec![
            number.into(),
            piece.table.into(),
            (piece.width as i64).into(),
            piece.count.into(),
            (piece.rows + "]").into(),
        ];
        batch.push(queries::ADD_ROWS.bind(args));
    };
    dump::read(slice, &mut |record| match record {
        dump::Record::Table(name) if known.contains(&name) => {
            name.clone_into(&mut table);
            Ok(())
        }
        dump::Record::Table(name) => Err(unfit(format_args!("there is no table '{name}'"))),
        dump::Record::Row(row) => {
            let values = dump::decode_row(row).map_err(unfit)?;
            let text = Json::Array(values.iter().map(json).collect::<Result<_>>()?).to_string();
            let fits = |piece: &Piece| {
                piece.table == table && piece.width == values.len() && piece.rows.len() + text.len() < PIECE
            };
            if !piece.as_ref().is_some_and(fits) {
                let fresh =
                    Piece { table: table.clone(), width: values.len(), count: 0, rows: String::from("[") };
                put(piece.replace(fresh));
            }
            if let Some(piece) = &mut piece {
                if piece.count > 0 {
                    piece.rows.push(',');
                }
                piece.rows.push_str(&text);
                piece.count += 1;
            }
            Ok(())
        }
    })
    .map_err(
        |error: Error| {
            if error.field.is_some() { error } else { unfit(error.cause.unwrap_or(error.message)) }
        },
    )?;
    put(piece);
    Ok(batch)
}

fn json(value: &Value<'_>) -> Result<Json> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Int(number) => Json::Number((*number).into()),
        Value::Real(number) => {
            Json::Number(Number::from_f64(*number).ok_or_else(|| unfit("a number is none"))?)
        }
        Value::Text(text) if text.contains('\0') => return Err(unfit("a text holds a zero byte")),
        Value::Text(text) => Json::String(text.to_string()),
        Value::Blob(_) => return Err(unfit("the site's database holds no blobs")),
    })
}
