//! Statements and migrations against each other.

use std::path::Path;

use gitflare_db::{Db, check};

use crate::support::World;

#[tokio::test]
async fn every_statement_prepares_and_answers_what_its_row_reads() {
    let world = World::empty().await;
    let statements: Vec<_> = gitflare_forge::STATEMENTS.concat();
    assert!(statements.len() > 40);
    assert_eq!(check::prepare_all(world.host.file.file(), &statements), Vec::<String>::new());
}

#[tokio::test]
async fn the_schema_is_what_schema_sql_says() {
    let world = World::empty().await;
    let db = Db::new(world.host.file.file().clone());
    let schema = db.read(check::schema).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    if std::fs::read_to_string(folder.join("schema.sql")).unwrap_or_default() != schema {
        std::fs::write(folder.join("schema.sql.new"), schema).unwrap();
        panic!(
            "the migrations make another schema: compare migrations/schema.sql.new and rename it to schema.sql"
        );
    }
}

#[test]
fn migrations_are_numbered_without_gaps_and_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".sql") && name != "schema.sql")
        .collect();
    files.sort();
    let listed: Vec<String> =
        gitflare_forge::MIGRATIONS.iter().map(|migration| format!("{}.sql", migration.name)).collect();
    assert_eq!(files, listed);
    for (index, name) in listed.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", index + 1)), "{name}");
    }
}
