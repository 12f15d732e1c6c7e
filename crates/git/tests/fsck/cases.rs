//! Crafted objects: at least one for every message that the checks can produce.

use gitflare_git::Kind;

/// An object and the messages it deserves, without anything ignored.
pub(crate) struct Case {
    pub(crate) kind: Kind,
    pub(crate) data: Vec<u8>,
    pub(crate) ids: &'static [&'static str],
}

pub(crate) const OID: &str = "ce013625030ba8dba906f756967f9e9ca394464a";
pub(crate) const ADA: &str = "Ada <ada@example.com> 1700000000 +0100";

pub(crate) fn commit(author: &str) -> String {
    format!("tree {OID}\nparent {OID}\nauthor {author}\ncommitter {ADA}\n\nSubject\n")
}

pub(crate) fn tag(name: &str) -> String {
    format!("object {OID}\ntype commit\ntag {name}\ntagger {ADA}\n\nRelease\n")
}

pub(crate) fn entry(mode: &str, name: &[u8]) -> Vec<u8> {
    [mode.as_bytes(), b" ", name, b"\0", &[7; 20]].concat()
}

fn tree(entries: &[(&str, &[u8])]) -> Vec<u8> {
    entries.iter().flat_map(|(mode, name)| entry(mode, name)).collect()
}

pub(crate) fn commits() -> Vec<Case> {
    let person = |author: &str, ids: &'static [&'static str]| (commit(author), ids);
    let good = commit(ADA);
    let rows: Vec<(String, &'static [&'static str])> = vec![
        (good.clone(), &[]),
        (good.replace("\n\nSubject\n", "\ngpgsig x\n"), &[]),
        (good.replace(OID, &OID.to_uppercase()), &[]),
        (String::new(), &["unterminatedHeader"]),
        ("\n".to_owned(), &["missingTree"]),
        (good.replace("Ada", "A\0a"), &["nulInHeader"]),
        (good.replace("\n\nSubject\n", ""), &["unterminatedHeader"]),
        (good.replacen("tree ", "three ", 1), &["missingTree"]),
        (good.replacen("tree ce", "tree xe", 1), &["badTreeSha1"]),
        (good.replacen("tree ce", "tree ", 1), &["badTreeSha1"]),
        (good.replacen("parent ce", "parent cece", 1), &["badParentSha1"]),
        (good.replacen("author ", "writer ", 1), &["missingAuthor"]),
        (good.replacen("committer ", "author A <a@b> 1 +0000\ncommitter ", 1), &["multipleAuthors"]),
        (good.replacen("committer ", "sender ", 1), &["missingCommitter"]),
        (good.replace("Subject", "Sub\0ject"), &["nulInCommit"]),
        person("<ada@example.com> 1 +0000", &["missingNameBeforeEmail"]),
        person("Ada> <ada@example.com> 1 +0000", &["badName"]),
        person("Ada 1 +0000", &["missingEmail"]),
        person("Ada<ada@example.com> 1 +0000", &["missingSpaceBeforeEmail"]),
        person("Ada <ada@<example.com> 1 +0000", &["badEmail"]),
        person("Ada <ada@example.com", &["badEmail"]),
        person("Ada <ada@example.com>1 +0000", &["missingSpaceBeforeDate"]),
        person("Ada <ada@example.com> ", &["badDate"]),
        person("Ada <ada@example.com> \t 1 +0000", &[]),
        person("Ada <ada@example.com> yesterday +0000", &["badDate"]),
        person("Ada <ada@example.com> 1x +0000", &["badDate"]),
        person("Ada <ada@example.com> 12", &["badDate"]),
        person("Ada <ada@example.com> 01 +0000", &["zeroPaddedDate"]),
        person("Ada <ada@example.com> 0 +0000", &[]),
        person("Ada <ada@example.com> 9223372036854775807 +0000", &[]),
        person("Ada <ada@example.com> 9223372036854775808 +0000", &["badDateOverflow"]),
        person("Ada <ada@example.com> 99999999999999999999999 +0000", &["badDateOverflow"]),
        person("Ada <ada@example.com> 1 0000", &["badTimezone"]),
        person("Ada <ada@example.com> 1 +00000", &["badTimezone"]),
        person("Ada <ada@example.com> 1 ", &["badTimezone"]),
    ];
    rows.into_iter().map(|(text, ids)| Case { kind: Kind::Commit, data: text.into_bytes(), ids }).collect()
}

