//! Numbered plain-SQL migrations, recorded by name in the database they changed.

use crate::{Bound, Error, Result, Site, Sql, Value};

mod split;

pub use split::split;

/// One migration: a file embedded at compile time.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// `0001_files`, say: four digits and a noun; they run in this order.
    pub name: &'static str,
    /// Its statements, separated by semicolons.
    pub sql: &'static str,
}

const CREATE: &str = "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID";

crate::statements! {
    APPLIED: (String,) = "SELECT name FROM migration ORDER BY name";
    IS_THERE: (i64,) = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'";
    RECORD: () = "INSERT INTO migration (name) VALUES (?)";
}

/// Whether nothing was ever applied here: the database is new, or was lost. Makes nothing.
pub fn is_blank(sql: &dyn Sql) -> Result<bool> {
    Ok(sql.first(&IS_THERE, &[])?.is_none())
}

/// Applies what `sql` has not seen yet. Call it inside a write transaction, which undoes all of it on an error.
pub fn apply(sql: &dyn Sql, migrations: &[Migration]) -> Result<()> {
    sql.run(CREATE, &[], &mut |_| Ok(()))?;
    for migration in pending(&sql.all(&APPLIED, &[])?, migrations)? {
        for statement in split(migration.sql) {
            sql.run(statement, &[], &mut |_| Ok(())).map_err(|error| in_migration(migration, error))?;
        }
        sql.execute(&RECORD, &[migration.name.into()])?;
    }
    Ok(())
}

/// The same for the site's database: each migration is a batch that ends with the row recording it, so that of two
/// that race one fails, and finds the other's work when it looks again.
pub async fn apply_site(site: &Site, migrations: &[Migration]) -> Result<()> {
    site.batch(vec![bound(CREATE, Vec::new())]).await?;
    for migration in pending(&site.all(&APPLIED, Vec::new()).await?, migrations)? {
        let mut batch: Vec<Bound> = split(migration.sql).map(|text| bound(text, Vec::new())).collect();
        batch.push(RECORD.bind(vec![migration.name.into()]));
        let Err(error) = site.batch(batch).await else { continue };
        let applied = site.all(&APPLIED, Vec::new()).await?;
        if !applied.iter().any(|(name,)| name == migration.name) {
            return Err(in_migration(migration, error));
        }
    }
    Ok(())
}

fn bound(text: &'static str, args: Vec<Value<'static>>) -> Bound {
    Bound { text: text.into(), args, expect: None }
}

/// What is left to apply; an error if the database has seen what this program does not know.
fn pending<'a>(applied: &[(String,)], migrations: &'a [Migration]) -> Result<Vec<&'a Migration>> {
    if let Some((name,)) = applied.iter().find(|(name,)| !migrations.iter().any(|known| known.name == name)) {
        return Err(Error::Newer(name.clone()));
    }
    Ok(migrations.iter().filter(|known| !applied.iter().any(|(name,)| name == known.name)).collect())
}

fn in_migration(migration: &Migration, error: Error) -> Error {
    match error {
        Error::Driver(text) => Error::Driver(format!("migration {}: {text}", migration.name)),
        Error::Constraint(text) => Error::Constraint(format!("migration {}: {text}", migration.name)),
        other => other,
    }
}
