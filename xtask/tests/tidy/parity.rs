//! `docs/parity.md` names a test for each promise; this looks whether that test exists and runs.

use std::fs;

use crate::sources::{self, report, root};

/// A row that a later issue will prove.
const PLANNED: &str = "planned:";

#[test]
fn every_promise_names_a_test_that_runs() {
    let page = fs::read_to_string(root().join("docs/parity.md")).unwrap();
    let sources = sources::all();
    let mut findings = Vec::new();
    let mut rows = 0;
    for (number, line) in page.lines().enumerate().filter(|(_, line)| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, native, cloudflare] = cells.as_slice() else {
            findings.push(format!("line {}: three cells: promise, native, cloudflare", number + 1));
            continue;
        };
        if *native == "native" || native.starts_with("---") {
            continue;
        }
        rows += 1;
        for cell in [native, cloudflare] {
            check_cell(cell, number + 1, &sources, &mut findings);
        }
    }
    assert!(rows > 20, "docs/parity.md has lost its rows");
    report("name a test that exists and runs, as `path/to/file.rs::test`, in docs/parity.md:", &findings);
}

fn check_cell(cell: &str, line: usize, sources: &[sources::Source], findings: &mut Vec<String>) {
    if cell.starts_with(PLANNED) {
        return;
    }
    let tests: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
    if tests.is_empty() {
        findings.push(format!("line {line}: no test named in {cell:?}"));
    }
    for test in tests {
        let Some((path, name)) = test.split_once("::") else {
            findings.push(format!("line {line}: {test} is not path::test"));
            continue;
        };
        let Some(source) = sources.iter().find(|source| source.path == path) else {
            findings.push(format!("line {line}: there is no {path}"));
            continue;
        };
        if let Err(reason) = runs(&source.text, name) {
            findings.push(format!("line {line}: {test} {reason}"));
        }
    }
}

/// Whether the text has a test of that name which is not ignored.
fn runs(text: &str, name: &str) -> Result<(), &'static str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let head = format!("fn {name}(");
    let Some(at) = lines.iter().position(|line| line.trim_start_matches("async ").starts_with(&head)) else {
        // proptest! puts its tests a level deeper, with the same words.
        return Err("does not exist");
    };
    let attributes: Vec<&&str> =
        lines[..at].iter().rev().take_while(|line| line.starts_with('#') || line.starts_with("//")).collect();
    if attributes.iter().any(|line| line.starts_with("#[ignore")) {
        return Err("is ignored");
    }
    if !attributes.iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test")) {
        return Err("is not a test");
    }
    Ok(())
}

#[test]
fn the_check_sees_what_is_missing_and_what_is_ignored() {
    let text = "#[test]\nfn a() {}\n#[test]\n#[ignore = \"slow\"]\nfn b() {}\nfn c() {}\n";
    assert_eq!(runs(text, "a"), Ok(()));
    assert_eq!(runs(text, "b"), Err("is ignored"));
    assert_eq!(runs(text, "c"), Err("is not a test"));
    assert_eq!(runs(text, "d"), Err("does not exist"));
}
