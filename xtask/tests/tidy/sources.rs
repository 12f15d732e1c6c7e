//! Reading the workspace's own sources.

use std::fs;
use std::path::{Path, PathBuf};

/// One Rust source file.
pub(crate) struct Source {
    /// Path from the root of the workspace, with `/`.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
    /// Whether it holds tests or what tests use.
    pub(crate) is_test: bool,
}

impl Source {
    /// The crate it belongs to: `git`, `xtask`.
    pub(crate) fn krate(&self) -> &str {
        self.path.trim_start_matches("crates/").split('/').next().unwrap_or_default()
    }

    /// What ships: without comments, and without the tests at the end of the file.
    pub(crate) fn shipped(&self) -> String {
        if self.is_test {
            return String::new();
        }
        let mut lines = self.text.lines().peekable();
        let mut kept = String::new();
        while let Some(line) = lines.next() {
            let trimmed = line.trim_start();
            if line.starts_with("#[cfg(test)]") && lines.peek().is_some_and(|next| next.starts_with("mod ")) {
                match lines.peek() {
                    // `mod x;` names another file, and this one goes on.
                    Some(next) if next.ends_with(';') => lines.next(),
                    _ => break,
                };
            } else if trimmed.starts_with("//") {
                kept.push('\n');
            } else {
                kept.push_str(line);
                kept.push('\n');
            }
        }
        kept
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every Rust source of the workspace.
pub(crate) fn all() -> Vec<Source> {
    let paths = ["crates", "e2e", "xtask"].into_iter().flat_map(|folder| files(&root().join(folder), "rs"));
    let mut sources: Vec<Source> = paths.map(|path| read(&path)).collect();
    let test_modules: Vec<String> = sources.iter().flat_map(test_modules).collect();
    for source in &mut sources {
        let stem = source.path.trim_end_matches(".rs");
        source.is_test |=
            test_modules.iter().any(|module| stem == module || stem.starts_with(&format!("{module}/")));
    }
    assert!(sources.len() > 20, "the sources are not where this test looks for them");
    sources
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let path = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    let is_test = path.split('/').any(|part| matches!(part, "tests" | "examples" | "benches" | "tests.rs"));
    Source { path, text, is_test }
}

/// The files that `#[cfg(test)] mod name;` names, without `.rs`.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = match source.path.rsplit_once('/') {
        Some((folder, "lib.rs" | "main.rs")) => folder.to_owned(),
        _ => source.path.trim_end_matches(".rs").to_owned(),
    };
    let lines: Vec<&str> = source.text.lines().collect();
    let pairs = lines.windows(2).filter(|pair| pair[0].trim() == "#[cfg(test)]");
    pairs
        .filter_map(|pair| pair[1].trim().trim_start_matches("pub(crate) ").strip_prefix("mod "))
        .filter_map(|name| name.strip_suffix(';'))
        .map(|name| format!("{folder}/{name}"))
        .collect()
}

/// The files below a folder with this extension, in order of their names.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && path.file_name().is_none_or(|name| name != "node_modules" && name != "target") {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The words of a text that could be names in Rust or SQL.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Fails with all findings, each on its line, after what to do about them.
#[track_caller]
pub(crate) fn report(what_to_do: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{what_to_do}\n  {}", findings.join("\n  "));
}
