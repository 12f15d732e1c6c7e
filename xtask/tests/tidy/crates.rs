//! Which crate may use which, and how many there are.

use std::fs;

use crate::sources::{self, files, report, root, words};

/// Style: what each crate may name among its dependencies. The walls hold because this list is short.
const MAY_USE: [(&str, &[&str]); 7] = [
    ("git", &["sha1dc", "sha1", "sha2", "flate2", "crc32fast"]),
    ("port", &["base64", "serde", "serde_json"]),
    ("db", &["futures-util", "rusqlite", "tokio", "worker", "wasm-bindgen"]),
    ("repo", &["gitflare-git", "gitflare-db", "gitflare-port", "serde", "serde_json", "hashbrown", "lru"]),
    (
        "forge",
        &[
            "gitflare-git",
            "gitflare-db",
            "gitflare-port",
            "axum",
            "http",
            "http-body",
            "http-body-util",
            "bytes",
            "tower-service",
            "maud",
            "comrak",
            "ammonia",
            "syntaxmate",
            "argon2",
            "sha2",
            "base64",
            "percent-encoding",
            "futures-util",
            "serde",
            "serde_json",
            "crc32fast",
        ],
    ),
    (
        "server",
        &[
            "gitflare-git",
            "gitflare-db",
            "gitflare-port",
            "gitflare-repo",
            "gitflare-forge",
            "axum",
            "http",
            "http-body",
            "http-body-util",
            "bytes",
            "tower",
            "tower-service",
            "futures-util",
            "serde",
            "serde_json",
            "percent-encoding",
            "crc32fast",
            "flate2",
            "base64",
            "sha2",
            "tokio",
            "hyper",
            "hyper-util",
            "clap",
            "tracing",
            "tracing-subscriber",
            "indicatif",
            "getrandom",
            "libc",
            "rustix",
            "gix-hash",
            "gix-odb",
            "gix-pack",
            "ureq",
            "rustls",
            "rustls-native-certs",
        ],
    ),
    (
        "cloudflare",
        &[
            "gitflare-git",
            "gitflare-db",
            "gitflare-port",
            "gitflare-repo",
            "gitflare-forge",
            "axum",
            "http",
            "http-body",
            "http-body-util",
            "bytes",
            "tower-service",
            "futures-util",
            "percent-encoding",
            "serde",
            "serde_json",
            "js-sys",
            "wasm-bindgen",
            "wasm-bindgen-futures",
            "web-sys",
            "worker",
        ],
    ),
];

/// Of `git`, the site sees names and what it needs to answer an advertisement, never an object or a pack.
const FORGE_SEES_OF_GIT: [&str; 8] =
    ["oid", "refname", "pktline", "advertise", "Oid", "ObjectFormat", "Error", "Result"];

/// Packages in Cargo.lock. Lower it when it shrinks; raising it needs a word in the commit.
const LOCKED_PACKAGES: usize = 355;

fn manifest(path: &str) -> toml::Table {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).parse().unwrap()
}

fn names(manifest: &toml::Table, section: &str) -> Vec<String> {
    let keys = |value: Option<&toml::Value>| -> Vec<String> {
        value.and_then(toml::Value::as_table).map(|table| table.keys().cloned().collect()).unwrap_or_default()
    };
    let mut names = keys(manifest.get(section));
    for target in
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values)
    {
        names.extend(keys(target.get(section)));
    }
    names
}

#[test]
fn every_crate_uses_only_what_it_may() {
    let mut findings = Vec::new();
    for (krate, allowed) in MAY_USE {
        let manifest = manifest(&format!("crates/{krate}/Cargo.toml"));
        for name in names(&manifest, "dependencies") {
            if !allowed.contains(&name.as_str()) {
                findings.push(format!("crates/{krate} depends on {name}"));
            }
        }
        for name in names(&manifest, "dev-dependencies") {
            if name.starts_with("gitflare-") && !allowed.contains(&name.as_str()) {
                findings.push(format!("crates/{krate} depends on {name} in its tests"));
            }
        }
    }
    report(
        "move the code to the crate that may (ARCHITECTURE.md, the map), or argue for the new arrow there and in \
            xtask/tests/tidy/crates.rs:",
        &findings,
    );
}

