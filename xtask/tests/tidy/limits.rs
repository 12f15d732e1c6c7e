//! What the documents say of limits is what the sources have.

use std::fs;

use crate::sources::{report, root};

/// The number behind a name in a text of Rust, from a place on.
fn number(text: &str, from: &str, name: &str) -> u64 {
    let text = text.split_once(from).unwrap().1;
    let value = text.split_once(name).unwrap().1.split([',', ';']).next().unwrap();
    let factors = value.trim().replace('_', "");
    match factors.split_once("<<") {
        Some((number, shift)) => {
            number.trim().parse::<u64>().unwrap() << shift.trim().parse::<u32>().unwrap()
        }
        None => factors.parse().unwrap(),
    }
}

/// With commas, as people read it.
fn said(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[test]
fn the_limits_of_a_push_to_the_worker_are_those_of_the_sources() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let limits = read("crates/repo/src/limits.rs");
    let durable = "pub const fn durable()";
    let mebibytes = |name: &str| format!("{} MiB", number(&limits, "Sizes", name) >> 20);
    let wanted = [
        format!(
            "{} objects, and {}",
            said(number(&limits, durable, "entries:")),
            said(number(&limits, durable, "links:"))
        ),
        format!(
            "{}; a tree {}, a commit or tag {}",
            mebibytes("OBJECT: u64 ="),
            mebibytes("TREE: u64 ="),
            mebibytes("COMMIT: u64 =")
        ),
    ];
    let page = read("docs/cloudflare.md");
    let missing: Vec<String> = wanted.into_iter().filter(|words| !page.contains(words)).collect();
    report("say it in the table of docs/cloudflare.md, \"Limits\":", &missing);
}
