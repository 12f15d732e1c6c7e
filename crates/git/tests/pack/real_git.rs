//! Packs written by stock git, compared with what `git verify-pack` tells about them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use gitflare_git::hash::hash_object;
use gitflare_git::pack::{EntryHeader, EntryKind};
use gitflare_git::{Kind, ObjectFormat, Oid, delta, zlib};

use crate::packs::{Call, ROOMY, read};

fn git(repo: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("git")
        .current_dir(repo)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {args:?}");
    output.stdout
}

/// A history whose files change little, so that packs of it have chains of deltas.
fn history(repo: &Path, format: ObjectFormat) {
    git(repo, &["init", "-q", "--object-format", format.name()], b"");
    let mut lines: Vec<String> =
        (0..400).map(|line| format!("line {line} of {}", line * 7919 % 1000)).collect();
    for commit in 0..12 {
        lines[commit * 17] = format!("changed by {commit}");
        lines.push(format!("added by {commit}"));
        std::fs::write(repo.join("text"), lines.join("\n")).unwrap();
        std::fs::create_dir_all(repo.join("dir")).unwrap();
        std::fs::write(repo.join(format!("dir/{commit}")), commit.to_string()).unwrap();
        std::fs::write(repo.join("empty"), "").unwrap();
        let noise: Vec<u8> = (0..200_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        std::fs::write(repo.join("noise"), noise).unwrap();
        git(repo, &["add", "."], b"");
        git(repo, &["commit", "-q", "-m", &format!("commit {commit}")], b"");
    }
    git(repo, &["tag", "-a", "-m", "first", "v1"], b"");
}

/// What is known of an entry.
struct Seen {
    end: u64,
    header: EntryHeader,
    inflated: Vec<u8>,
}

fn entries(calls: Vec<Call>) -> BTreeMap<u64, Seen> {
    let mut seen: BTreeMap<u64, Seen> = BTreeMap::new();
    let mut at = 0;
    for call in calls {
        match call {
            Call::Header(_) => {}
            Call::Begin(offset, header) => {
                at = offset;
                seen.insert(at, Seen { end: 0, header, inflated: Vec::new() });
            }
            Call::Data(data) => seen.get_mut(&at).unwrap().inflated.extend(data),
            Call::End(end) => seen.get_mut(&at).unwrap().end = end,
        }
    }
    seen
}

/// An object rebuilt from its chain.
fn object(seen: &BTreeMap<u64, Seen>, ids: &BTreeMap<Oid, u64>, at: u64) -> (Kind, Vec<u8>) {
    let entry = &seen[&at];
    let base = match entry.header.kind {
        EntryKind::Whole(kind) => return (kind, entry.inflated.clone()),
        EntryKind::Ofs(distance) => at - distance,
        EntryKind::Ref(base) => ids[&base],
    };
    let (kind, base) = object(seen, ids, base);
    let mut out = Vec::new();
    delta::apply(&base, &entry.inflated, &mut out).unwrap();
    (kind, out)
}

fn agrees_with_git(format: ObjectFormat, offsets: bool) {
    let folder = tempfile::tempdir().unwrap();
    let repo = folder.path();
    history(repo, format);
    let list = git(repo, &["rev-list", "--objects", "--all", "--no-object-names"], b"");
    let mut args = vec!["pack-objects", "-q", "--window=10", "--no-reuse-delta"];
    args.extend(offsets.then_some("--delta-base-offset"));
    args.push("p");
    git(repo, &args, &list);
    let mut files = std::fs::read_dir(repo).unwrap().map(|file| file.unwrap().path());
    let pack = files.find(|path| path.extension().is_some_and(|ending| ending == "pack")).unwrap();
    let bytes = std::fs::read(&pack).unwrap();
    let got = read(&bytes, format, ROOMY, 10_007);
    assert_eq!(got.trailer.unwrap().as_bytes(), &bytes[bytes.len() - format.len()..]);
    let seen = entries(got.calls);

    let verified = git(repo, &["verify-pack", "-v", pack.to_str().unwrap()], b"");
    let verified = String::from_utf8(verified).unwrap();
    // `id kind size packed offset [depth base]`
    let rows: Vec<Vec<&str>> = verified.lines().map(|line| line.split_whitespace().collect()).collect();
    let rows: Vec<&Vec<&str>> =
        rows.iter().filter(|row| row.len() >= 5 && Oid::from_hex(row[0]).is_some()).collect();
    let number = |text: &str| text.parse::<u64>().unwrap();
    let ids: BTreeMap<Oid, u64> =
        rows.iter().map(|row| (Oid::from_hex(row[0]).unwrap(), number(row[4]) - 12)).collect();
    assert_eq!(rows.len(), seen.len());
    let mut deltas = 0;
    for row in rows {
        let (oid, at) = (Oid::from_hex(row[0]).unwrap(), number(row[4]) - 12);
        let entry = &seen[&at];
        assert_eq!(entry.end - at, number(row[3]), "packed size of {oid}");
        assert_eq!(entry.header.size, number(row[2]), "size of {oid}");
        assert_eq!(entry.inflated.len() as u64, entry.header.size);
        let base = match entry.header.kind {
            EntryKind::Whole(_) => None,
            EntryKind::Ofs(distance) => Some(at - distance),
            EntryKind::Ref(base) => Some(ids[&base]),
        };
        assert_eq!(base, row.get(6).map(|id| ids[&Oid::from_hex(id).unwrap()]), "base of {oid}");
        assert_eq!(matches!(entry.header.kind, EntryKind::Ofs(_)), base.is_some() && offsets);
        deltas += usize::from(base.is_some());
        let (kind, data) = object(&seen, &ids, at);
        assert_eq!(kind.name(), row[1]);
        assert_eq!(hash_object(format, kind, &data), Ok(oid));
        let (header, length) = EntryHeader::parse(&got.body[at as usize..], format).unwrap().unwrap();
        let (inflated, used) =
            zlib::inflate_exact(&got.body[at as usize + length..], header.size as usize).unwrap();
        assert_eq!((inflated, at + (length + used) as u64), (entry.inflated.clone(), entry.end));
    }
    assert!(deltas > 10, "only {deltas} deltas");
}

#[test]
fn packs_of_git_with_offset_deltas() {
    agrees_with_git(ObjectFormat::Sha1, true);
}

#[test]
fn packs_of_git_with_reference_deltas() {
    agrees_with_git(ObjectFormat::Sha1, false);
}

#[test]
fn packs_of_git_in_the_other_format() {
    agrees_with_git(ObjectFormat::Sha256, true);
    agrees_with_git(ObjectFormat::Sha256, false);
}
