//! What the strictest host refuses is refused everywhere, and what it takes is taken.

use super::{Case, Outcome, Scope, case, create, expect, refused, scoped, works};
use crate::{Db, Error, Value};

pub(super) const CASES: &[Case] = &[
    case("100 parameters are taken, 101 refused", parameters),
    case("100 columns are taken, 101 refused", columns),
    case("another number of values than parameters is refused", wrong_count),
    case("two statements in one call are refused", two_statements),
    case("no statement is refused", no_statement),
    case("a large blob is stored", large_blob),
    case("a LIKE pattern of 50 bytes is taken, 51 refused", like_pattern),
    case("a compound of 5 is taken, 6 refused; VALUES is none", compound),
    case("an expression may not be deeper than 100", depth),
    case("SQL may not be longer than 100 KB", sql_length),
    case("transaction statements, pragmas and other files are refused", refused_statements),
    case("names of the host are refused", reserved_names),
    case("functions that tell of the host are refused", functions),
    scoped(Scope::Native, "functions the network may lack are refused", young_functions),
    scoped(Scope::Native, "names of the host are refused in any case", reserved_names_in_capitals),
    scoped(Scope::NotLocalWorkerd, "a row of 2,000,000 bytes is taken, one more refused", row_length),
    scoped(Scope::NotLocalWorkerd, "a value over 2,000,000 bytes is refused", value_length),
    scoped(Scope::Native, "a function takes 32 arguments at most", function_arguments),
];

fn driver(error: &Error) -> bool {
    matches!(error, Error::Driver(_))
}

fn out_of_range(error: &Error) -> bool {
    matches!(error, Error::OutOfRange(_))
}

fn parameters(db: &Db) -> Outcome {
    let marks = vec!["?"; 100].join("),(");
    let args = vec![Value::Int(1); 101];
    expect(db, &format!("SELECT sum(column1) FROM (VALUES ({marks}))"), &args[..100], "100")?;
    refused(db, &format!("SELECT sum(column1) FROM (VALUES ({marks}),(?))"), &args, driver)
}

fn columns(db: &Db) -> Outcome {
    let names = |count: usize| (0..count).map(|n| format!("c{n} INTEGER")).collect::<Vec<_>>().join(", ");
    create(db, "c_columns", &names(100))?;
    works(db, "DROP TABLE c_columns", &[])?;
    refused(db, &format!("CREATE TABLE c_columns ({}) STRICT", names(101)), &[], driver)
}

fn wrong_count(db: &Db) -> Outcome {
    refused(db, "SELECT ?", &[], driver)?;
    refused(db, "SELECT ?", &[Value::Int(1), Value::Int(2)], driver)?;
    refused(db, "SELECT 1", &[Value::Int(1)], driver)
}

fn two_statements(db: &Db) -> Outcome {
    create(db, "c_two", "a INTEGER")?;
    refused(db, "INSERT INTO c_two VALUES (1); INSERT INTO c_two VALUES (2)", &[], driver)?;
    refused(db, "SELECT 1; SELECT 2", &[], driver)?;
    refused(db, "SELECT 1; nonsense", &[], driver)?;
    expect(db, "SELECT count(*) FROM c_two", &[], "0")?;
    expect(db, "SELECT 1;", &[], "1")
}

fn no_statement(db: &Db) -> Outcome {
    for text in ["", " ", "-- nothing", ";"] {
        refused(db, text, &[], driver)?;
    }
    Ok(())
}

fn large_blob(db: &Db) -> Outcome {
    create(db, "c_large", "id INTEGER PRIMARY KEY, a BLOB NOT NULL")?;
    let bytes = vec![7_u8; 1_900_000];
    works(db, "INSERT INTO c_large VALUES (1, ?)", &[bytes.as_slice().into()])?;
    expect(db, "SELECT length(a), a = ? FROM c_large", &[bytes.as_slice().into()], "1900000,1")?;
    works(db, "DELETE FROM c_large", &[]).map(|_| ())
}

/// The record of such a row: a header of its own length, NULL for the rowid, the blob's type in four bytes.
const RECORD_HEADER: usize = 6;

