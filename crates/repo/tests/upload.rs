//! Fetch and clone, with stock git at the other end.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/bridge.rs"]
mod bridge;

use bridge::Bridge;

/// The options of the three versions.
const VERSIONS: [&str; 3] = ["protocol.version=0", "protocol.version=1", "protocol.version=2"];

/// A history with merges, tags, a nested tag, folders, a submodule and an unrelated branch, pushed to the server.
fn scenario() -> Bridge {
    let bridge = Bridge::new();
    std::fs::create_dir(bridge.path("work")).unwrap();
    let git = |args: &[&str]| bridge.git("work", args);
    git(&["init", "-q"]);
    for n in 1..=12 {
        commit(&bridge, n);
        if n == 4 {
            git(&["branch", "side"]);
            git(&["tag", "-a", "-m", "four", "v4"]);
        }
        if n == 8 {
            git(&["checkout", "-q", "side"]);
            commit(&bridge, 100);
            git(&["checkout", "-q", "main"]);
            git(&["merge", "-q", "--no-ff", "-s", "recursive", "-X", "ours", "-m", "merge", "side"]);
            git(&["tag", "light"]);
        }
    }
    let link = "160000,1234567890123456789012345678901234567890,module";
    git(&["update-index", "--add", "--cacheinfo", link]);
    git(&["commit", "-q", "-m", "module"]);
    git(&["tag", "-a", "-m", "twelve", "v12"]);
    git(&["tag", "-a", "-m", "nested", "nested", "v12"]);
    git(&["checkout", "-q", "--orphan", "pages"]);
    commit(&bridge, 200);
    git(&["checkout", "-q", "main"]);
    git(&["push", "-q", "--mirror", bridge.url()]);
    bridge
}

/// Adds a commit that changes a few files, at a time of its own.
fn commit(bridge: &Bridge, n: u32) {
    let folder = bridge.path("work");
    let text =
        |seed: u32, lines: u32| (0..lines).map(|line| format!("line {line} of {seed}\n")).collect::<String>();
    for sub in ["src/deep/er", "docs"] {
        std::fs::create_dir_all(folder.join(sub)).unwrap();
    }
    let large = text(1, 2_000) + &text(n, 3);
    std::fs::write(folder.join("large.txt"), large).unwrap();
    std::fs::write(folder.join(format!("src/deep/er/{n}.txt")), text(n, 20)).unwrap();
    std::fs::write(folder.join("docs/log.txt"), text(n, 1) + &text(3, 200)).unwrap();
    if n.is_multiple_of(3) {
        std::fs::write(folder.join(format!("root{n}.txt")), text(n, 2)).unwrap();
    }
    bridge.git("work", &["add", "-A", "src", "docs", "large.txt", "."]);
    let time = format!("{} +0000", 1_600_000_000 + n * 86_400);
    bridge
        .git("work", &["-c", "user.name=Ada", "commit", "-q", "-m", &format!("commit {n}"), "--date", &time]);
}

/// Everything a repository holds, as ids.
fn objects(bridge: &Bridge, at: &str, args: &[&str]) -> Vec<String> {
    let all = bridge.git(at, &[&["rev-list", "--objects"], args].concat());
    let mut ids: Vec<String> = all.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    ids
}