#[test]
fn every_crate_is_on_the_list() {
    let listed: Vec<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    let mut findings = Vec::new();
    for manifest in files(&root().join("crates"), "toml") {
        let name = manifest.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        if manifest.ends_with("Cargo.toml") && !listed.contains(&name.as_str()) {
            findings.push(name);
        }
    }
    report("say in xtask/tests/tidy/crates.rs what the new crate may use:", &findings);
}

#[test]
fn every_dependency_is_used() {
    let sources = sources::all();
    let mut findings = Vec::new();
    for (krate, _) in MAY_USE {
        let manifest = manifest(&format!("crates/{krate}/Cargo.toml"));
        let texts: Vec<_> = sources.iter().filter(|source| source.krate() == krate).collect();
        for section in ["dependencies", "dev-dependencies"] {
            for name in names(&manifest, section) {
                let ident = name.replace('-', "_");
                if !texts.iter().any(|source| words(&source.text).any(|word| word == ident)) {
                    findings.push(format!("crates/{krate}: {name}"));
                }
            }
        }
    }
    report("remove from Cargo.toml what no source names:", &findings);
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let bare = section.lines().filter(|line| {
        let is_ours = line.starts_with("gitflare-");
        line.contains(" = ") && !line.starts_with('#') && !is_ours && !line.contains(" # ")
    });
    let findings: Vec<String> = bare.map(str::to_owned).collect();
    report("end the line with `# ` and what the dependency is for:", &findings);
}

#[test]
fn the_site_sees_four_modules_of_git() {
    let mut findings = Vec::new();
    for source in sources::all().iter().filter(|source| source.krate() == "forge" && !source.is_test) {
        for (number, line) in source.shipped().lines().enumerate() {
            for named in line.split("gitflare_git::").skip(1) {
                // Either one path or `{a, b::c}`: the first word of each item counts.
                let items =
                    named.strip_prefix('{').map_or(named, |list| list.split('}').next().unwrap_or(list));
                let items: Vec<&str> =
                    if named.starts_with('{') { items.split(',').collect() } else { vec![items] };
                for first in items.iter().filter_map(|item| words(item).next()) {
                    if !FORGE_SEES_OF_GIT.contains(&first) {
                        findings.push(format!("{}:{}: gitflare_git::{first}", source.path, number + 1));
                    }
                }
            }
        }
    }
    report("objects and packs belong to `repo`; ask it through the port:", &findings);
}

#[test]
fn only_db_knows_the_target() {
    let mut findings = Vec::new();
    let manifests = files(&root().join("crates"), "toml").into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), text)
    });
    let sources = sources::all();
    let sources = sources.iter().filter(|source| source.krate() != "xtask");
    for (path, text) in sources.map(|source| (source.path.clone(), source.text.clone())).chain(manifests) {
        let is_db = path.starts_with("crates/db/");
        if !is_db
            && (text.contains("target_family") || text.contains("target_arch") || text.contains("cfg(unix)"))
        {
            findings.push(path);
        }
    }
    report(
        "what differs by host is handed in by the host; only crates/db has drivers side by side:",
        &findings,
    );
}

#[test]
fn the_lock_file_grows_on_purpose() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let packages = lock.matches("\n[[package]]").count();
    assert!(
        packages <= LOCKED_PACKAGES,
        "Cargo.lock holds {packages} packages, the ratchet says {LOCKED_PACKAGES}: do without the new one, or raise \
         LOCKED_PACKAGES and say in the commit what for"
    );
}

#[test]
fn the_tool_behind_the_worker_fits_its_library() {
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let version = |name: &str| {
        let packages = lock["package"].as_array().unwrap().iter();
        let versions: Vec<_> = packages.filter(|package| package["name"].as_str() == Some(name)).collect();
        assert_eq!(versions.len(), 1, "{name} should be there once");
        versions[0]["version"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        version("wasm-bindgen"),
        version("wasm-bindgen-cli-support"),
        "what compiles into the Worker and what makes its JavaScript must be of one version: set the latter's in the \
         root Cargo.toml to the former's in Cargo.lock"
    );
}

#[test]
fn natively_a_panic_costs_one_request() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(
        !manifest.contains("panic ="),
        "set the profile of the wasm build in xtask, for that build alone: with panic = \"abort\" in Cargo.toml one \
         request would end the native server"
    );
}
