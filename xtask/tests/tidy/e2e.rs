//! The end-to-end suite sees the product from outside, and skips nothing without a reason that is written down.

use std::fs;

use crate::sources::{self, report, root};

/// The hosts a test can be skipped on.
const HOSTS: [&str; 2] = ["native", "cloudflare"];

fn manifest(name: &str) -> toml::Table {
    fs::read_to_string(root().join("e2e").join(name)).unwrap().parse().unwrap()
}

#[test]
fn the_suite_knows_no_crate_of_the_product() {
    let manifest = manifest("Cargo.toml");
    let sections = ["dependencies", "dev-dependencies"];
    let named = sections.iter().filter_map(|section| manifest.get(*section)?.as_table());
    let ours: Vec<String> =
        named.flat_map(toml::Table::keys).filter(|name| name.starts_with("gitflare-")).cloned().collect();
    report("speak HTTP and git to the host: what is tested from outside is what users get:", &ours);
}

#[test]
fn no_script_skips_itself() {
    let scripts = sources::all().into_iter().filter(|source| source.krate() == "e2e");
    let findings: Vec<_> =
        scripts.filter(|source| source.text.contains("#[ignore")).map(|source| source.path).collect();
    report(
        "list it in e2e/platform.toml with the host and the reason, so that the run counts it:",
        &findings,
    );
}

#[test]
fn what_is_skipped_exists_and_has_a_reason() {
    let list = manifest("platform.toml");
    let sources = sources::all();
    let mut findings = Vec::new();
    for skip in list.get("skip").and_then(toml::Value::as_array).into_iter().flatten() {
        let field = |name: &str| skip.get(name).and_then(toml::Value::as_str).unwrap_or_default();
        let (module, test) = field("test").rsplit_once("::").unwrap_or_default();
        let path = format!("e2e/tests/{}.rs", module.replace("::", "/"));
        let exists =
            sources.iter().any(|source| source.path == path && source.text.contains(&format!("fn {test}()")));
        if !exists {
            findings.push(format!("{}: there is no such test", field("test")));
        }
        if !HOSTS.contains(&field("host")) {
            findings.push(format!("{}: the host is native or cloudflare", field("test")));
        }
        if field("reason").len() < 20 {
            findings.push(format!("{}: say why the platform cannot do it", field("test")));
        }
    }
    report("in e2e/platform.toml:", &findings);
}
