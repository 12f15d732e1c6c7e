//! The same for the site's database, which takes batches only: a table in pages, rows in from JSON, and triggers that
//! keep everything as it is meanwhile.

use super::{TABLES, bound, counted, delete, quoted};
use crate::{Answer, Bound, Columns, FromRow as _, Result, Site, Value, ValueRef};

/// A table, and how its rows are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Whether rows have a number of their own to go on from; without one they are counted.
    pub numbered: bool,
}

/// The tables whose rows count.
pub async fn list_site(site: &Site) -> Result<Vec<Table>> {
    let found = site.all(&TABLES, Vec::new()).await?;
    let numbered = |sql: &str| !sql.trim_end().to_ascii_uppercase().ends_with("WITHOUT ROWID");
    Ok(counted(found).into_iter().map(|(name, sql)| Table { numbered: numbered(&sql), name }).collect())
}

/// Some rows of a table.
#[derive(Debug)]
pub struct Rows {
    rows: Vec<Vec<Value<'static>>>,
    skip: usize,
    from: i64,
}

/// At most `limit` rows that come after the place `after`; 0 is the beginning.
pub async fn page(site: &Site, table: &Table, after: i64, limit: u32) -> Result<Rows> {
    let name = quoted(&table.name);
    let text = if table.numbered {
        // D1 tells columns apart by their names, and a row's number is often one of them.
        format!(
            "SELECT rowid AS place_of_row, * FROM {name} WHERE rowid > ?1 ORDER BY rowid LIMIT CAST(?2 AS INTEGER)"
        )
    } else {
        // The rows stay as they are while a table is paged: it is frozen.
        format!("SELECT * FROM {name} LIMIT CAST(?2 AS INTEGER) OFFSET CAST(?1 AS INTEGER)")
    };
    let answers = site.batch(vec![bound(text, vec![after.into(), limit.into()])]).await?;
    let rows = answers.into_iter().next().map(|answer: Answer| answer.rows).unwrap_or_default();
    Ok(Rows { rows, skip: usize::from(table.numbered), from: after })
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Shows each row, and the place after it.
    pub fn each(&self, show: &mut dyn FnMut(&dyn Columns, i64) -> Result<()>) -> Result<()> {
        for (index, values) in self.rows.iter().enumerate() {
            let row = Row { values, skip: self.skip };
            let place = match self.skip {
                0 => self.from + index as i64 + 1,
                _ => <(i64,)>::from_row(&Row { values, skip: 0 })?.0,
            };
            show(&row, place)?;
        }
        Ok(())
    }
}

struct Row<'a> {
    values: &'a [Value<'static>],
    skip: usize,
}

impl Columns for Row<'_> {
    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        match self.values.get(index + self.skip) {
            Some(value) => Ok(value.as_ref()),
            None => Err(crate::Error::Shape(format!("no column {index}"))),
        }
    }

    fn count(&self) -> usize {
        self.values.len().saturating_sub(self.skip)
    }
}

/// Empties a table.
pub fn clear_all(table: &str) -> Bound {
    bound(delete(table), Vec::new())
}

/// Adds rows of `columns` values that stand in JSON: `source` is what selects texts that are arrays of rows, which are
/// arrays of values.
pub fn insert_json(table: &str, columns: usize, source: &str, args: Vec<Value<'static>>) -> Bound {
    let values: Vec<String> =
        (0..columns).map(|index| format!("json_extract(one.value, '$[{index}]')")).collect();
    let values = values.join(", ");
    let name = quoted(table);
    bound(
        format!("INSERT INTO {name} SELECT {values} FROM ({source}) AS some, json_each(some.rows) AS one"),
        args,
    )
}

/// Triggers that refuse every change of a table with [`crate::Error::Frozen`] while `condition` holds.
pub fn freeze(table: &str, condition: &str) -> Vec<Bound> {
    let trigger = |(verb, name): (&str, String)| {
        let (name, table, mark) = (quoted(&name), quoted(table), crate::site::FROZEN);
        bound(
            format!(
                "CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {table} WHEN {condition} \
                 BEGIN SELECT RAISE(ABORT, '{mark}'); END"
            ),
            Vec::new(),
        )
    };
    triggers(table).map(trigger).into()
}

/// Removes the triggers of [`freeze`].
pub fn thaw(table: &str) -> Vec<Bound> {
    let drop =
        |(_, name): (&str, String)| bound(format!("DROP TRIGGER IF EXISTS {}", quoted(&name)), Vec::new());
    triggers(table).map(drop).into()
}

fn triggers(table: &str) -> [(&'static str, String); 3] {
    ["INSERT", "UPDATE", "DELETE"].map(|verb| (verb, format!("frozen_{table}_{}", verb.to_ascii_lowercase())))
}
