//! The migrations of a repository's database, and every statement made against it.

use gitflare_db::{Checked, migrate::Migration};

/// In order; names are recorded in the database.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_files", sql: include_str!("../migrations/0001_files.sql") },
    Migration { name: "0002_packs", sql: include_str!("../migrations/0002_packs.sql") },
    Migration { name: "0003_refs", sql: include_str!("../migrations/0003_refs.sql") },
    Migration { name: "0004_replies", sql: include_str!("../migrations/0004_replies.sql") },
    Migration { name: "0005_entries", sql: include_str!("../migrations/0005_entries.sql") },
];

/// Every statement, by module.
pub const STATEMENTS: &[&[Checked]] = &[
    crate::files::STATEMENTS,
    crate::state::STATEMENTS,
    crate::packs::STATEMENTS,
    crate::index::STATEMENTS,
    crate::index::cursor::STATEMENTS,
    crate::refs::STATEMENTS,
    crate::reflog::STATEMENTS,
    crate::commits::STATEMENTS,
    crate::graph::STATEMENTS,
    crate::entries::STATEMENTS,
    crate::outbox::STATEMENTS,
    crate::replies::STATEMENTS,
    crate::moving::STATEMENTS,
];
