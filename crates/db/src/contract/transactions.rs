//! Transactions are all or nothing, statements tell what they changed, errors say what happened.

use super::{Case, Outcome, Scope, case, create, expect, refused, rows, run, same, scoped, works};
use crate::{Db, Error, Value};

pub(super) const CASES: &[Case] = &[
    case("an error in the closure undoes the transaction", rollback_on_error),
    case("a failed statement alone is undone when the closure goes on", statement_is_undone),
    case("changed rows are counted", changes),
    case("RETURNING answers rows", returning),
    case("constraint errors are recognised and name the column", constraints),
    case("a statement may run inside the rows of another, and of itself", statements_inside_rows),
    case("a read may run inside a read", nested_reads),
    case("a write transaction sees its own changes", own_changes),
    case("an error from the row closure ends the statement", row_error),
    case("recursive queries and window functions are there", queries),
    scoped(Scope::Native, "a read transaction writes nothing", reads_do_not_write),
];

fn rollback_on_error(db: &Db) -> Outcome {
    create(db, "c_rollback", "a INTEGER PRIMARY KEY")?;
    let failed: Result<(), Error> = db.write("contract: fails", |sql| {
        run(sql, "INSERT INTO c_rollback VALUES (1)", &[])?;
        run(sql, "CREATE TABLE c_rollback_inner (a INTEGER) STRICT", &[])?;
        Err(Error::Shape("on purpose".into()))
    });
    if failed != Err(Error::Shape("on purpose".into())) {
        return Err(format!("the closure's own error was lost: {failed:?}"));
    }
    expect(db, "SELECT count(*) FROM c_rollback", &[], "0")?;
    expect(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'c_rollback_inner'", &[], "0")?;
    works(db, "INSERT INTO c_rollback VALUES (2)", &[])?;
    expect(db, "SELECT a FROM c_rollback", &[], "2")
}

fn statement_is_undone(db: &Db) -> Outcome {
    create(db, "c_undone", "a INTEGER PRIMARY KEY")?;
    db.write("contract: goes on", |sql| {
        run(sql, "INSERT INTO c_undone VALUES (1)", &[])?;
        // The first of the two rows is fine, the second is not: neither stays.
        let second = run(sql, "INSERT INTO c_undone VALUES (2), (1)", &[]);
        if second.is_ok() {
            return Err(Error::Shape("a duplicate was accepted".into()));
        }
        run(sql, "INSERT INTO c_undone VALUES (3)", &[])
    })
    .map_err(|error| error.to_string())?;
    expect(db, "SELECT a FROM c_undone ORDER BY a", &[], "1;3")
}

fn changes(db: &Db) -> Outcome {
    create(db, "c_changes", "a INTEGER PRIMARY KEY, b INTEGER")?;
    let counts = db
        .write("contract: changes", |sql| {
            let mut counts = Vec::new();
            for text in [
                "INSERT INTO c_changes VALUES (1, 1), (2, 2), (3, 3)",
                "SELECT * FROM c_changes",
                "UPDATE c_changes SET b = 0 WHERE a > 1",
                "UPDATE c_changes SET b = 0 WHERE a > 100",
                "INSERT INTO c_changes VALUES (1, 9) ON CONFLICT DO NOTHING",
                "INSERT INTO c_changes VALUES (1, 9) ON CONFLICT (a) DO UPDATE SET b = excluded.b",
                "DELETE FROM c_changes",
            ] {
                counts.push(run(sql, text, &[])?.to_string());
            }
            Ok(counts.join(","))
        })
        .map_err(|error: Error| error.to_string())?;
    same("changes", &counts, "3,0,2,0,0,1,3")
}

fn returning(db: &Db) -> Outcome {
    create(db, "c_returning", "id INTEGER PRIMARY KEY, n INTEGER NOT NULL")?;
    let got = db
        .write("contract: returning", |sql| {
            let inserted = rows(sql, "INSERT INTO c_returning (n) VALUES (10), (20) RETURNING id, n", &[])?;
            let updated = rows(sql, "UPDATE c_returning SET n = n + 1 WHERE id = 2 RETURNING n", &[])?;
            let none = rows(sql, "DELETE FROM c_returning WHERE id = 9 RETURNING n", &[])?;
            Ok(format!("{inserted}|{updated}|{none}"))
        })
        .map_err(|error: Error| error.to_string())?;
    same("returning", &got, "1,10;2,20|21|")?;
    expect(db, "SELECT n FROM c_returning ORDER BY id", &[], "10;21")
}

fn constraints(db: &Db) -> Outcome {
    create(db, "c_parent", "id INTEGER PRIMARY KEY")?;
    create(
        db,
        "c_child",
        "a TEXT UNIQUE, b INTEGER NOT NULL DEFAULT 0, c INTEGER CHECK (c < 10), p INTEGER REFERENCES c_parent (id)",
    )?;
    works(db, "INSERT INTO c_child (a) VALUES ('x')", &[])?;
    fn named(error: &Error, name: &str) -> bool {
        matches!(error, Error::Constraint(text) if text.contains(name))
    }
    refused(db, "INSERT INTO c_child (a) VALUES ('x')", &[], |error| {
        named(error, "UNIQUE constraint failed: c_child.a")
    })?;
    refused(db, "INSERT INTO c_child (b) VALUES (NULL)", &[], |error| {
        named(error, "NOT NULL constraint failed: c_child.b")
    })?;
    refused(db, "INSERT INTO c_child (c) VALUES (10)", &[], |error| named(error, "CHECK constraint failed"))?;
    refused(db, "INSERT INTO c_child (p) VALUES (1)", &[], |error| {
        named(error, "FOREIGN KEY constraint failed")
    })?;
    refused(db, "INSERT INTO c_child (b) VALUES ('x')", &[], |error| named(error, "c_child.b"))?;
    refused(db, "INSERT INTO c_child (b) VALUES (?)", &[Value::Real(1.5)], |error| {
        named(error, "c_child.b")
    })?;
    // Foreign keys stand in the way of the next run's DROP TABLE otherwise.
    works(db, "DELETE FROM c_child", &[]).map(|_| ())
}

fn statements_inside_rows(db: &Db) -> Outcome {
    create(db, "c_inside", "a INTEGER PRIMARY KEY")?;
    works(db, "INSERT INTO c_inside VALUES (1), (2)", &[])?;
    const ALL: &str = "SELECT a FROM c_inside ORDER BY a";
    let got = db
        .read(|sql| {
            let mut got = String::new();
            sql.run(ALL, &[], &mut |_| {
                got += &rows(sql, ALL, &[])?;
                got += &rows(sql, "SELECT '/' || count(*) FROM c_inside", &[])?;
                Ok(())
            })?;
            got += &rows(sql, ALL, &[])?;
            Ok(got)
        })
        .map_err(|error: Error| error.to_string())?;
    same("inside", &got, "1;2'/2'1;2'/2'1;2")
}

fn nested_reads(db: &Db) -> Outcome {
    create(db, "c_nested", "a INTEGER PRIMARY KEY")?;
    works(db, "INSERT INTO c_nested VALUES (1)", &[])?;
    let got = db
        .read(|outer| {
            let before = rows(outer, "SELECT a FROM c_nested", &[])?;
            let inside = db.read(|inner| rows(inner, "SELECT a + 1 FROM c_nested", &[]))?;
            let after = rows(outer, "SELECT a FROM c_nested", &[])?;
            Ok(format!("{before}{inside}{after}"))
        })
        .map_err(|error: Error| error.to_string())?;
    same("nested", &got, "121")
}

fn own_changes(db: &Db) -> Outcome {
    create(db, "c_own", "a INTEGER PRIMARY KEY")?;
    let got = db
        .write("contract: own", |sql| {
            run(sql, "INSERT INTO c_own VALUES (1)", &[])?;
            rows(sql, "SELECT count(*) FROM c_own", &[])
        })
        .map_err(|error: Error| error.to_string())?;
    same("own", &got, "1")
}

fn row_error(db: &Db) -> Outcome {
    create(db, "c_row_error", "a INTEGER PRIMARY KEY")?;
    works(db, "INSERT INTO c_row_error VALUES (1), (2), (3)", &[])?;
    let mut seen = 0;
    let failed: Result<u64, Error> = db.read(|sql| {
        sql.run("SELECT a FROM c_row_error", &[], &mut |_| {
            seen += 1;
            if seen == 2 { Err(Error::Shape("enough".into())) } else { Ok(()) }
        })
    });
    if failed != Err(Error::Shape("enough".into())) || seen != 2 {
        return Err(format!("{failed:?} after {seen} rows"));
    }
    expect(db, "SELECT count(*) FROM c_row_error", &[], "3")
}

fn queries(db: &Db) -> Outcome {
    let count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n";
    expect(db, count, &[], "1;2;3")?;
    expect(db, "SELECT value, row_number() OVER (ORDER BY value) FROM json_each('[7,5]')", &[], "5,1;7,2")
}

fn reads_do_not_write(db: &Db) -> Outcome {
    create(db, "c_read", "a INTEGER PRIMARY KEY")?;
    let wrote = db.read(|sql| run(sql, "INSERT INTO c_read VALUES (1)", &[]));
    if wrote.is_ok() {
        return Err("a read transaction wrote".into());
    }
    expect(db, "SELECT count(*) FROM c_read", &[], "0")
}