pub(crate) fn tags() -> Vec<Case> {
    let good = tag("v1.0");
    let without_tagger = good.replace(&format!("tagger {ADA}\n"), "");
    let rows: Vec<(String, &'static [&'static str])> = vec![
        (good.clone(), &[]),
        (good.replace("\n\nRelease\n", "\nextra header\n\nRelease\n"), &[]),
        (good.replace("Release", "Rel\0ease"), &[]),
        (good.replace("v1.0", "v1\0"), &["nulInHeader"]),
        (good.replacen("object ", "objekt ", 1), &["missingObject"]),
        (good.replacen("object ce", "object zz", 1), &["badObjectSha1"]),
        (good.replacen("type ", "kind ", 1), &["missingTypeEntry"]),
        (good.replacen("type commit", "type commits", 1), &["badType"]),
        (good.replacen("tag v", "name v", 1), &["missingTagEntry"]),
        (good.replacen("tagger Ada", "tagger Ada>", 1), &["badName"]),
        (without_tagger.clone(), &["missingTaggerEntry"]),
        (without_tagger.replace("v1.0", "v..1"), &["badTagName", "missingTaggerEntry"]),
        (tag("a b"), &["badTagName"]),
        (tag(""), &["badTagName"]),
        (tag("a/.b"), &["badTagName"]),
        (tag("a.lock"), &["badTagName"]),
        (tag("x/a/b"), &[]),
    ];
    rows.into_iter().map(|(text, ids)| Case { kind: Kind::Tag, data: text.into_bytes(), ids }).collect()
}

pub(crate) fn trees() -> Vec<Case> {
    let long = vec![b'a'; 4097];
    let null = [b"100644 a\0".as_slice(), &[0; 20]].concat();
    let names: &[(&str, &'static [&'static str])] = &[
        (".", &["hasDot"]),
        ("..", &["hasDotdot"]),
        ("...", &[]),
        ("a/b", &["fullPathname"]),
        (".git", &["hasDotgit"]),
        (".GiT", &["hasDotgit"]),
        (".git ", &["hasDotgit"]),
        (".git. . ", &["hasDotgit"]),
        (".gitx", &[]),
        (".git::$INDEX_ALLOCATION", &["hasDotgit"]),
        (".g\u{200c}it", &["hasDotgit"]),
        ("\u{feff}.git", &["hasDotgit"]),
        (".git\u{206f}", &["hasDotgit"]),
        (".gi\u{307}t", &[]),
        ("git~1", &["hasDotgit"]),
        ("GIT~1.", &["hasDotgit"]),
        ("git~2", &[]),
        ("a\\.git", &["hasDotgit"]),
        (".git\\a", &["hasDotgit"]),
        ("a\\.git\\hooks", &["hasDotgit"]),
        ("b\\GIT~1", &["hasDotgit"]),
        (".git/config", &["fullPathname", "hasDotgit"]),
        ("ab\\c", &[]),
        ("a~", &[]),
        ("\u{4e2d}\u{6587}", &[]),
    ];
    let mut cases: Vec<(Vec<u8>, &'static [&'static str])> = vec![
        (Vec::new(), &[]),
        (
            tree(&[("100644", b"a"), ("100755", b"b"), ("40000", b"c"), ("120000", b"d"), ("160000", b"e")]),
            &[],
        ),
        (b"100644 a\0short".to_vec(), &["badTree"]),
        (tree(&[("100648", b"a")]), &["badTree"]),
        (tree(&[("", b"a")]), &["badTree"]),
        (tree(&[("100644", b"")]), &["badTree"]),
        ([tree(&[("100644", b"a")]), b"100644 b".to_vec()].concat(), &["badTree"]),
        (tree(&[("100664", b"a")]), &["badFilemode"]),
        (tree(&[("100600", b"a")]), &["badFilemode"]),
        (tree(&[("040000", b"a")]), &["zeroPaddedFilemode"]),
        (tree(&[("100644", b"a"), ("100644", b"a")]), &["duplicateEntries"]),
        (tree(&[("100644", b"a"), ("40000", b"a")]), &["duplicateEntries"]),
        (tree(&[("100644", b"a"), ("100644", b"a.b"), ("40000", b"a")]), &["duplicateEntries"]),
        (
            tree(&[
                ("100644", b"f"),
                ("100644", b"f.b"),
                ("100644", b"f.b.b"),
                ("40000", b"f.b"),
                ("40000", b"f"),
            ]),
            &["duplicateEntries"],
        ),
        (tree(&[("100644", b"a"), ("100644", b"a.b"), ("40000", b"a.c")]), &[]),
        (tree(&[("100644", b"b"), ("100644", b"a")]), &["treeNotSorted"]),
        (tree(&[("40000", b"a"), ("100644", b"a.b")]), &["treeNotSorted"]),
        (tree(&[("100644", b"a.b"), ("40000", b"a"), ("100644", b"a0")]), &[]),
        (tree(&[("100644", &long)]), &["largePathname"]),
        (tree(&[("100644", &long[1..])]), &[]),
        (null, &["nullSha1"]),
        (tree(&[("100644", b".git\xff")]), &["hasDotgit"]),
        (tree(&[("120000", b".gitmodules")]), &["gitmodulesSymlink"]),
        (tree(&[("120000", b"GITMOD~1")]), &["gitmodulesSymlink"]),
        (tree(&[("120000", b"gi7eba~1")]), &["gitmodulesSymlink"]),
        (tree(&[("120000", b"gi7eb~12")]), &["gitmodulesSymlink"]),
        (tree(&[("120000", b"x\\.gitmodules")]), &["gitmodulesSymlink"]),
        (tree(&[("120000", b".gitattributes . ")]), &["gitattributesSymlink"]),
        (tree(&[("120000", b"gi7d29~1")]), &["gitattributesSymlink"]),
        (tree(&[("120000", b".gitignore")]), &["gitignoreSymlink"]),
        (tree(&[("120000", b"gi250a~1")]), &["gitignoreSymlink"]),
        (tree(&[("120000", b".mailmap")]), &["mailmapSymlink"]),
        (tree(&[("120000", b"MABA30~2")]), &["mailmapSymlink"]),
        (tree(&[("100644", b".gitignore"), ("100644", b".mailmap")]), &[]),
    ];
    cases.extend(names.iter().map(|(name, ids)| (entry("100644", name.as_bytes()), *ids)));
    cases.into_iter().map(|(data, ids)| Case { kind: Kind::Tree, data, ids }).collect()
}

