//! The native driver beyond the contract: files, threads, panics.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use gitflare_db::{
    Db, Error, Sql,
    sqlite::{Options, Sqlite},
};

fn run(sql: &dyn Sql, text: &str) -> Result<u64, Error> {
    sql.run(text, &[], &mut |_| Ok(()))
}

fn count(sql: &dyn Sql) -> Result<i64, Error> {
    let mut found = 0;
    sql.run("SELECT count(*) FROM t", &[], &mut |row| {
        if let gitflare_db::ValueRef::Int(n) = row.get(0)? {
            found = n;
        }
        Ok(())
    })?;
    Ok(found)
}

#[test]
fn a_panic_rolls_back_and_leaves_the_database_usable() {
    let db = Db::new(Arc::new(Sqlite::memory().unwrap()));
    db.write("create", |sql| run(sql, "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        db.write("panic", |sql| -> Result<(), Error> {
            run(sql, "INSERT INTO t VALUES (1)")?;
            sql.run("SELECT a FROM t", &[], &mut |_| panic!("on purpose"))?;
            Ok(())
        })
    }));
    assert!(panicked.is_err());
    db.write("after", |sql| run(sql, "INSERT INTO t VALUES (2)")).unwrap();
    assert_eq!(db.read(count).unwrap(), 1);
}

#[test]
fn a_reader_sees_one_state_while_others_write() {
    let db = Db::new(Arc::new(Sqlite::memory().unwrap()));
    db.write("create", |sql| run(sql, "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")).unwrap();
    db.read(|sql| {
        assert_eq!(count(sql)?, 0);
        db.write("insert", |sql| run(sql, "INSERT INTO t VALUES (1)"))?;
        assert_eq!(count(sql)?, 0);
        assert_eq!(db.read(count)?, 1);
        Ok::<_, Error>(())
    })
    .unwrap();
}

#[test]
fn a_write_inside_a_write_is_refused_and_a_write_inside_a_read_transaction_too() {
    let db = Db::new(Arc::new(Sqlite::memory().unwrap()));
    db.write("create", |sql| run(sql, "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")).unwrap();
    let nested: Result<(), Error> = db.write("outer", |_| db.write("inner", |_| Ok::<_, Error>(())));
    assert!(matches!(nested, Err(Error::Driver(_))), "{nested:?}");
    let written = db.read(|sql| run(sql, "INSERT INTO t VALUES (1)"));
    assert!(matches!(written, Err(Error::Driver(_))), "{written:?}");
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    for expected in 0..3 {
        let db = Db::new(Arc::new(Sqlite::open(&path, Options::default()).unwrap()));
        if expected == 0 {
            db.write("create", |sql| run(sql, "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")).unwrap();
        }
        assert_eq!(db.read(count).unwrap(), expected);
        db.write("insert", |sql| run(sql, "INSERT INTO t DEFAULT VALUES")).unwrap();
    }
}

#[test]
fn a_copy_holds_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let file = Arc::new(Sqlite::open(folder.path().join("a.db"), Options::default()).unwrap());
    let db = Db::new(Arc::<Sqlite>::clone(&file));
    db.write("create", |sql| run(sql, "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")).unwrap();
    db.write("insert", |sql| {
        run(sql, "INSERT INTO t VALUES (7)")?;
        // Not committed yet, so not in the copy.
        file.copy_to(&folder.path().join("early.db"))
    })
    .unwrap();
    file.copy_to(&folder.path().join("late.db")).unwrap();
    assert!(file.copy_to(&folder.path().join("late.db")).is_err());
    for (name, expected) in [("early.db", 0), ("late.db", 1)] {
        let copy = Db::new(Arc::new(Sqlite::open(folder.path().join(name), Options::default()).unwrap()));
        assert_eq!(copy.read(count).unwrap(), expected, "{name}");
    }
}

#[test]
fn threads_read_and_write_at_once() {
    let db = Db::new(Arc::new(Sqlite::memory().unwrap()));
    db.write("create", |sql| run(sql, "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    // Two rows a transaction: no reader ever sees an odd number.
                    db.write("insert", |sql| {
                        run(sql, "INSERT INTO t DEFAULT VALUES")?;
                        run(sql, "INSERT INTO t DEFAULT VALUES")
                    })
                    .unwrap();
                }
            });
            scope.spawn(|| {
                for _ in 0..100 {
                    let (first, second) = db.read(|sql| Ok::<_, Error>((count(sql)?, count(sql)?))).unwrap();
                    assert_eq!((first, first % 2), (second, 0));
                }
            });
        }
    });
    assert_eq!(db.read(count).unwrap(), 800);
}

#[test]
fn a_transaction_that_sqlite_ended_is_not_taken_for_committed() {
    let db = Db::new(Arc::new(Sqlite::memory().unwrap()));
    db.write("create", |sql| run(sql, "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")).unwrap();
    let outcome = db.write("swallows", |sql| {
        run(sql, "INSERT INTO t VALUES (1)")?;
        let _ = run(sql, "INSERT OR ROLLBACK INTO t VALUES (1)");
        let _ = run(sql, "INSERT INTO t VALUES (2)");
        Ok::<_, Error>(())
    });
    assert!(matches!(outcome, Err(Error::Driver(_))), "{outcome:?}");
    assert_eq!(db.read(count).unwrap(), 0);
}
