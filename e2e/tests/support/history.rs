//! Histories to push, written by `git fast-import` in one go.

use std::io::Write as _;

use super::local::{Local, write_commit, write_file};

/// A little of everything: branches, a merge, an octopus merge, annotated and nested tags, folders, an executable, a
/// symbolic link, a submodule, and a file that changed often enough to be deltas.
pub(crate) fn everything(local: &Local) -> Local {
    let mut stream = Vec::new();
    let mut lines: Vec<String> =
        (0..400).map(|n| format!("line {n} of a file that changes a little\n")).collect();
    for round in 0..12 {
        lines[round * 30] = format!("round {round}\n");
        let from = if round == 0 { Vec::new() } else { vec![format!(":{round}")] };
        write_commit(&mut stream, "refs/heads/main", round + 1, &format!("round {round}"), &from);
        write_file(&mut stream, "100644", "README.md", lines.concat().as_bytes());
        write_file(&mut stream, "100644", "src/deep/file.txt", format!("{round}\n").as_bytes());
        write_file(&mut stream, "100755", "src/run.sh", format!("#!/bin/sh\necho {round}\n").as_bytes());
    }
    write_commit(&mut stream, "refs/heads/main", 13, "a link and a submodule", &[":12".into()]);
    write_file(&mut stream, "120000", "link", b"README.md");
    stream.extend(b"M 160000 0123456789012345678901234567890123456789 module\n");
    for (mark, name, from) in [(14, "topic", ":9"), (15, "second", ":10"), (16, "third", ":11")] {
        write_commit(&mut stream, &format!("refs/heads/{name}"), mark, name, &[from.into()]);
        write_file(&mut stream, "100644", name, format!("{name}\n").as_bytes());
    }
    write_commit(&mut stream, "refs/heads/main", 17, "merge", &[":13".into(), ":14".into()]);
    write_file(&mut stream, "100644", "topic", b"topic\n");
    let parents = [17, 14, 15, 16].map(|mark| format!(":{mark}"));
    write_commit(&mut stream, "refs/heads/main", 18, "octopus", &parents);
    for name in ["second", "third"] {
        write_file(&mut stream, "100644", name, format!("{name}\n").as_bytes());
    }
    write_commit(&mut stream, "refs/heads/main", 19, "last", &[":18".into()]);
    write_file(&mut stream, "100644", "last", b"last\n");
    write_tag(&mut stream, "v1", 20, ":12", "one");
    write_tag(&mut stream, "nested", 21, ":20", "a tag of a tag");
    stream.extend(b"reset refs/tags/light\nfrom :5\n");
    local.import(&stream);
    local.clone()
}

fn write_tag(stream: &mut Vec<u8>, name: &str, mark: usize, from: &str, message: &str) {
    writeln!(stream, "tag {name}\nmark :{mark}\nfrom {from}").unwrap();
    writeln!(stream, "tagger Ada <ada@example.org> 1700000000 +0000\ndata {}\n{message}", message.len())
        .unwrap();
}

/// A line of this many commits on `main`.
pub(crate) fn line(local: &Local, commits: usize) {
    let mut stream = Vec::new();
    for n in 1..=commits {
        let from = if n == 1 { Vec::new() } else { vec![format!(":{}", n - 1)] };
        write_commit(&mut stream, "refs/heads/main", n, &format!("commit {n}"), &from);
        write_file(&mut stream, "100644", "file", format!("{n}\n").as_bytes());
        write_file(&mut stream, "100644", &format!("folder{}/file", n % 5), format!("{n}\n").as_bytes());
    }
    local.import(&stream);
}

/// This many branches, each with a commit of its own on top of `main`. Their names and ids.
pub(crate) fn many_branches(local: &Local, branches: usize) -> Vec<(String, String)> {
    let mut stream = Vec::new();
    for n in 1..=branches {
        // One ref for all: a file for each would take longer than everything else.
        write_commit(&mut stream, "refs/import", n, &format!("branch {n}"), &["refs/heads/main^0".into()]);
    }
    let marks = local.import_with_marks(&stream);
    local.git(["update-ref", "-d", "refs/import"]);
    local.packed(marks.into_iter().enumerate().map(|(n, id)| (format!("refs/heads/many/{n:05}"), id)))
}

/// Bytes that do not compress.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    noise_of(1, length)
}

/// The same; of another seed they are others, and have nothing in common.
pub(crate) fn noise_of(seed: u64, length: usize) -> Vec<u8> {
    // Neighbouring seeds would begin alike.
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    std::iter::repeat_with(byte).take(length).collect()
}
