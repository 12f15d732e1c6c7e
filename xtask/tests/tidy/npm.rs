//! The packages that build, serve and deploy the Worker.

use std::fs;

use serde_json::Value;

use crate::sources::{report, root};

fn read(name: &str) -> Value {
    let path = root().join("crates/cloudflare").join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn npm_packages_are_pinned() {
    let manifest = read("package.json");
    assert!(manifest.get("dependencies").is_none(), "nothing from npm runs in the Worker");
    let packages = manifest["devDependencies"].as_object().unwrap();
    let loose = packages
        .iter()
        .filter(|(_, version)| !version.as_str().unwrap().chars().all(|c| c.is_ascii_digit() || c == '.'));
    let findings: Vec<String> = loose.map(|(name, version)| format!("{name} {version}")).collect();
    report("name one version in crates/cloudflare/package.json:", &findings);
}

#[test]
fn the_lock_file_of_npm_names_hashes_and_nobodys_mirror() {
    let lock = read("package-lock.json");
    let mut findings = Vec::new();
    for (path, package) in lock["packages"].as_object().unwrap().iter().filter(|(path, _)| !path.is_empty()) {
        if !package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")) {
            findings.push(format!("{path} has no hash"));
        }
        if let Some(resolved) = package["resolved"].as_str()
            && !resolved.starts_with("https://registry.npmjs.org/")
        {
            findings.push(format!("{path} comes from {resolved}"));
        }
    }
    report("run npm in crates/cloudflare, whose .npmrc leaves addresses out:", &findings);
}