fn row_length(db: &Db) -> Outcome {
    create(db, "c_row", "id INTEGER PRIMARY KEY, a BLOB NOT NULL")?;
    let bytes = vec![7_u8; 2_000_001 - RECORD_HEADER];
    let insert = "INSERT INTO c_row (a) VALUES (?)";
    works(db, insert, &[bytes[..2_000_000 - RECORD_HEADER].into()])?;
    refused(db, insert, &[bytes.as_slice().into()], out_of_range)?;
    works(db, "DELETE FROM c_row", &[]).map(|_| ())
}

fn value_length(db: &Db) -> Outcome {
    let text = "x".repeat(2_000_001);
    expect(db, "SELECT length(?)", &[text[..2_000_000].into()], "2000000")?;
    refused(db, "SELECT length(?)", &[text.as_str().into()], out_of_range)?;
    refused(db, "SELECT length(?)", &[text.as_bytes().into()], out_of_range)?;
    refused(db, "SELECT length(? || 'xx')", &[text[..1_999_999].into()], out_of_range)
}

fn like_pattern(db: &Db) -> Outcome {
    let pattern = "x".repeat(51);
    expect(db, "SELECT 'a' LIKE ?", &[pattern[..50].into()], "0")?;
    refused(db, "SELECT 'a' LIKE ?", &[pattern.as_str().into()], driver)?;
    refused(db, "SELECT 'a' GLOB ?", &[pattern.as_str().into()], driver)
}

fn compound(db: &Db) -> Outcome {
    let select = |count: usize| vec!["SELECT 1"; count].join(" UNION ALL ");
    expect(db, &select(5), &[], "1;1;1;1;1")?;
    refused(db, &select(6), &[], driver)?;
    expect(db, "SELECT count(*) FROM (VALUES (1), (2), (3), (4), (5), (6), (7))", &[], "7")
}

fn depth(db: &Db) -> Outcome {
    let nested = |count: usize| format!("SELECT {}1{}", "abs(".repeat(count), ")".repeat(count));
    expect(db, &nested(80), &[], "1")?;
    refused(db, &nested(110), &[], driver)
}

fn sql_length(db: &Db) -> Outcome {
    let select = |length: usize| format!("SELECT length('{}')", "x".repeat(length));
    expect(db, &select(99_000), &[], "99000")?;
    match db.write("contract: long", |sql| super::run(sql, &select(100_001), &[])) {
        Err(Error::Driver(_) | Error::OutOfRange(_)) => Ok(()),
        other => Err(format!("long SQL: {other:?}")),
    }
}

fn refused_statements(db: &Db) -> Outcome {
    for text in [
        "BEGIN",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT a",
        "RELEASE a",
        "VACUUM",
        "PRAGMA user_version",
        "PRAGMA user_version = 1",
        "PRAGMA page_size",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA synchronous = OFF",
        "ATTACH ':memory:' AS other",
        "CREATE TEMP TABLE c_temp (a INTEGER)",
        "CREATE TEMP VIEW c_temp AS SELECT 1",
        "CREATE VIRTUAL TABLE c_rtree USING rtree(id, a, b)",
    ] {
        refused(db, text, &[], driver)?;
    }
    expect(db, "SELECT 1", &[], "1")
}

fn reserved_names(db: &Db) -> Outcome {
    for text in ["CREATE TABLE _cf_mine (a INTEGER) STRICT", "CREATE VIEW _cf_view AS SELECT 1"] {
        refused(db, text, &[], driver)?;
    }
    Ok(())
}

/// workerd only warns of these.
fn reserved_names_in_capitals(db: &Db) -> Outcome {
    refused(db, "CREATE TABLE _CF_MINE (a INTEGER) STRICT", &[], driver)
}

fn functions(db: &Db) -> Outcome {
    for text in ["SELECT sqlite_version()", "SELECT sqlite_source_id()", "SELECT sqlite_compileoption_get(0)"]
    {
        refused(db, text, &[], driver)?;
    }
    Ok(())
}

/// Some versions of workerd have it.
fn young_functions(db: &Db) -> Outcome {
    refused(db, "SELECT jsonb('1')", &[], driver)
}

fn function_arguments(db: &Db) -> Outcome {
    let call = |count: usize| format!("SELECT max({})", vec!["1"; count].join(", "));
    expect(db, &call(32), &[], "1")?;
    refused(db, &call(33), &[], driver)
}
