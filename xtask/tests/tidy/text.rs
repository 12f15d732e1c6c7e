//! Rules about single files: length, docs, panics, markup.

use crate::sources::{self, report, root};

/// A file longer than this is two files.
const LINES: usize = 600;

/// Longer ones, each with its reason. The list only shrinks.
const LONGER: [(&str, &str); 0] = [];

/// Only these may claim that a text is safe markup.
const TRUSTED_MARKUP: [&str; 3] = ["ui/markdown.rs", "ui/highlight.rs", "ui/icon.rs"];

/// What the port may do besides being data: names of its functions.
const PORT_FUNCTIONS: [&str; 9] =
    ["encode", "decode", "name", "new", "from", "fmt", "default", "serialize", "deserialize"];

#[test]
fn no_file_is_over_600_lines() {
    let long = sources::all().into_iter().filter_map(|source| {
        let lines = source.text.lines().count();
        let is_listed = LONGER.iter().any(|(path, _)| *path == source.path);
        (lines > LINES && !is_listed).then(|| format!("{}: {lines} lines", source.path))
    });
    report("split the file by what it does, into `name.rs` and `name/`:", &long.collect::<Vec<_>>());
}

#[test]
fn every_file_says_what_it_is() {
    let silent = sources::all().into_iter().filter(|source| {
        let first = source.text.lines().find(|line| !line.starts_with("#!"));
        !first.is_some_and(|line| line.starts_with("//! "))
    });
    let findings: Vec<_> = silent.map(|source| source.path).collect();
    report("begin the file with `//! ` and a sentence on what it holds:", &findings);
}

#[test]
fn no_module_is_called_mod() {
    let old = sources::all().into_iter().filter(|source| source.path.ends_with("/mod.rs"));
    // Test crates need it: a file beside them would be a test crate of its own.
    let findings: Vec<_> =
        old.filter(|source| !source.path.contains("/tests/")).map(|source| source.path).collect();
    report("write `name.rs` beside `name/`:", &findings);
}

#[test]
fn input_cannot_panic() {
    let mut findings = Vec::new();
    for source in sources::all() {
        if !matches!(source.krate(), "git" | "repo" | "forge" | "port") {
            continue;
        }
        for (number, line) in source.shipped().lines().enumerate() {
            // `.expect(1)` of a bound statement is another thing; a message makes it a panic.
            let panics =
                [".unwrap()", ".expect(\"", ".expect(&format", "panic!(", "todo!(", "unimplemented!("];
            if let Some(found) = panics.iter().find(|panic| line.contains(*panic)) {
                findings.push(format!("{}:{}: {found}", source.path, number + 1));
            }
        }
    }
    report("return an error: in these crates everything comes from outside:", &findings);
}

#[test]
fn markup_is_trusted_in_three_places() {
    let mut findings = Vec::new();
    for source in sources::all().iter().filter(|source| source.krate() != "xtask") {
        let is_trusted = TRUSTED_MARKUP.iter().any(|path| source.path.ends_with(path));
        if !is_trusted && source.shipped().contains("PreEscaped") {
            findings.push(source.path.clone());
        }
    }
    report("let maud escape it, or render it in ui/markdown, ui/highlight or ui/icon:", &findings);
}

#[test]
fn the_port_is_plain_data() {
    let mut findings = Vec::new();
    for source in sources::all().iter().filter(|source| source.krate() == "port") {
        for (number, line) in source.shipped().lines().enumerate() {
            let Some(rest) = line.split("fn ").nth(1).filter(|_| line.contains("fn ")) else { continue };
            let name = sources::words(rest).next().unwrap_or_default();
            let is_encoding = name.starts_with("from_") || name.starts_with("to_") || name.starts_with("as_");
            if !is_encoding && !PORT_FUNCTIONS.contains(&name) {
                findings.push(format!("{}:{}: fn {name}", source.path, number + 1));
            }
        }
    }
    report("the port carries values; put the rule into `forge` or `repo`:", &findings);
}

#[test]
fn no_release_can_be_disarmed() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut findings = Vec::new();
    if manifest.contains("debug-assertions") {
        findings.push("Cargo.toml: a profile changes debug-assertions".to_owned());
    }
    for source in sources::all().into_iter().filter(|source| source.path.starts_with("crates/")) {
        let lines: Vec<&str> = source.text.lines().collect();
        let switches =
            ["pub fn disarm(", "::disarm;", "static DISARMED", "const DISARMED", "environment::DISARMED"];
        for (at, line) in
            lines.iter().enumerate().filter(|(_, line)| switches.iter().any(|it| line.contains(it)))
        {
            let before = at.checked_sub(1).and_then(|at| lines.get(at)).map_or("", |line| line.trim());
            if before != "#[cfg(debug_assertions)]" {
                findings.push(format!("{}:{}: {}", source.path, at + 1, line.trim()));
            }
        }
    }
    report("what takes the armour off stands behind #[cfg(debug_assertions)]:", &findings);
}
