//! The tables of any database, whatever is in them: the archive knows no table of the product.

use gitflare_db::{Columns, Sql, Value, migrate};

use crate::error::Result;

/// Where migrations are recorded: part of the archive's frame, not of its rows.
const RECORD: &str = "migration";
/// Where SQLite keeps the ids that must not be used again.
const SEQUENCE: &str = "sqlite_sequence";

gitflare_db::statements! {
    /// Tables in the order they were made, so that what is referred to comes first.
    TABLES: (String,) = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid";
    APPLIED: (String,) = "SELECT name FROM migration ORDER BY name";
}

/// The three statements that any table has. They cannot be constants: an archive knows no table beforehand.
macro_rules! statement {
    (rows of $table:expr) => {
        format!("SELECT * FROM {}", quoted($table))
    };
    (clear $table:expr) => {
        format!("DELETE FROM {}", quoted($table))
    };
    (insert $count:expr, into $table:expr) => {
        format!("INSERT INTO {} VALUES ({})", quoted($table), vec!["?"; $count].join(", "))
    };
}

/// The tables whose rows are archived.
pub(crate) fn list(sql: &dyn Sql) -> gitflare_db::Result<Vec<String>> {
    let mut names: Vec<String> = sql.all(&TABLES, &[])?.into_iter().map(|(name,)| name).collect();
    names.retain(|name| name != RECORD && (name == SEQUENCE || !name.starts_with("sqlite_")));
    // Rows with ids of their own change it: it has the last word.
    names.sort_by_key(|name| name == SEQUENCE);
    Ok(names)
}

/// The migrations the database has been through.
pub(crate) fn migrations(sql: &dyn Sql) -> gitflare_db::Result<Vec<String>> {
    Ok(sql.all(&APPLIED, &[])?.into_iter().map(|(name,)| name).collect())
}

/// Shows every row of a table.
pub(crate) fn rows(
    sql: &dyn Sql,
    table: &str,
    each: &mut dyn FnMut(&dyn Columns) -> gitflare_db::Result<()>,
) -> gitflare_db::Result<()> {
    sql.run(&statement!(rows of table), &[], each)?;
    Ok(())
}

/// Removes what the migrations put into a table.
pub(crate) fn clear(sql: &dyn Sql, table: &str) -> gitflare_db::Result<()> {
    sql.run(&statement!(clear table), &[], &mut |_| Ok(()))?;
    Ok(())
}

/// Adds a row. `text` keeps the statement of the table between rows.
pub(crate) fn insert(
    sql: &dyn Sql,
    table: &str,
    text: &mut String,
    values: &[Value<'_>],
) -> gitflare_db::Result<()> {
    if text.is_empty() {
        *text = statement!(insert values.len(), into table);
    }
    sql.run(text, values, &mut |_| Ok(()))?;
    Ok(())
}

/// Brings an empty database to where the archived one was: exactly these migrations.
pub(crate) fn prepare(sql: &dyn Sql, known: &[migrate::Migration], names: &[String]) -> Result<()> {
    let wanted: Vec<migrate::Migration> =
        known.iter().filter(|migration| names.iter().any(|name| name == migration.name)).copied().collect();
    if let Some(unknown) = names.iter().find(|name| !known.iter().any(|migration| migration.name == *name)) {
        return Err(gitflare_db::Error::Newer(unknown.clone()).into());
    }
    Ok(migrate::apply(sql, &wanted)?)
}

/// Table names come from the schema or from an archive: none can leave its quotes.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
