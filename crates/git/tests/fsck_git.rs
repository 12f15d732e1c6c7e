//! The object checks against real git: the same ids for crafted and for mutated objects.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "fsck/cases.rs"]
mod cases;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use gitflare_git::fsck::{Fsck, Policy};
use gitflare_git::hash::hash_object;
use gitflare_git::{Kind, ObjectFormat, Oid};

const FORMAT: ObjectFormat = ObjectFormat::Sha1;

/// A repeatable source of numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> (String, String) {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .envs([("LC_ALL", "C"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "--bare", "."], b"");
    folder
}

fn ours(kind: Kind, data: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let oid = Oid::zero(FORMAT);
    Fsck::new(FORMAT, Policy::strict()).check(kind, &oid, data, &mut found);
    found.iter().map(|finding| format!("{}: {}", finding.id, finding.text)).collect()
}

/// What git says before it writes such an object: all it has to say of a tree, else the first thing.
fn theirs(folder: &Path, kind: Kind, data: &[u8]) -> Vec<String> {
    let (_, errors) = git(folder, &["hash-object", "-t", kind.name(), "--stdin"], data);
    let messages = errors.lines().filter_map(|line| line.strip_prefix("error: object fails fsck: "));
    // That the crafted trees' blobs are not there is not the matter here.
    messages.filter(|message| !message.contains("Missing: unable to read")).map(str::to_owned).collect()
}

fn compare(folder: &Path, kind: Kind, data: &[u8]) {
    let mut ours = ours(kind, data);
    let mut theirs = theirs(folder, kind, data);
    let shown = String::from_utf8_lossy(data);
    match kind {
        Kind::Tree => {
            // git gives up on a malformed tree before it has compared the last good entry.
            if theirs.iter().any(|message| message.starts_with("badTree")) {
                assert!(
                    ours.iter().any(|message| message.starts_with("badTree")),
                    "{ours:?} {theirs:?} {shown:?}"
                );
                return;
            }
            for list in [&mut ours, &mut theirs] {
                list.sort();
                list.dedup();
            }
        }
        // Here git stops at a message that only informs, too.
        _ => ours.truncate(1),
    }
    if !ours.first().is_some_and(|text| text.starts_with("badTagName")) {
        assert_eq!(ours, theirs, "{shown:?}");
    } else {
        assert_eq!(theirs.len(), 1, "{shown:?}");
        assert!(theirs[0].starts_with("badTagName"), "{theirs:?} {shown:?}");
    }
}

fn mutate(dice: &mut Dice, data: &mut Vec<u8>) {
    const PIECES: [&[u8]; 14] = [
        b"\0", b"\n", b" ", b"<", b">", b"0", b"9", b"-", b"/", b"tag ", b"\n\n", b"parent ", b"author ",
        b"..",
    ];
    let at = dice.below(data.len() + 1);
    let end = data.len().min(at + dice.below(6));
    match dice.below(5) {
        0 => drop(data.drain(at..end)),
        1 => drop(data.splice(at..at, dice.pick(&PIECES).iter().copied())),
        2 => drop(data.splice(at..end, dice.pick(&PIECES).iter().copied())),
        3 => {
            let copy = data[at..end].to_vec();
            let to = dice.below(data.len() + 1);
            data.splice(to..to, copy);
        }
        _ if dice.below(4) == 0 => data.truncate(at),
        _ => {
            let line =
                data.iter().skip(at).position(|byte| *byte == b'\n').map_or(data.len(), |len| at + len + 1);
            data.drain(at..line.min(data.len()));
        }
    }
}

#[test]
fn crafted_objects_fail_as_with_git() {
    let folder = repository();
    for case in cases::commits().into_iter().chain(cases::tags()).chain(cases::trees()) {
        compare(folder.path(), case.kind, &case.data);
        assert_eq!(theirs(folder.path(), case.kind, &case.data).is_empty(), case.ids.is_empty());
    }
}

#[test]
fn mutated_commits_and_tags_fail_as_with_git() {
    let folder = repository();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..150 {
        for (kind, text) in [(Kind::Commit, cases::commit(cases::ADA)), (Kind::Tag, cases::tag("v1.0"))] {
            let mut data = text.into_bytes();
            for _ in 0..=dice.below(3) {
                mutate(&mut dice, &mut data);
            }
            compare(folder.path(), kind, &data);
        }
    }
}

