//! The object checks against a table of crafted objects.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "fsck/cases.rs"]
mod cases;

use cases::{Case, entry};
use gitflare_git::fsck::{Finding, Fsck, Policy, Severity};
use gitflare_git::{Kind, ObjectFormat, Oid};
use proptest::prelude::*;

const TREE: &str = "1111111111111111111111111111111111111111";

fn oid(digit: u8) -> Oid {
    Oid::from_bytes(&[digit; 20]).unwrap()
}

fn strict() -> Fsck {
    Fsck::new(ObjectFormat::Sha1, Policy::strict())
}

fn ids(found: &[Finding]) -> Vec<&'static str> {
    found.iter().map(|finding| finding.id).collect()
}

fn check(policy: Policy, kind: Kind, data: &[u8]) -> Vec<Finding> {
    let mut found = Vec::new();
    Fsck::new(ObjectFormat::Sha1, policy).check(kind, &oid(1), data, &mut found);
    found
}

#[test]
fn crafted_objects_get_their_messages() {
    for case in cases::commits().into_iter().chain(cases::tags()).chain(cases::trees()) {
        let found = check(Policy::strict(), case.kind, &case.data);
        assert_eq!(ids(&found), case.ids, "{}", String::from_utf8_lossy(&case.data));
    }
}

/// Names the case's blob in a tree, then hands it over before the tree, after it, or at the end.
fn check_named(name: &[u8], case: &Case) -> Vec<Vec<&'static str>> {
    let tree = entry("100644", name);
    let blob = oid(7);
    let mut orders = Vec::new();
    let mut found = Vec::new();
    let mut fsck = strict();
    fsck.check(Kind::Tree, &oid(1), &tree, &mut found);
    assert!(fsck.wants_blob(&blob));
    fsck.check(Kind::Blob, &blob, &case.data, &mut found);
    assert!(!fsck.wants_blob(&blob) && fsck.pending().is_empty());
    orders.push(ids(&found));

    let mut found = Vec::new();
    let mut fsck = strict();
    fsck.check(Kind::Blob, &blob, &case.data, &mut found);
    fsck.check(Kind::Tree, &oid(1), &tree, &mut found);
    assert!(found.is_empty());
    for (oid, _) in fsck.pending() {
        fsck.check_special(&oid, Some((Kind::Blob, &case.data)), &mut found);
    }
    assert!(fsck.pending().is_empty());
    orders.push(ids(&found));
    orders
}

#[test]
fn special_files_are_read_in_any_order() {
    for (names, cases) in [
        (&[".gitmodules", "gitmod~4", "a\\.GitModules"][..], cases::modules()),
        (&[".gitattributes", "gi7d29~1"][..], cases::attributes()),
    ] {
        for (name, case) in names.iter().flat_map(|name| cases.iter().map(move |case| (name, case))) {
            for order in check_named(name.as_bytes(), case) {
                assert_eq!(order, case.ids, "{name}: {}", String::from_utf8_lossy(&case.data));
            }
        }
    }
}

#[test]
fn special_files_must_be_there_and_be_blobs() {
    for (name, missing, other, large) in [
        (".gitmodules", "gitmodulesMissing", "gitmodulesBlob", "gitmodulesLarge"),
        (".gitattributes", "gitattributesMissing", "gitattributesBlob", "gitattributesLarge"),
    ] {
        let named = || {
            let mut fsck = strict();
            fsck.check(Kind::Tree, &oid(1), &entry("100644", name.as_bytes()), &mut Vec::new());
            (fsck, Vec::new())
        };
        let (mut fsck, mut found) = named();
        fsck.check_special(&oid(7), None, &mut found);
        assert_eq!(found[0].to_string(), format!("object {}: {missing}: unable to read {name} blob", oid(7)));
        let (mut fsck, mut found) = named();
        fsck.check_special(&oid(7), Some((Kind::Tree, b"")), &mut found);
        assert_eq!(ids(&found), [other]);
        let (mut fsck, mut found) = named();
        fsck.check_large_blob(&oid(7), &mut found);
        assert_eq!(ids(&found), [large]);

        let (mut fsck, mut found) = (strict(), Vec::new());
        fsck.check_large_blob(&oid(7), &mut found);
        assert_eq!(found, []);
        fsck.check(Kind::Tree, &oid(1), &entry("100644", name.as_bytes()), &mut found);
        assert_eq!((ids(&found), found[0].oid), (vec![large], oid(7)));
        assert!(fsck.pending().is_empty());
    }
    let (mut fsck, mut found) = (strict(), Vec::new());
    fsck.check(Kind::Tree, &oid(1), &entry("100644", b".gitattributes"), &mut found);
    let huge = vec![b'\n'; (100 << 20) + 1];
    fsck.check_special(&oid(7), Some((Kind::Blob, &huge)), &mut found);
    assert_eq!(ids(&found), ["gitattributesLarge"]);
}

#[test]
fn a_name_of_two_kinds_is_read_as_both() {
    let (mut fsck, mut found) = (strict(), Vec::new());
    let tree = [entry("100644", b".gitattributes"), entry("100644", b".gitmodules")].concat();
    fsck.check(Kind::Tree, &oid(1), &tree, &mut found);
    let long = [b"[submodule \"..\"]\nx = ".as_slice(), &[b'x'; 3000]].concat();
    fsck.check(Kind::Blob, &oid(7), &long, &mut found);
    assert_eq!(ids(&found), ["gitmodulesName", "gitattributesLineLength"]);
}

