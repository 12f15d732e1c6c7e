//! Rules for what we depend on: licences, sources, bans, and how many versions of the same crate.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::host::{self, Result};

/// Licences that ask for no more than their text beside the binary; MPL asks it of its own, unchanged, files alone.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// Where crates may come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Never, and why.
const BANNED: [(&str, &str); 4] = [
    ("git2", "the engine is ours"),
    ("libgit2-sys", "the engine is ours"),
    ("openssl-sys", "a proxy ends TLS; nothing here links a system library"),
    ("native-tls", "a proxy ends TLS; nothing here links a system library"),
];

/// Crates that are there in more than one version. Lower it when it shrinks; raising it needs a word in the commit.
const DUPLICATES: usize = 11;

/// Fails with every broken rule.
pub(crate) fn check() -> Result<()> {
    let metadata = host::output(&mut host::cargo(["metadata", "--format-version", "1", "--locked"]))?;
    let metadata: Value = serde_json::from_slice(&metadata)?;
    let packages = metadata.get("packages").and_then(Value::as_array).ok_or("cargo metadata: no packages")?;
    let mut findings: Vec<String> = packages.iter().filter_map(finding).collect();
    findings.extend(too_many_versions(packages));
    if findings.is_empty() { Ok(()) } else { Err(findings.join("\n  ").into()) }
}

fn finding(package: &Value) -> Option<String> {
    let text = |key: &str| package.get(key).and_then(Value::as_str).unwrap_or_default();
    // No source: one of our own.
    let source = package.get("source").and_then(Value::as_str)?;
    let name = text("name");
    if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| *banned == name) {
        return Some(format!("{name} is banned: {reason}"));
    }
    if source != REGISTRY {
        return Some(format!("{name} comes from {source}: only crates.io, so that a build can be repeated"));
    }
    let license = text("license");
    (!permitted(license))
        .then(|| format!("{name}: licence `{license}` is not on the list in xtask/src/dependencies.rs"))
}

fn too_many_versions(packages: &[Value]) -> Option<String> {
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for name in packages.iter().filter_map(|package| package.get("name").and_then(Value::as_str)) {
        *versions.entry(name).or_default() += 1;
    }
    let repeated: Vec<&str> =
        versions.iter().filter(|(_, count)| **count > 1).map(|(name, _)| *name).collect();
    (repeated.len() > DUPLICATES).then(|| {
        format!(
            "{} crates in several versions, at most {DUPLICATES}: {}",
            repeated.len(),
            repeated.join(", ")
        )
    })
}

/// Whether an SPDX expression can be met with the list: one of each `OR`, all of each `AND`.
fn permitted(expression: &str) -> bool {
    // Old manifests write `/` for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words };
    let met = parser.any();
    met && parser.words.is_empty()
}

struct Parser<'a> {
    words: &'a [&'a str],
}

impl Parser<'_> {
    fn any(&mut self) -> bool {
        let mut met = self.all();
        while self.take("OR") {
            met |= self.all();
        }
        met
    }

    fn all(&mut self) -> bool {
        let mut met = self.one();
        while self.take("AND") {
            met &= self.one();
        }
        met
    }

    fn one(&mut self) -> bool {
        if self.take("(") {
            let met = self.any();
            return self.take(")") && met;
        }
        let Some((name, rest)) = self.words.split_first() else { return false };
        self.words = rest;
        if !self.take("WITH") {
            return LICENCES.contains(name);
        }
        let Some((exception, rest)) = self.words.split_first() else { return false };
        self.words = rest;
        LICENCES.contains(&format!("{name} WITH {exception}").as_str())
    }

    fn take(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((first, rest)) if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_expressions() {
        assert!(permitted("MIT"));
        assert!(permitted("GPL-3.0 OR MIT"));
        assert!(permitted("MIT/Apache-2.0"));
        assert!(permitted("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(permitted("Apache-2.0 WITH LLVM-exception"));
        assert!(!permitted("MIT AND GPL-3.0"));
        assert!(!permitted("GPL-3.0"));
        assert!(!permitted(""));
        assert!(!permitted("MIT )"));
    }
}