/// A name that is close to one of git's own.
fn odd_name(dice: &mut Dice) -> Vec<u8> {
    const STEMS: [&str; 16] = [
        ".git",
        "git~1",
        ".gitmodules",
        "gitmod~1",
        "gi7eba~1",
        "gi7e~123",
        "GI7EBA~9",
        ".gitattributes",
        "gitatt~4",
        "gi7d29~1",
        ".gitignore",
        "gitign~2",
        ".mailmap",
        "mailma~3",
        "maba30~1",
        "plain",
    ];
    const PIECES: [&str; 16] = [
        " ", ".", ":", "\\", "~1", "\u{200c}", "\u{206f}", "\u{feff}", "\u{200b}", "\u{ffff}", "x", "0",
        "\\.git", ".git\\", "::$DATA", "\u{e9}",
    ];
    let mut name = dice.pick(&STEMS).as_bytes().to_vec();
    for _ in 0..dice.below(3) {
        let spot = [0, name.len(), dice.below(name.len() + 1)][dice.below(3)];
        name.splice(spot..spot, dice.pick(&PIECES).bytes());
    }
    for _ in 0..dice.below(3) {
        let spot = dice.below(name.len());
        match dice.below(4) {
            0 => name[spot] = b'a' + dice.below(26) as u8,
            1 => name[spot] = 0x80 | dice.below(128) as u8,
            _ => name[spot] ^= if name[spot].is_ascii_alphabetic() { 0x20 } else { 0 },
        }
    }
    name
}

fn random_tree(dice: &mut Dice) -> Vec<u8> {
    const MODES: [&str; 8] = ["100644", "100644", "40000", "40000", "120000", "160000", "100755", "100664"];
    let plain: [&[u8]; 10] = [b"a", b"a.b", b"a-b", b"a.b.c", b"a0", b"ab", b"b", b"a b", b"a.b-c", b"a."];
    let mut entries: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for _ in 0..=dice.below(6) {
        let name = if dice.below(3) == 0 { odd_name(dice) } else { dice.pick(&plain).to_vec() };
        let mode = dice.pick(&MODES);
        let mut key = name.clone();
        if mode == "40000" {
            key.push(b'/');
        }
        entries.push((key, cases::entry(mode, &name)));
    }
    if dice.below(5) != 0 {
        entries.sort();
    }
    entries.into_iter().flat_map(|(_, bytes)| bytes).collect()
}

/// Messages by object, as `git fsck` prints them.
fn fsck(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let (_, errors) = git(folder, &["fsck", "--strict", "--no-dangling"], b"");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in errors.lines() {
        let Some(rest) = line.strip_prefix("error in ").or_else(|| line.strip_prefix("warning in ")) else {
            continue;
        };
        let mut words = rest.splitn(4, [' ', ':']).skip(1);
        let (Some(oid), Some(_), Some(rest)) = (words.next(), words.next(), words.next()) else { continue };
        let id = rest.split(':').next().unwrap_or_default();
        // Whether the objects named exist is not the matter here.
        if id == "broken links" {
            continue;
        }
        found.entry(oid.to_owned()).or_default().insert(id.to_owned());
    }
    found
}

/// Writes objects without git's checks, many at once.
fn write(folder: &Path, kind: Kind, objects: &[Vec<u8>]) {
    let mut list = String::new();
    for (number, object) in objects.iter().enumerate() {
        let path = folder.join(format!("{}-{number}", kind.name()));
        std::fs::write(&path, object).unwrap();
        list.push_str(&format!("{}\n", path.display()));
    }
    let arguments = ["hash-object", "-w", "--literally", "--no-filters", "-t", kind.name(), "--stdin-paths"];
    let (written, errors) = git(folder, &arguments, list.as_bytes());
    assert_eq!(written.lines().count(), objects.len(), "{errors}");
}

#[test]
fn random_trees_fail_as_with_git() {
    let folder = repository();
    let mut dice = Dice(0x1234_5678_9abc_def1);
    let trees: Vec<_> = (0..1500).map(|_| random_tree(&mut dice)).collect();
    write(folder.path(), Kind::Tree, &trees);
    let theirs = fsck(folder.path());
    let mut bad = 0;
    for tree in &trees {
        let oid = hash_object(FORMAT, Kind::Tree, tree).unwrap();
        let mut found = Vec::new();
        Fsck::new(FORMAT, Policy::strict()).check(Kind::Tree, &oid, tree, &mut found);
        let ours: BTreeSet<String> = found.iter().map(|finding| finding.id.to_owned()).collect();
        bad += usize::from(!ours.is_empty());
        let theirs = theirs.get(&oid.to_hex()).cloned().unwrap_or_default();
        assert_eq!(ours, theirs, "{:?}", String::from_utf8_lossy(tree));
    }
    assert!(bad > 500, "only {bad} trees were bad");
}

