//! Where SQL stands: in constants, one owner for each table, migrations in order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::sources::{self, Source, files, report, root, words};

/// Who reads a table of another slice in a join, because a page or a decision has one round trip to the site's database.
const READERS: &[(&str, &[&str])] = &[
    ("account", &["collaborators", "moving", "office", "repositories", "tokens"]),
    ("account_name", &["collaborators", "repositories"]),
    ("applied_event", &["moving"]),
    ("collaborator", &["accounts", "repositories"]),
    ("invitation", &["collaborators"]),
    ("login_session", &["accounts", "office", "repositories"]),
    ("password_reset", &["accounts"]),
    ("repository", &["accounts", "collaborators", "moving", "office"]),
    ("setting", &["accounts"]),
    ("star", &["repositories"]),
    ("token", &["accounts", "office", "repositories"]),
];

/// The texts of the `statements!` blocks of a file.
fn statements(source: &Source) -> Vec<String> {
    let text = source.shipped();
    let mut blocks = Vec::new();
    let mut rest = text.as_str();
    // Columns that statements share are a macro beside them.
    while let Some(start) = ["statements! {", "macro_rules! "].iter().filter_map(|head| rest.find(head)).min()
    {
        let block = &rest[start..];
        // rustfmt leaves the closing brace alone on its line, at the depth of the macro.
        let end = block.find("\n}").map_or(block.len(), |end| end + 2);
        blocks.push(block[..end].to_owned());
        rest = &block[end..];
    }
    blocks
}

fn without_statements(source: &Source) -> String {
    let mut text = source.shipped();
    for block in statements(source) {
        text = text.replace(&block, &"\n".repeat(block.lines().count()));
    }
    text
}

#[test]
fn sql_is_a_constant() {
    let mut findings = Vec::new();
    for source in sources::all() {
        // The drivers speak to SQLite itself: pragmas, transactions, the table of migrations.
        if matches!(source.krate(), "db" | "xtask") || source.is_test {
            continue;
        }
        for (number, line) in without_statements(&source).lines().enumerate() {
            let sql = [
                "\"SELECT ",
                "\"INSERT ",
                "\"UPDATE ",
                "\"DELETE FROM",
                "\"CREATE TABLE",
                "\"PRAGMA ",
                "\"WITH ",
            ];
            let calls =
                [".run(\"", "Stmt::new(", ".execute(\"", ".all(\"", ".first(\"", ".one(\"", "text: \""];
            if let Some(found) = sql.iter().chain(&calls).find(|found| line.contains(*found)) {
                findings.push(format!("{}:{}: {found}", source.path, number + 1));
            }
        }
    }
    report(
        "declare it in the `statements!` of the module that owns the table, so that a test prepares it:",
        &findings,
    );
}

#[test]
fn a_table_is_written_by_one_slice() {
    let shared = slices_by_table(&|verb| matches!(verb, "INTO" | "UPDATE" | "DELETE FROM"));
    let shared = shared.iter().filter(|(_, slices)| slices.len() > 1);
    let findings: Vec<_> = shared.map(|(table, slices)| format!("{table}: {slices:?}")).collect();
    report("call the slice that owns the table instead of writing into it:", &findings);
}

#[test]
fn a_table_is_read_by_its_slice_and_those_listed() {
    let writers = slices_by_table(&|verb| matches!(verb, "INTO" | "UPDATE" | "DELETE FROM"));
    let readers = slices_by_table(&|verb| matches!(verb, "FROM" | "JOIN"));
    let mut findings = Vec::new();
    for (table, slices) in &readers {
        for slice in slices {
            let is_owner = writers.get(table).is_some_and(|owners| owners.contains(slice));
            let listed = READERS
                .iter()
                .find(|(listed, _)| listed == table)
                .is_some_and(|(_, who)| who.contains(&slice.as_str()));
            if !is_owner && !listed {
                findings.push(format!("{table}: {slice}"));
            }
        }
    }
    report("call the slice that owns the table, or list the join in xtask/tests/tidy/sql.rs:", &findings);
}

/// The slices of the site whose statements name each table behind a verb.
fn slices_by_table(wanted: &dyn Fn(&str) -> bool) -> BTreeMap<String, BTreeSet<String>> {
    let tables: BTreeSet<String> = created_tables("forge");
    let mut slices: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources::all().iter().filter(|source| source.krate() == "forge") {
        let slice = source.path.trim_start_matches("crates/forge/src/").trim_end_matches(".rs");
        let slice = slice.split('/').next().unwrap_or_default();
        for block in statements(source) {
            let words: Vec<&str> = words(&block).collect();
            for triple in words.windows(3).filter(|triple| tables.contains(triple[2])) {
                let verb = if triple[..2] == ["DELETE", "FROM"] { "DELETE FROM" } else { triple[1] };
                if wanted(verb) {
                    slices.entry(triple[2].to_owned()).or_default().insert(slice.to_owned());
                }
            }
        }
    }
    slices
}

fn created_tables(krate: &str) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    for path in files(&root().join("crates").join(krate).join("migrations"), "sql") {
        let text = fs::read_to_string(path).unwrap();
        for rest in text.split("CREATE TABLE ").skip(1) {
            tables.extend(words(rest).next().map(str::to_owned));
        }
    }
    tables
}

#[test]
fn every_statement_is_listed_for_the_test_that_prepares_them() {
    let mut findings = Vec::new();
    for (krate, list) in [("repo", "crates/repo/src/schema.rs"), ("forge", "crates/forge/src/lib.rs")] {
        let list = fs::read_to_string(root().join(list)).unwrap();
        for source in sources::all().iter().filter(|source| source.krate() == krate) {
            if !source.shipped().contains("statements! {") {
                continue;
            }
            let module =
                source.path.split_once("/src/").unwrap().1.trim_end_matches(".rs").replace('/', "::");
            if !list.contains(&format!("{module}::STATEMENTS")) {
                findings.push(format!("{}: {module}::STATEMENTS", source.path));
            }
        }
    }
    report("add it to the list in repo's schema.rs or forge's lib.rs:", &findings);
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let mut findings = Vec::new();
    for krate in ["repo", "forge"] {
        let migrations = files(&root().join("crates").join(krate).join("migrations"), "sql");
        let names = migrations.iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
        for (index, name) in names.filter(|name| name != "schema").enumerate() {
            if !name.starts_with(&format!("{:04}_", index + 1)) {
                findings
                    .push(format!("crates/{krate}/migrations/{name}.sql should be number {:04}", index + 1));
            }
        }
    }
    report("migrations are append-only and numbered 0001, 0002, …:", &findings);
}

#[test]
fn tables_are_strict() {
    let mut findings = Vec::new();
    for krate in ["repo", "forge"] {
        for path in files(&root().join("crates").join(krate).join("migrations"), "sql") {
            let text = fs::read_to_string(&path).unwrap();
            for statement in text.split("CREATE TABLE ").skip(1) {
                let name = words(statement).next().unwrap_or_default();
                let end = statement.split(';').next().unwrap_or_default();
                if !words(end).any(|word| word == "STRICT") {
                    findings.push(format!("{}: {name}", path.display()));
                }
            }
        }
    }
    report("end the table with STRICT:", &findings);
}
