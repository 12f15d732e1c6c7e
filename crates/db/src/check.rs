//! For tests: is every statement sound against the migrated schema?

#[cfg(not(target_family = "wasm"))]
use crate::{Checked, sqlite::Sqlite};
use crate::{Columns, Error, Result, Sql, ValueRef};

/// Prepares every statement against the schema in `database` and compares the columns it answers with those its row
/// type reads (`"?"` stands for any name). Answers one line per complaint.
#[cfg(not(target_family = "wasm"))]
pub fn prepare_all(database: &Sqlite, statements: &[Checked]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        if statements
            .iter()
            .take(index)
            .any(|other| other.name == statement.name && other.text == statement.text)
        {
            complaints.push(format!("{}: listed twice", statement.name));
        }
        match database.describe(statement.text) {
            Ok(shape) => {
                complaints.extend(compare(statement, &shape).into_iter().chain(repeats(statement, &shape)));
            }
            Err(error) => complaints.push(format!("{}: {error}", statement.name)),
        }
    }
    complaints
}

/// What a prepared statement takes and answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The names of its columns.
    pub columns: Vec<String>,
    /// How many values it wants.
    pub parameters: usize,
    /// Whether it leaves the database alone.
    pub reads: bool,
}

#[cfg(not(target_family = "wasm"))]
fn compare(statement: &Checked, shape: &Shape) -> Option<String> {
    let name = statement.name;
    if shape.parameters > 100 {
        return Some(format!("{name}: {} parameters, more than 100", shape.parameters));
    }
    // A row type of `()` reads nothing, whatever RETURNING answers.
    if statement.columns.is_empty() && !shape.reads {
        return None;
    }
    let same = statement.columns.len() == shape.columns.len()
        && statement.columns.iter().zip(&shape.columns).all(|(wanted, got)| *wanted == "?" || wanted == got);
    (!same).then(|| format!("{name}: answers {:?}, its row reads {:?}", shape.columns, statement.columns))
}

/// D1 answers a row as an object, in which two columns of one name are one.
#[cfg(not(target_family = "wasm"))]
fn repeats(statement: &Checked, shape: &Shape) -> Option<String> {
    let columns = shape.columns.iter().enumerate();
    let repeated =
        columns.clone().find(|(index, name)| shape.columns.iter().take(*index).any(|other| other == *name));
    repeated.map(|(_, column)| format!("{}: two columns are called {column}", statement.name))
}

/// The schema as text, ordered by name, for a snapshot. What SQLite and FTS5 keep for themselves is left out.
pub fn schema(sql: &dyn Sql) -> Result<String> {
    let mut entries: Vec<(String, String)> = Vec::new();
    sql.run(SCHEMA, &[], &mut |row| {
        entries.push((text(row, 0)?, text(row, 1)?));
        Ok(())
    })?;
    // The tables FTS5 makes behind one of its own.
    let virtual_tables: Vec<String> = entries
        .iter()
        .filter(|(_, sql)| sql.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("create virtual")))
        .map(|(name, _)| name.clone())
        .collect();
    let is_shadow = |name: &str| {
        virtual_tables.iter().any(|table| {
            name.strip_prefix(table.as_str())
                .is_some_and(|rest| matches!(rest, "_data" | "_idx" | "_content" | "_docsize" | "_config"))
        })
    };
    let mut out = String::new();
    for (_, sql) in entries.iter().filter(|(name, _)| !is_shadow(name)) {
        out.push_str(sql.trim());
        out.push_str(";\n\n");
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    Ok(out)
}

const SCHEMA: &str = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*' \
    ORDER BY tbl_name, CASE type WHEN 'table' THEN 0 WHEN 'view' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, name";

fn text(row: &dyn Columns, index: usize) -> Result<String> {
    match row.get(index)? {
        ValueRef::Text(text) => Ok(text.to_owned()),
        other => Err(Error::Shape(format!("wanted text, got {other:?}"))),
    }
}
