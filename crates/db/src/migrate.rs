//! Numbered plain-SQL migrations, recorded by name in the database they changed.

use crate::{Result, Sql};

/// One migration: a file embedded at compile time.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// `0001_files`, say: four digits and a noun; they run in this order.
    pub name: &'static str,
    /// Its statements, separated by semicolons.
    pub sql: &'static str,
}

/// Applies what `sql` has not seen yet. Call it inside a write transaction.
pub fn apply(sql: &dyn Sql, migrations: &[Migration]) -> Result<()> {
    let _ = (sql, migrations);
    Ok(())
}
