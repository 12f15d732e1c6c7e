//! The tables of any database, whatever is in them, for archives and moves: this knows no table of the product.
//!
//! What FTS5 keeps is not among them: it is made again from the tables it stands on.

use crate::{Bound, Error, Result, Sql, Value, migrate};

mod site;

pub use site::{Rows, Table, clear_all, freeze, insert_json, list_site, page, thaw};

/// Where migrations are recorded: part of an archive's frame, not of its rows.
const RECORD: &str = "migration";
/// Where SQLite keeps the ids that must not be used again.
pub const SEQUENCE: &str = "sqlite_sequence";

crate::statements! {
    /// Tables in the order they were made, so that what is referred to comes first.
    TABLES: (String, Option<String>) = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY rowid";
    FORGET_SEQUENCE: () = "DELETE FROM sqlite_sequence WHERE name = ?";
    SET_SEQUENCE: () = "INSERT INTO sqlite_sequence (name, seq) VALUES (?, CAST(? AS INTEGER))";
    APPLIED: (String,) = "SELECT name FROM migration ORDER BY name";
}

/// Whether this is the text of a table that another module of SQLite keeps.
fn is_virtual(sql: &str) -> bool {
    sql.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("CREATE VIRTUAL"))
}

/// Those of the tables whose rows count, the record of ids last: rows with ids of their own change it.
fn counted(found: Vec<(String, Option<String>)>) -> Vec<(String, String)> {
    let virtuals: Vec<String> = found
        .iter()
        .filter(|(_, sql)| sql.as_deref().is_some_and(is_virtual))
        .map(|(name, _)| name.clone())
        .collect();
    let is_shadow = |name: &str| {
        virtuals.iter().any(|table| {
            name.strip_prefix(table.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
    };
    let mut tables: Vec<_> = found.into_iter().map(|(name, sql)| (name, sql.unwrap_or_default())).collect();
    tables.retain(|(name, _)| name != RECORD && !is_shadow(name) && (name == SEQUENCE || !is_internal(name)));
    tables.sort_by_key(|(name, _)| name == SEQUENCE);
    tables
}

/// Whether a name is SQLite's or the host's own.
fn is_internal(name: &str) -> bool {
    name.starts_with("sqlite_") || name.starts_with("_cf_") || name.starts_with("d1_")
}

/// The tables whose rows are archived.
pub fn list(sql: &dyn Sql) -> Result<Vec<String>> {
    Ok(counted(sql.all(&TABLES, &[])?).into_iter().map(|(name, _)| name).collect())
}

/// The migrations the database has been through.
pub fn migrations(sql: &dyn Sql) -> Result<Vec<String>> {
    Ok(sql.all(&APPLIED, &[])?.into_iter().map(|(name,)| name).collect())
}

/// Shows every row of a table.
pub fn rows(
    sql: &dyn Sql,
    table: &str,
    each: &mut dyn FnMut(&dyn crate::Columns) -> Result<()>,
) -> Result<()> {
    sql.run(&format!("SELECT * FROM {}", quoted(table)), &[], each)?;
    Ok(())
}

/// Shows at most `limit` rows whose column `key` lies between two values, in its order.
pub fn between(
    sql: &dyn Sql,
    (table, key): (&str, &str),
    (after, until): (Value<'_>, Value<'_>),
    limit: u32,
    each: &mut dyn FnMut(&dyn crate::Columns) -> Result<()>,
) -> Result<()> {
    let (table, key) = (quoted(table), quoted(key));
    let text = format!(
        "SELECT * FROM {table} WHERE {key} > ?1 AND {key} < ?2 ORDER BY {key} LIMIT CAST(?3 AS INTEGER)"
    );
    sql.run(&text, &[after, until, limit.into()], each)?;
    Ok(())
}

/// Removes what the migrations put into a table.
pub fn clear(sql: &dyn Sql, table: &str) -> Result<()> {
    sql.run(&delete(table), &[], &mut |_| Ok(()))?;
    Ok(())
}

/// Adds a row. `text` keeps the statement of the table between rows.
pub fn insert(sql: &dyn Sql, table: &str, text: &mut String, values: &[Value<'_>]) -> Result<()> {
    if text.is_empty() {
        let places = vec!["?"; values.len()].join(", ");
        *text = format!("INSERT INTO {} VALUES ({places})", quoted(table));
    }
    let added = sql.run(text, values, &mut |_| Ok(()));
    added.map(drop).map_err(|error| match error {
        // What another program wrote, and no failure of the database.
        Error::Driver(text) if text.contains("values were supplied") => Error::Shape(text),
        error => error,
    })
}

/// Keeps the ids up to `last` of a table from being given out again.
pub fn reserve(sql: &dyn Sql, table: &str, last: i64) -> Result<()> {
    sql.execute(&FORGET_SEQUENCE, &[table.into()])?;
    sql.execute(&SET_SEQUENCE, &[table.into(), last.into()])?;
    Ok(())
}

/// Brings an empty database to where the archived one was: exactly these migrations.
pub fn prepare(sql: &dyn Sql, known: &[migrate::Migration], names: &[String]) -> Result<()> {
    let wanted: Vec<migrate::Migration> =
        known.iter().filter(|migration| names.iter().any(|name| name == migration.name)).copied().collect();
    if let Some(unknown) = names.iter().find(|name| !known.iter().any(|migration| migration.name == *name)) {
        return Err(Error::Newer(unknown.clone()));
    }
    migrate::apply(sql, &wanted)
}

fn delete(table: &str) -> String {
    format!("DELETE FROM {}", quoted(table))
}

/// Table names come from the schema or from an archive: none can leave its quotes.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A statement made here.
fn bound(text: String, args: Vec<Value<'static>>) -> Bound {
    Bound { text: text.into(), args, expect: None }
}