#[test]
fn a_byte_order_mark_hides_nothing() {
    // Clients skip it in the file they check out, so what follows is looked at; git itself, reading the
    // blob, calls it malformed and lets it pass.
    let data = "\u{feff}[submodule \"..\"]\npath = a\n".as_bytes().to_vec();
    let case = Case { kind: Kind::Blob, data, ids: &["gitmodulesName"] };
    for order in check_named(b".gitmodules", &case) {
        assert_eq!(order, case.ids);
    }
}

#[test]
fn the_default_policy_lets_old_histories_in() {
    let zone = cases::commit("Ada <ada@example.com> 1 +051800");
    let glued = cases::commit("Ada <ada@example.com>1 +0000");
    let padded = entry("040000", b"a");
    for (kind, data) in
        [(Kind::Commit, zone.as_bytes()), (Kind::Commit, glued.as_bytes()), (Kind::Tree, &padded)]
    {
        assert_eq!(ids(&check(Policy::strict(), kind, data)).len(), 1);
        assert_eq!(check(Policy::default(), kind, data), []);
    }
    // What is ignored does not hide what follows it.
    let both = zone.replace("Subject", "\0");
    assert_eq!(ids(&check(Policy::default(), Kind::Commit, both.as_bytes())), ["nulInCommit"]);
}

#[test]
fn severity_and_text_are_those_of_git() {
    let found = check(Policy::default(), Kind::Tree, &entry("100664", b"a"));
    assert_eq!((found[0].severity, found[0].text.as_str()), (Severity::Info, "contains bad file modes"));
    let found = check(Policy::default(), Kind::Tag, cases::tag("\u{1b}[31m").as_bytes());
    assert_eq!((found[0].severity, found[0].text.as_str()), (Severity::Info, "invalid 'tag' name: ?[31m"));
    let found = check(Policy::default(), Kind::Tree, &entry("100644", b".git"));
    assert_eq!((found[0].severity, found[0].oid), (Severity::Refuse, oid(1)));
}

#[test]
fn a_mode_that_wraps_around_is_no_tree() {
    // git stores 16 bits: it takes this for a directory, while others see a file of an unknown kind.
    assert_eq!(ids(&check(Policy::strict(), Kind::Tree, &entry("1040000", b"a"))), ["badTree"]);
}

#[test]
fn ids_have_the_length_of_their_format() {
    let long = cases::commit(cases::ADA).replace(cases::OID, &"ab".repeat(32));
    let tree = [b"100644 a\0".as_slice(), &[7; 32]].concat();
    let (mut fsck, mut found) = (Fsck::new(ObjectFormat::Sha256, Policy::strict()), Vec::new());
    fsck.check(Kind::Commit, &oid(1), long.as_bytes(), &mut found);
    fsck.check(Kind::Tree, &oid(1), &tree, &mut found);
    assert_eq!(found, []);
    fsck.check(Kind::Commit, &oid(1), cases::commit(cases::ADA).as_bytes(), &mut found);
    fsck.check(Kind::Tree, &oid(1), &entry("100644", b"a"), &mut found);
    assert_eq!(ids(&found), ["badTreeSha1", "badTree"]);
    assert_eq!(ids(&check(Policy::strict(), Kind::Commit, long.as_bytes())), ["badTreeSha1"]);
}

#[test]
fn links_come_out_of_the_same_pass() {
    let tree =
        [entry("100644", b"a"), entry("40000", b"b"), entry("160000", b"c"), b"100644 d".to_vec()].concat();
    let (mut links, mut found) = (Vec::new(), Vec::new());
    strict()
        .check_tree(&Oid::from_hex(TREE).unwrap(), &tree, &mut found, |mode, oid| links.push((mode, *oid)));
    assert_eq!(links, []);
    assert_eq!(ids(&found), ["badTree"]);
    let whole = &tree[..tree.len() - 8];
    found.clear();
    strict()
        .check_tree(&Oid::from_hex(TREE).unwrap(), whole, &mut found, |mode, oid| links.push((mode, *oid)));
    assert_eq!(links, [(0o100_644, oid(7)), (0o40_000, oid(7)), (0o160_000, oid(7))]);
    assert_eq!(found, []);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(data in proptest::collection::vec(any::<u8>(), 0..300), sha256: bool) {
        let format = if sha256 { ObjectFormat::Sha256 } else { ObjectFormat::Sha1 };
        let named = Oid::from_bytes(&vec![7; format.len()]).unwrap();
        let mut fsck = Fsck::new(format, Policy::default());
        let mut found = Vec::new();
        let tree = [b"100644 .gitattributes\0".as_slice(), named.as_bytes(), b"100644 .gitmodules\0", named.as_bytes()];
        fsck.check(Kind::Tree, &named, &tree.concat(), &mut found);
        assert_eq!(fsck.pending().len(), 1);
        for kind in [Kind::Commit, Kind::Tag, Kind::Tree, Kind::Blob] {
            fsck.check(kind, &named, &data, &mut found);
        }
        let head = b"[submodule \"".as_slice();
        let mut again = Fsck::new(format, Policy::default());
        again.check(Kind::Tree, &named, &tree.concat(), &mut found);
        again.check(Kind::Blob, &named, &[head, &data].concat(), &mut found);
    }

    #[test]
    fn no_tree_entry_makes_it_panic(name in "[.gGiItT~1-4\\\\ :a\u{200c}/]{0,12}", mode in "[0-7]{1,7}") {
        check(Policy::default(), Kind::Tree, &entry(&mode, name.as_bytes()));
    }
}
