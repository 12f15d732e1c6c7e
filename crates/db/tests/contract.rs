//! The native driver keeps the contract.

use std::sync::Arc;

use gitflare_db::{
    Db, Site,
    contract::{CASES, SITE_CASES},
    sqlite::{Sqlite, SqliteSite},
};

#[test]
fn the_native_driver_keeps_the_contract() {
    let db = Db::new(Arc::new(Sqlite::memory().unwrap()));
    let mut failed = Vec::new();
    // Twice, because a case may meet what an earlier run left.
    for case in CASES.iter().chain(CASES).copied().flatten() {
        if let Err(text) = (case.run)(&db) {
            failed.push(format!("{}: {text}", case.name));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[tokio::test]
async fn the_native_site_driver_keeps_the_contract() {
    let site = Site::new(Arc::new(SqliteSite::memory().unwrap()));
    let mut failed = Vec::new();
    for case in SITE_CASES.iter().chain(SITE_CASES) {
        if let Err(text) = (case.run)(&site).await {
            failed.push(format!("{}: {text}", case.name));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
