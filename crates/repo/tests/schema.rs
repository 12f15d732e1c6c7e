//! Every statement of the crate prepares against the migrated schema and has the columns its row reads.

use gitflare_db::{Db, check, migrate, sqlite::Sqlite};
use gitflare_repo::schema;
use std::sync::Arc;

#[test]
fn every_statement_prepares_and_has_the_columns_its_row_reads() {
    let sqlite = Arc::new(Sqlite::memory().unwrap());
    let db = Db::new(sqlite.clone());
    db.write("test: migrate", |sql| migrate::apply(sql, schema::MIGRATIONS)).unwrap();
    let statements: Vec<_> = schema::STATEMENTS.iter().flat_map(|list| list.iter().copied()).collect();
    assert!(statements.len() > 40);
    assert_eq!(check::prepare_all(&sqlite, &statements), Vec::<String>::new());
}