fn random_url(dice: &mut Dice) -> String {
    const STARTS: [&str; 16] = [
        "../",
        "./",
        "..\\\\",
        "http://",
        "https://",
        "git://",
        "http::",
        "https::http://",
        "ftp://",
        "ftps::file://",
        "ssh://",
        "-",
        "",
        "http://u:p@",
        "https://h/",
        "http://[::1]",
    ];
    const PIECES: [&str; 26] = [
        "../", "./", "..", ".", "/", "//", ":", "@", "?", "#", "[", "]", "host", "80", "00", "99999", "%0a",
        "%0A", "%250a", "%2e", "%zz", "%", "\\n", " ", "_", "%00",
    ];
    let mut url = dice.pick(&STARTS).to_owned();
    for _ in 0..dice.below(8) {
        url.push_str(dice.pick(&PIECES));
    }
    url
}

fn random_modules(dice: &mut Dice) -> Vec<u8> {
    const NAMES: [&str; 10] = ["a", "..", "a/../b", "a\\\\..", "...", "a..", "../", "", "x.y", "\\.\\."];
    let mut text = String::new();
    for _ in 0..=dice.below(2) {
        text.push_str(&format!("[submodule \"{}\"]\n", dice.pick(&NAMES)));
        text.push_str(&format!("\tpath = {}\n", dice.pick(&["a", "-a", "\"-a\"", " - ", "\\\n-x", "# -a"])));
        text.push_str(&format!("\turl = \"{}\"\n", random_url(dice)));
        text.push_str(&format!("\tupdate = {}\n", dice.pick(&["none", "!x", "\"!x\"", "rebase ; !x"])));
    }
    let mut data = text.into_bytes();
    const PIECES: [&[u8]; 14] =
        [b"\0", b"\n", b"\r\n", b"\r", b"\"", b"\\", b"#", b";", b"[", b"]", b"=", b".", b" ", b"\t"];
    if dice.below(3) == 0 {
        for _ in 0..=dice.below(2) {
            let at = dice.below(data.len());
            let end = data.len().min(at + dice.below(4));
            data.splice(at..end, dice.pick(&PIECES).iter().copied());
        }
    }
    data
}

#[test]
fn special_files_fail_as_with_git() {
    let folder = repository();
    let mut dice = Dice(0x0dd0_beef_cafe_f00d);
    let mut modules: Vec<_> = (0..1500).map(|_| random_modules(&mut dice)).collect();
    modules.extend(cases::modules().into_iter().map(|case| case.data));
    let attributes: Vec<_> = cases::attributes().into_iter().map(|case| case.data).collect();
    let mut trees = Vec::new();
    for (name, blobs) in [(".gitmodules", &modules), (".gitattributes", &attributes)] {
        for blob in blobs {
            let oid = hash_object(FORMAT, Kind::Blob, blob).unwrap();
            trees.push([format!("100644 {name}\0").as_bytes(), oid.as_bytes()].concat());
        }
    }
    let blobs = [modules, attributes].concat();
    write(folder.path(), Kind::Blob, &blobs);
    write(folder.path(), Kind::Tree, &trees);
    let theirs = fsck(folder.path());
    let mut bad = 0;
    for (blob, tree) in blobs.iter().zip(&trees) {
        let oid = hash_object(FORMAT, Kind::Blob, blob).unwrap();
        let (mut fsck, mut found) = (Fsck::new(FORMAT, Policy::strict()), Vec::new());
        fsck.check(Kind::Tree, &Oid::zero(FORMAT), tree, &mut found);
        fsck.check(Kind::Blob, &oid, blob, &mut found);
        let ours: BTreeSet<String> = found.iter().map(|finding| finding.id.to_owned()).collect();
        bad += usize::from(!ours.is_empty());
        let theirs = theirs.get(&oid.to_hex()).cloned().unwrap_or_default();
        assert_eq!(ours, theirs, "{:?}", String::from_utf8_lossy(blob));
    }
    assert!(bad > 500, "only {bad} files were bad");
}