fn fsck(bridge: &Bridge, at: &str) {
    bridge.git(at, &["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn full_clones_hold_everything() {
    let bridge = scenario();
    for (n, version) in VERSIONS.into_iter().enumerate() {
        // The second time the checksum is known.
        for again in ["", "again"] {
            let name = format!("clone{n}{again}");
            bridge.git(".", &["-c", version, "clone", "-q", "--mirror", bridge.url(), &name]);
            fsck(&bridge, &name);
            assert_eq!(objects(&bridge, &name, &["--all"]), objects(&bridge, "work", &["--all"]));
            assert_eq!(bridge.git(&name, &["for-each-ref"]), bridge.git("work", &["for-each-ref"]));
        }
    }
}

#[test]
fn part_of_the_refs_brings_only_what_they_reach() {
    let bridge = scenario();
    for (n, version) in VERSIONS.into_iter().enumerate() {
        let name = format!("pages{n}");
        let args = ["-c", version, "clone", "-q", "--single-branch", "-b", "pages", bridge.url(), &name];
        bridge.git(".", &args);
        fsck(&bridge, &name);
        assert_eq!(objects(&bridge, &name, &["--all"]), objects(&bridge, "work", &["pages"]));
        let held = bridge.git(&name, &["cat-file", "--batch-all-objects", "--batch-check"]);
        assert_eq!(held.lines().count(), objects(&bridge, "work", &["pages"]).len());

        let name = format!("main{n}");
        bridge.git(".", &["-c", version, "clone", "-q", "--single-branch", bridge.url(), &name]);
        fsck(&bridge, &name);
        assert_eq!(bridge.git(&name, &["tag"]), "light\nnested\nv12\nv4", "tags of what was sent come along");
        assert!(
            bridge
                .try_git(&name, &["cat-file", "-e", &bridge.git("work", &["rev-parse", "pages"])])
                .status
                .code()
                != Some(0)
        );
    }
}

#[test]
fn histories_are_cut_and_grown() {
    let bridge = scenario();
    for (n, version) in VERSIONS.into_iter().enumerate() {
        for again in ["", "again"] {
            let name = format!("one{n}{again}");
            bridge.git(".", &["-c", version, "clone", "-q", "--depth", "1", bridge.url(), &name]);
            fsck(&bridge, &name);
            assert_eq!(bridge.git(&name, &["rev-list", "--count", "HEAD"]), "1");
        }
        let name = format!("three{n}");
        bridge.git(
            ".",
            &["-c", version, "clone", "-q", "--depth", "3", "--no-single-branch", bridge.url(), &name],
        );
        fsck(&bridge, &name);
        assert_eq!(bridge.git(&name, &["rev-list", "--count", "HEAD"]), "3");
        bridge.git(&name, &["-c", version, "fetch", "-q", "--deepen", "2"]);
        fsck(&bridge, &name);
        assert_eq!(bridge.git(&name, &["rev-list", "--count", "--first-parent", "HEAD"]), "5");
        bridge.git(&name, &["-c", version, "fetch", "-q", "--depth", "1"]);
        fsck(&bridge, &name);
        bridge.git(&name, &["-c", version, "fetch", "-q", "--unshallow"]);
        fsck(&bridge, &name);
        let expected = objects(&bridge, "work", &["main", "side", "pages", "--tags"]);
        assert_eq!(objects(&bridge, &name, &["--all"]), expected);
    }
}

#[test]
fn history_can_end_at_a_time_or_a_ref() {
    let bridge = scenario();
    // A twin served by stock git says what is right.
    bridge.git(".", &["clone", "-q", "--mirror", "work", "twin"]);
    let twin = format!("file://{}", bridge.path("twin").display());
    for (n, version) in VERSIONS.into_iter().enumerate() {
        for (m, option) in
            ["--shallow-exclude=v4", "--shallow-exclude=side", "--depth=4"].into_iter().enumerate()
        {
            let (ours, theirs) = (format!("ours{n}{m}"), format!("theirs{n}{m}"));
            bridge.git(".", &["-c", version, "clone", "-q", option, bridge.url(), &ours]);
            bridge.git(".", &["-c", version, "clone", "-q", option, &twin, &theirs]);
            fsck(&bridge, &ours);
            let list = ["log", "--format=%H", "--all"];
            assert_eq!(bridge.git(&ours, &list), bridge.git(&theirs, &list), "{option}");
            let shallow =
                |name: &str| std::fs::read_to_string(bridge.path(name).join(".git/shallow")).unwrap();
            assert_eq!(shallow(&ours), shallow(&theirs), "{option}");
        }
    }
}

#[test]
fn partial_clones_get_the_rest_when_they_need_it() {
    let bridge = scenario();
    let all = objects(&bridge, "work", &["--all"]);
    for version in ["protocol.version=0", "protocol.version=2"] {
        for filter in [
            "blob:none",
            "tree:0",
            "blob:limit=1k",
            "tree:2",
            "object:type=commit",
            "combine:blob:none+tree:3",
        ] {
            for extra in ["--no-single-branch", "--single-branch"] {
                let name = format!("{version}{filter}{extra}").replace([':', '='], "-");
                let option = format!("--filter={filter}");
                bridge.git(
                    ".",
                    &["-c", version, "clone", "-q", "--no-checkout", extra, &option, bridge.url(), &name],
                );
                let missing = bridge.git(&name, &["rev-list", "--objects", "--all", "--missing=print"]);
                assert!(missing.lines().any(|line| line.starts_with('?')), "{filter} left something out");
                bridge.git(&name, &["-c", version, "checkout", "-q", "main"]);
                assert_eq!(bridge.git(&name, &["status", "--porcelain", "--ignore-submodules"]), "");
                fsck(&bridge, &name);
            }
        }
    }
    assert!(all.len() > 100);
}

#[test]
fn filters_send_what_stock_git_sends() {
    let bridge = scenario();
    bridge.git(".", &["clone", "-q", "--mirror", "work", "twin"]);
    bridge.git("twin", &["config", "uploadpack.allowFilter", "true"]);
    let twin = format!("file://{}", bridge.path("twin").display());
    let filters =
        ["blob:none", "tree:0", "tree:1", "tree:3", "blob:limit=100", "object:type=blob", "object:type=tag"];
    for (n, filter) in filters.into_iter().enumerate() {
        let option = format!("--filter={filter}");
        let held = |url: &str, name: &str| {
            bridge.git(".", &["clone", "-q", "--bare", &option, url, name]);
            bridge.git(name, &["cat-file", "--batch-all-objects", "--batch-check", "--unordered"])
        };
        let sorted = |text: String| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        let ours = sorted(held(bridge.url(), &format!("ours{n}")));
        let theirs = sorted(held(&twin, &format!("theirs{n}")));
        assert_eq!(ours, theirs, "{filter}");
    }
}

#[test]
fn fetches_bring_what_is_new() {
    let bridge = scenario();
    for (n, version) in VERSIONS.into_iter().enumerate() {
        let name = format!("old{n}");
        bridge.git(".", &["-c", version, "clone", "-q", bridge.url(), &name]);
    }
    for n in 300..304 {
        commit(&bridge, n);
        bridge.git("work", &["push", "-q", bridge.url(), "main"]);
    }
    bridge.git("work", &["tag", "-a", "-m", "new", "v304"]);
    bridge.git("work", &["push", "-q", bridge.url(), "v304"]);
    for (n, version) in VERSIONS.into_iter().enumerate() {
        let name = format!("old{n}");
        let before = packed(&bridge, &name);
        bridge.git(&name, &["-c", version, "-c", "fetch.unpackLimit=1", "fetch", "-q"]);
        fsck(&bridge, &name);
        assert_eq!(
            bridge.git(&name, &["rev-parse", "origin/main"]),
            bridge.git("work", &["rev-parse", "main"])
        );
        assert_eq!(bridge.git(&name, &["tag", "-l", "v304"]), "v304");
        // Four commits of at most ten objects each, with bases that complete a thin pack.
        assert!(packed(&bridge, &name) - before < 80);
        bridge.git(&name, &["-c", version, "fetch", "-q"]);
        let clone = format!("whole{n}");
        bridge.git(".", &["-c", version, "clone", "-q", "--mirror", bridge.url(), &clone]);
        fsck(&bridge, &clone);
        assert_eq!(objects(&bridge, &clone, &["--all"]), objects(&bridge, "work", &["--all"]));
    }
}

fn packed(bridge: &Bridge, at: &str) -> u32 {
    let counts = bridge.git(at, &["count-objects", "-v"]);
    counts.lines().find_map(|line| line.strip_prefix("in-pack: ")?.parse().ok()).unwrap()
}

#[test]
fn what_no_visible_ref_reaches_stays_here() {
    let bridge = scenario();
    let pages = bridge.git("work", &["rev-parse", "pages"]);
    let blob = bridge.git("work", &["rev-parse", "pages:large.txt"]);
    let kept = bridge.git("work", &["rev-parse", "main~3"]);
    bridge.git("work", &["push", "-q", bridge.url(), ":pages"]);
    for (n, version) in VERSIONS.into_iter().enumerate() {
        let name = format!("clone{n}");
        bridge.git(".", &["-c", version, "clone", "-q", "--mirror", bridge.url(), &name]);
        fsck(&bridge, &name);
        let args = ["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"];
        let held = bridge.git(&name, &args);
        assert!(!held.contains(&pages) && !held.contains(&blob));
        std::fs::create_dir(bridge.path(&format!("empty{n}"))).unwrap();
        let empty = format!("empty{n}");
        bridge.git(&empty, &["init", "-q", "--bare"]);
        bridge.git(&empty, &["-c", version, "fetch", "-q", bridge.url(), &kept]);
        for secret in [&pages, &blob] {
            let output = bridge.try_git(&empty, &["-c", version, "fetch", bridge.url(), secret]);
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(errors.contains(&format!("upload-pack: not our ref {secret}")), "{errors}");
        }
        let tree = bridge.git("work", &["rev-parse", "main~5:src/deep"]);
        bridge.git(&empty, &["-c", version, "fetch", "-q", bridge.url(), &tree]);
    }
}

#[test]
fn hidden_refs_are_not_told_and_not_sent() {
    let bridge = scenario();
    let pages = bridge.git("work", &["rev-parse", "pages"]);
    bridge.hidden.lock().unwrap().push("refs/heads/pages".into());
    for (n, version) in VERSIONS.into_iter().enumerate() {
        assert!(!bridge.git(".", &["-c", version, "ls-remote", bridge.url()]).contains("pages"));
        let name = format!("clone{n}");
        bridge.git(".", &["-c", version, "clone", "-q", "--mirror", bridge.url(), &name]);
        fsck(&bridge, &name);
        assert_ne!(bridge.try_git(&name, &["cat-file", "-e", &pages]).status.code(), Some(0));
        let output = bridge.try_git(&name, &["-c", version, "fetch", bridge.url(), &pages]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("not our ref"));
    }
}

#[test]
fn an_empty_repository_can_be_cloned() {
    let bridge = Bridge::new();
    for (n, version) in VERSIONS.into_iter().enumerate() {
        let name = format!("clone{n}");
        bridge.git(".", &["-c", version, "clone", "-q", bridge.url(), &name]);
        assert_eq!(bridge.git(&name, &["symbolic-ref", "HEAD"]), "refs/heads/main");
    }
}
