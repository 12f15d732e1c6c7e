//! What every driver must do, as plain functions, so that the same cases run natively and inside workerd.
//!
//! Each case makes its own tables anew: all of them may run on one database, in any order, again and again.

use futures_util::future::BoxFuture;

use crate::{Db, Error, Site, Sql, Value, ValueRef};

mod limits;
mod site;
mod transactions;
mod values;

/// What a case found wrong.
pub type Outcome = Result<(), String>;

/// Where a case holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// On every driver.
    Everywhere,
    /// Not in a local workerd, which is laxer than the network (cloudflare.md §1).
    NotLocalWorkerd,
    /// Of the native driver alone, which is stricter.
    Native,
}

/// A case for a repository's database.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Says what holds.
    pub name: &'static str,
    /// Where it holds.
    pub scope: Scope,
    /// Tries it.
    pub run: fn(&Db) -> Outcome,
}

/// A case for the site's database.
#[derive(Debug, Clone, Copy)]
pub struct SiteCase {
    /// Says what holds.
    pub name: &'static str,
    /// Where it holds.
    pub scope: Scope,
    /// Tries it.
    pub run: fn(&Site) -> BoxFuture<'_, Outcome>,
}

/// All cases for a repository's database.
pub const CASES: &[&[Case]] = &[values::CASES, transactions::CASES, limits::CASES];

/// All cases for the site's database.
pub const SITE_CASES: &[SiteCase] = site::CASES;

const fn case(name: &'static str, run: fn(&Db) -> Outcome) -> Case {
    Case { name, scope: Scope::Everywhere, run }
}

const fn scoped(scope: Scope, name: &'static str, run: fn(&Db) -> Outcome) -> Case {
    Case { name, scope, run }
}

/// Runs a statement whose rows do not matter.
fn run(sql: &dyn Sql, text: &str, args: &[Value<'_>]) -> Result<u64, Error> {
    sql.run(text, args, &mut |_| Ok(()))
}

/// All rows as text: columns joined with commas, rows with semicolons.
fn rows(sql: &dyn Sql, text: &str, args: &[Value<'_>]) -> Result<String, Error> {
    let mut all = Vec::new();
    sql.run(text, args, &mut |row| {
        let columns: Result<Vec<_>, Error> = (0..row.count()).map(|index| row.get(index).map(show)).collect();
        all.push(columns?.join(","));
        Ok(())
    })?;
    Ok(all.join(";"))
}

/// A value as text. 5 and 5.0 look alike, because the other host has one kind of number; `typeof` tells them apart.
fn show(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".into(),
        ValueRef::Int(n) => n.to_string(),
        ValueRef::Real(x) => x.to_string(),
        ValueRef::Text(text) => format!("'{text}'"),
        ValueRef::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{hex}'")
        }
    }
}

/// Makes a table anew in a transaction of its own.
fn create(db: &Db, name: &str, columns: &str) -> Outcome {
    db.write("contract: create", |sql| {
        run(sql, &format!("DROP TABLE IF EXISTS {name}"), &[])?;
        run(sql, &format!("CREATE TABLE {name} ({columns}) STRICT"), &[])
    })
    .map(|_| ())
    .map_err(|error: Error| error.to_string())
}

/// Runs a statement in a read transaction and compares its rows.
fn expect(db: &Db, text: &str, args: &[Value<'_>], wanted: &str) -> Outcome {
    let got = db.read(|sql| rows(sql, text, args)).map_err(|error: Error| format!("{text}: {error}"))?;
    same(text, &got, wanted)
}

fn same(what: &str, got: &str, wanted: &str) -> Outcome {
    if got == wanted { Ok(()) } else { Err(format!("{what}: got {got}, wanted {wanted}")) }
}

/// Runs a statement in a write transaction.
fn write(db: &Db, text: &str, args: &[Value<'_>]) -> Result<u64, Error> {
    db.write("contract: write", |sql| run(sql, text, args))
}

/// Runs a statement that has to work.
fn works(db: &Db, text: &str, args: &[Value<'_>]) -> Result<u64, String> {
    write(db, text, args).map_err(|error| format!("{}: {error}", text.get(..80).unwrap_or(text)))
}

/// Runs a statement that has to fail in a way `is_right` accepts.
fn refused(db: &Db, text: &str, args: &[Value<'_>], is_right: fn(&Error) -> bool) -> Outcome {
    let text_start = text.get(..80).unwrap_or(text);
    match write(db, text, args) {
        Ok(_) => Err(format!("{text_start}: was accepted")),
        Err(error) if is_right(&error) => Ok(()),
        Err(error) => Err(format!("{text_start}: wrong error {error:?}")),
    }
}
