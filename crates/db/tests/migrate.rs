//! Migrations, the checks of statements, and injected faults, on the native driver.

use std::sync::Arc;

use gitflare_db::{
    Db, Driver, Error, Site, Value,
    check::{prepare_all, schema},
    fault::{Fault, Plan},
    migrate::{Migration, apply, apply_site},
    sqlite::{Sqlite, SqliteSite},
};

const FIRST: Migration = Migration {
    name: "0001_note",
    sql: "-- notes; of people\nCREATE TABLE note (\n  id INTEGER PRIMARY KEY,\n  text TEXT NOT NULL DEFAULT ';'\n) STRICT;\n\
        CREATE INDEX note_text ON note (text);",
};
const SECOND: Migration = Migration {
    name: "0002_search",
    sql: "CREATE VIRTUAL TABLE note_search USING fts5(text);\n\
        CREATE TRIGGER note_added AFTER INSERT ON note BEGIN\n\
          INSERT INTO note_search (rowid, text) VALUES (new.id, new.text);\n\
        END;",
};
const BROKEN: Migration =
    Migration { name: "0002_broken", sql: "CREATE TABLE a (b TEXT) STRICT; CREATE nonsense" };

fn database() -> Result<(Arc<Sqlite>, Db), Error> {
    let file = Arc::new(Sqlite::memory()?);
    let db = Db::new(Arc::<Sqlite>::clone(&file));
    Ok((file, db))
}

fn migrate(db: &Db, migrations: &[Migration]) -> Result<(), Error> {
    db.write("migrate", |sql| apply(sql, migrations))
}

#[test]
fn migrations_run_once_and_in_order() {
    let (_, db) = database().unwrap();
    migrate(&db, &[FIRST]).unwrap();
    migrate(&db, &[FIRST, SECOND]).unwrap();
    migrate(&db, &[FIRST, SECOND]).unwrap();
    db.write("insert", |sql| sql.run("INSERT INTO note (text) VALUES ('hello')", &[], &mut |_| Ok(())))
        .unwrap();
    let found = "SELECT rowid FROM note_search WHERE note_search MATCH 'hello'";
    let mut rows = 0;
    db.read(|sql| {
        sql.run(found, &[], &mut |_| {
            rows += 1;
            Ok(())
        })
    })
    .unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_newer_database_is_refused() {
    let (_, db) = database().unwrap();
    migrate(&db, &[FIRST, SECOND]).unwrap();
    assert_eq!(migrate(&db, &[FIRST]), Err(Error::Newer("0002_search".into())));
}

#[test]
fn a_broken_migration_leaves_nothing() {
    let (_, db) = database().unwrap();
    migrate(&db, &[FIRST]).unwrap();
    let before = db.read(schema).unwrap();
    let Err(Error::Driver(text)) = migrate(&db, &[FIRST, BROKEN]) else { panic!("was accepted") };
    assert!(text.starts_with("migration 0002_broken: "), "{text}");
    assert_eq!(db.read(schema).unwrap(), before);
    migrate(&db, &[FIRST, SECOND]).unwrap();
}

#[tokio::test]
async fn the_site_migrates_in_batches() {
    let site = Site::new(Arc::new(SqliteSite::memory().unwrap()));
    apply_site(&site, &[FIRST]).await.unwrap();
    let Err(Error::Driver(text)) = apply_site(&site, &[FIRST, BROKEN]).await else { panic!("was accepted") };
    assert!(text.starts_with("migration 0002_broken: "), "{text}");
    apply_site(&site, &[FIRST, SECOND]).await.unwrap();
    assert_eq!(apply_site(&site, &[FIRST]).await, Err(Error::Newer("0002_search".into())));
}

#[tokio::test]
async fn racing_site_migrations_agree() {
    let site = Site::new(Arc::new(SqliteSite::memory().unwrap()));
    let both = [FIRST, SECOND];
    let (one, two) = tokio::join!(apply_site(&site, &both), apply_site(&site, &both));
    one.unwrap();
    two.unwrap();
}

#[test]
fn the_schema_is_text_without_what_fts5_makes() {
    let (_, db) = database().unwrap();
    migrate(&db, &[FIRST, SECOND]).unwrap();
    let text = db.read(schema).unwrap();
    let starts: Vec<&str> = text.split("\n\n").map(|entry| entry.split(" (").next().unwrap_or("")).collect();
    assert_eq!(starts[..2], ["CREATE TABLE migration", "CREATE TABLE note"]);
    assert!(text.contains("CREATE INDEX note_text ON note (text);\n\nCREATE TRIGGER note_added"), "{text}");
    assert!(!text.contains("note_search_data"), "{text}");
    assert!(text.ends_with(";\n"), "{text}");
}

mod statements {
    gitflare_db::row! {
        pub struct Note { pub id: i64, pub text: String }
    }
    gitflare_db::statements! {
        pub GOOD: Note = "SELECT id, text FROM note WHERE id = ?";
        pub TUPLE: (i64,) = "SELECT count(*) FROM note";
        pub ADD: () = "INSERT INTO note (text) VALUES (?)";
        pub WRONG_NAME: Note = "SELECT id, text AS body FROM note";
        pub WRONG_TABLE: Note = "SELECT id, text FROM notes";
        pub TOO_FEW: (i64, i64) = "SELECT id FROM note";
        pub REFUSED: (String,) = "SELECT sqlite_version()";
        pub UNREAD: () = "SELECT id FROM note";
    }
}

#[test]
fn statements_are_checked_against_the_schema() {
    let (file, db) = database().unwrap();
    migrate(&db, &[FIRST]).unwrap();
    let complaints = prepare_all(&file, statements::STATEMENTS);
    let names: Vec<&str> = complaints.iter().map(|line| line.split(':').next().unwrap_or("")).collect();
    assert_eq!(names, ["WRONG_NAME", "WRONG_TABLE", "TOO_FEW", "REFUSED", "UNREAD"], "{complaints:#?}");
    assert_eq!(complaints[0], "WRONG_NAME: answers [\"id\", \"body\"], its row reads [\"id\", \"text\"]");
    let _ = (statements::GOOD, statements::TUPLE, statements::ADD);
}

#[test]
fn an_injected_fault_at_any_statement_leaves_nothing_half_done() {
    let (file, db) = database().unwrap();
    migrate(&db, &[FIRST]).unwrap();
    let inner: Arc<dyn Driver> = file;
    let two_rows = |db: &Db| {
        db.write("two rows", |sql| {
            sql.execute(&statements::ADD, &["a".into()])?;
            sql.execute(&statements::ADD, &["b".into()])
        })
    };
    let count = |db: &Db| db.read(|sql| sql.one(&statements::TUPLE, &[])).unwrap();
    for plan in [Plan::Fail(1), Plan::Fail(2), Plan::FailOnce(1), Plan::FailOnce(2), Plan::FailCommit(1)] {
        let faulty = Fault::new(Arc::clone(&inner), plan);
        assert!(two_rows(&faulty.db()).is_err(), "{plan:?}");
        assert_eq!(count(&db), (0,), "{plan:?}");
    }
    let counting = Fault::new(inner, Plan::Never);
    two_rows(&counting.db()).unwrap();
    counting.db().read(|sql| sql.all(&statements::GOOD, &[Value::Int(1)])).unwrap();
    let counts = counting.counters().reset();
    assert_eq!((counts.statements, counts.rows, counts.bytes, counts.reads, counts.writes), (3, 1, 1, 1, 1));
    assert_eq!(count(&db), (2,));
}
