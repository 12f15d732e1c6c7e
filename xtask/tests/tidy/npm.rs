//! The packages of npm: they build, serve and deploy the Worker, bundle the script of the pages, drive browsers, and hold
//! the API against its description.

use std::fs;

use serde_json::Value;

use crate::sources::{report, root};

const FOLDERS: [&str; 4] = ["crates/cloudflare", "crates/forge/web", "e2e/api", "e2e/browser"];

fn read(folder: &str, name: &str) -> Value {
    let path = root().join(folder).join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn npm_packages_are_pinned() {
    let mut findings = Vec::new();
    for folder in FOLDERS {
        let manifest = read(folder, "package.json");
        assert!(
            manifest.get("dependencies").is_none(),
            "{folder}: nothing from npm runs where people use it"
        );
        for (name, version) in manifest["devDependencies"].as_object().unwrap() {
            if !version.as_str().unwrap().chars().all(|c| c.is_ascii_digit() || c == '.') {
                findings.push(format!("{folder}: {name} {version}"));
            }
        }
    }
    report("name one version in package.json:", &findings);
}

#[test]
fn the_lock_files_of_npm_name_hashes_and_nobodys_mirror() {
    let mut findings = Vec::new();
    for folder in FOLDERS {
        let lock = read(folder, "package-lock.json");
        let packages = lock["packages"].as_object().unwrap().iter();
        for (path, package) in packages.filter(|(path, _)| !path.is_empty()) {
            if !package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")) {
                findings.push(format!("{folder}: {path} has no hash"));
            }
            if let Some(resolved) = package["resolved"].as_str()
                && !resolved.starts_with("https://registry.npmjs.org/")
            {
                findings.push(format!("{folder}: {path} comes from {resolved}"));
            }
        }
    }
    report("run npm in the folder, whose .npmrc leaves addresses out:", &findings);
}