/// Contents of a `.gitmodules`.
pub(crate) fn modules() -> Vec<Case> {
    let section = |line: &str| format!("[submodule \"a\"]\n\t{line}\n");
    let mut rows: Vec<(String, &'static [&'static str])> = vec![
        (String::new(), &[]),
        ("# hello\n[submodule \"a\"]\npath = a ; b\nurl = ../b\n".to_owned(), &[]),
        ("[core]\npath = -x\n[submodule]\nurl = -x\n".to_owned(), &[]),
        ("[submodule \"..\"]\npath = a\n".to_owned(), &["gitmodulesName"]),
        ("[submodule \"a/../b\"]\npath\n".to_owned(), &["gitmodulesName"]),
        ("[submodule \"a\\\\..\"]\npath = a\n".to_owned(), &["gitmodulesName"]),
        ("[submodule \"\"]\npath = a\n".to_owned(), &["gitmodulesName"]),
        ("[submodule \"..\"]\n".to_owned(), &[]),
        ("[SubModule.a]\nurl = -x\n".to_owned(), &["gitmodulesUrl"]),
        ("[submodule \"..a/b..\"]\npath = a\n".to_owned(), &[]),
        ("[submodule \"x\"]\npath = \"-a\n".to_owned(), &["gitmodulesParse"]),
        ("[submodule \"..\"]\npath = a\n[bad\n".to_owned(), &["gitmodulesName", "gitmodulesParse"]),
        ("[submodule \"a\"] url = -x\n".to_owned(), &["gitmodulesUrl"]),
        ("[submodule \"a.url\0\"]\nx = -x\n".to_owned(), &["gitmodulesUrl"]),
        ("[submodule \"a\0b\"]\nurl = -x\n".to_owned(), &[]),
        (section("path = -rf"), &["gitmodulesPath"]),
        (section("PATH = \"-rf\""), &["gitmodulesPath"]),
        (section("update = !rm -rf ~"), &["gitmodulesUpdate"]),
        (section("update = rebase"), &[]),
        (section("update = nonsense"), &[]),
        (section("path ="), &[]),
    ];
    let good = [
        "https://example.com/a",
        "git@example.com:a",
        "./a",
        "../../a/b",
        "/abs",
        "file:///x",
        "ext::sh -c x",
    ];
    rows.extend(good.map(|url| (section(&format!("url = {url}")), &[][..])));
    let bad = [
        "-u./payload",
        "../../\\n",
        "../%0ahost=x/",
        "git://h/%0Ax",
        "https://h?%0a",
        "http::https://h/%0a",
        "https:///path",
        "http::x",
        "../../../:example.com/x",
        "..//x",
        "./..\\/x",
        "https://h:99999/",
        "https://h/%zz",
        "https://h/..",
    ];
    rows.extend(
        bad.map(|url| (section(&format!("url = \"{url}\"").replace("\\/", "\\\\/")), &["gitmodulesUrl"][..])),
    );
    rows.into_iter().map(|(text, ids)| Case { kind: Kind::Blob, data: text.into_bytes(), ids }).collect()
}

/// Contents of a `.gitattributes`.
pub(crate) fn attributes() -> Vec<Case> {
    let rows: Vec<(Vec<u8>, &'static [&'static str])> = vec![
        (b"* text=auto\n".to_vec(), &[]),
        ([b"a\n".as_slice(), &[b'x'; 2048]].concat(), &["gitattributesLineLength"]),
        ([b"a\n".as_slice(), &[b'x'; 2047]].concat(), &[]),
        ([b"a\0\n".as_slice(), &[b'x'; 4000]].concat(), &[]),
    ];
    rows.into_iter().map(|(data, ids)| Case { kind: Kind::Blob, data, ids }).collect()
}
