//! Less than everything: depth, dates, filters, and what is fetched later. Stock git's own server is the measure.

use std::collections::BTreeSet;

use crate::support::{
    Local, World, assert_same,
    history::line,
    local::{self, git},
    wire,
};

/// A repository on the site and the same in the hands of stock git.
struct Pair {
    world: World,
    url: String,
    twin: String,
    work: Local,
}

impl Pair {
    fn new() -> Self {
        let world = World::new();
        let ada = world.user("ada");
        let work = world.history("work");
        let twin = world.twin();
        let url = ada.url("demo");
        let pair = Self { url, twin: format!("file://{}", twin.path.display()), work, world };
        pair.push();
        pair
    }

    fn push(&self) {
        self.work.git(["push", "-q", "--mirror", &self.url]);
        self.work.git(["push", "-q", "--mirror", &self.twin]);
    }

    /// Runs the same in a clone from each, and compares what each then has.
    #[track_caller]
    fn both(&self, name: &str, version: &str, clone: &[&str], then: &[&[&str]]) {
        let setting = format!("protocol.version={version}");
        let held = [("ours", &self.url), ("theirs", &self.twin)].map(|(side, url)| {
            let name = format!("{name}-{version}-{side}");
            self.world
                .git([&["-c", &setting, "clone", "-q", "--no-checkout"], clone, &[url, &name]].concat());
            let clone = Local { path: self.world.path(&name) };
            for words in then {
                clone.git([&["-c", &setting], *words].concat());
            }
            // What a partial clone left out is not damage.
            clone.git(["-c", "protocol.version=2", "fsck", "--no-progress", "--connectivity-only"]);
            content(&clone)
        });
        assert_eq!(held[0], held[1], "{name} v{version}");
    }
}

/// Refs, the edge of the history, and every object a clone holds.
fn content(clone: &Local) -> (String, String, BTreeSet<String>) {
    let shallow = [".git/shallow", "shallow"].map(|name| std::fs::read_to_string(clone.path.join(name)));
    let shallow = shallow.into_iter().flatten().next().unwrap_or_default();
    let mut edge: Vec<String> = shallow.lines().map(str::to_owned).collect();
    edge.sort();
    let objects = clone.git(["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    let refs = clone.git(["for-each-ref", "--format=%(refname) %(objectname)"]);
    (refs, edge.join(" "), objects.lines().map(str::to_owned).collect())
}

#[test]
fn a_cut_history_is_the_one_stock_git_sends() {
    let pair = Pair::new();
    let date = format!("--shallow-since={}", local::now() - 6 * 60);
    for version in ["0", "1", "2"] {
        pair.both("depth", version, &["--depth=1"], &[]);
        pair.both("all", version, &["--depth=3", "--no-single-branch"], &[]);
        pair.both("since", version, &[&date], &[]);
        pair.both("not", version, &["--shallow-exclude=v1", "--no-single-branch"], &[]);
    }
}

#[test]
fn a_cut_history_grows() {
    let pair = Pair::new();
    for version in ["0", "1", "2"] {
        pair.both("deepen", version, &["--depth=1"], &[&["fetch", "-q", "--deepen=2"]]);
        pair.both(
            "deeper",
            version,
            &["--depth=2"],
            &[&["fetch", "-q", "--depth=5"], &["fetch", "-q", "--deepen=1"]],
        );
        pair.both("whole", version, &["--depth=1"], &[&["fetch", "-q", "--unshallow"]]);
    }
}

#[test]
fn an_unshallowed_clone_is_a_clone() {
    let pair = Pair::new();
    let clone = pair.world.clone(&["--depth=2", "--no-single-branch"], &pair.url, "clone");
    assert_eq!(clone.git(["rev-parse", "--is-shallow-repository"]).trim(), "true");
    clone.git([
        "fetch",
        "-q",
        "--unshallow",
        "--tags",
        "origin",
        "+refs/heads/*:refs/heads/*",
        "--update-head-ok",
    ]);
    assert_eq!(clone.git(["rev-parse", "--is-shallow-repository"]).trim(), "false");
    assert_eq!(clone.objects(), pair.work.objects());
    clone.fsck();
}

#[test]
fn a_shallow_clone_follows_and_pushes() {
    let pair = Pair::new();
    let clone = pair.world.clone(&["--depth=1"], &pair.url, "clone");
    pair.work.commit("main", &[("file", "theirs\n")]);
    pair.work.git(["push", "-q", &pair.url, "main"]);
    clone.git(["pull", "-q"]);
    std::fs::write(clone.path.join("own"), "own\n").unwrap();
    clone.git(["add", "own"]);
    clone.git(["commit", "-q", "-m", "own"]);
    clone.git(["push", "-q", "origin", "HEAD"]);
    let full = pair.world.clone(&[], &pair.url, "full");
    full.fsck();
    assert_eq!(full.id("HEAD"), clone.id("HEAD"));
}

#[test]
fn filters_send_what_stock_git_sends() {
    let pair = Pair::new();
    let filters = [
        "blob:none",
        "blob:limit=200",
        "blob:limit=1k",
        "tree:0",
        "tree:1",
        "tree:2",
        "object:type=commit",
        "object:type=tag",
        "combine:tree:2+blob:limit=200",
    ];
    for filter in filters {
        let words = format!("--filter={filter}");
        pair.both(&filter.replace([':', '+', '='], "-"), "2", &["--bare", &words], &[]);
    }
    pair.both("old", "0", &["--filter=blob:none"], &[]);
    pair.both("cut", "2", &["--filter=blob:none", "--depth=2"], &[]);
}

#[test]
fn a_partial_clone_gets_the_rest_when_it_needs_it() {
    let pair = Pair::new();
    for filter in ["blob:none", "tree:0", "blob:limit=10"] {
        let name = filter.replace([':', '='], "-");
        let clone = pair.world.clone(&[&format!("--filter={filter}")], &pair.url, &name);
        assert_eq!(clone.file("README.md"), pair.work.git(["show", "main:README.md"]), "{filter}");
        assert_eq!(
            clone.git(["log", "--stat", "--format=%H"]),
            pair.work.git(["log", "--stat", "--format=%H", "main"])
        );
        clone.git(["checkout", "-q", "origin/topic"]);
        clone.git(["fsck", "--no-progress"]);
        // And follows what comes.
        let tip = pair.work.commit("main", &[("file", &format!("{filter}\n"))]);
        pair.work.git(["push", "-q", &pair.url, "main"]);
        clone.git(["fetch", "-q"]);
        assert_eq!(clone.id("origin/main"), tip);
    }
}

#[test]
fn a_filter_makes_the_answer_smaller() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    work.commit_bytes("main", &[("noise", &crate::support::history::noise(1 << 20))]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let answer = |more: &[&str]| {
        let mut body = wire::pkt("command=fetch\n");
        body.extend(b"0001");
        body.extend(wire::pkt(format!("want {}\n", work.id("main"))));
        for line in more {
            body.extend(wire::pkt(format!("{line}\n")));
        }
        body.extend([wire::pkt("done\n"), b"0000".to_vec()].concat());
        let request = wire::exchange(&ada.full("demo"), wire::UPLOAD).token(&ada.token);
        world.site.send(&request.header("Git-Protocol", "version=2").body(body)).expect(200).body.len()
    };
    let (whole, filtered) = (answer(&[]), answer(&["filter blob:none"]));
    assert!(whole > 1 << 20 && filtered < 2_000, "{whole} and {filtered} bytes");
}

#[test]
fn one_branch_brings_its_own_objects() {
    let pair = Pair::new();
    pair.both("one", "2", &["--single-branch", "--branch=topic", "--no-tags"], &[]);
    pair.both("tag", "2", &["--single-branch", "--branch=v1"], &[]);
    pair.both("refspec", "2", &["--single-branch"], &[&["fetch", "-q", "origin", "second:second"]]);
}

#[test]
fn a_long_history_is_negotiated() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    line(&work, 400);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    for version in ["0", "1", "2"] {
        let setting = format!("protocol.version={version}");
        // The client stopped long ago, and went its own way for a long time.
        let other = world.local(&format!("other{version}"));
        other.git([
            "fetch",
            "-q",
            work.path.to_str().unwrap(),
            &format!("{}:refs/heads/main", work.id("main~300")),
        ]);
        let mut stream = Vec::new();
        for n in 1..=300 {
            let from = if n == 1 { "refs/heads/main^0".to_owned() } else { format!(":{}", n - 1) };
            local::write_commit(&mut stream, "refs/heads/own", n, "own", &[from]);
        }
        other.import(&stream);
        other.git(["-c", &setting, "fetch", "-q", &ada.url("demo"), "main:theirs"]);
        assert_eq!(other.id("theirs"), work.id("main"));
        other.fsck();
        other.git(["-c", &setting, "push", "-q", &ada.url("demo"), &format!("own:own{version}")]);
    }
    let clone = world.clone(&["--mirror"], &ada.url("demo"), "clone");
    clone.fsck();
    assert_eq!(clone.git(["rev-list", "--count", "--all"]).trim(), "1300");
}

#[test]
fn a_mirror_follows_every_change() {
    let pair = Pair::new();
    let mirror = pair.world.clone(&["--mirror"], &pair.url, "mirror");
    pair.work.git(["branch", "-q", "-D", "second"]);
    pair.work.git(["tag", "-d", "light"]);
    pair.work.git(["update-ref", "refs/heads/third", "main~2"]);
    pair.work.commit("new", &[("new", "new\n")]);
    pair.push();
    mirror.git(["remote", "update", "--prune"]);
    assert_same(&mirror, &pair.work);
    let mut bundle = git(&mirror.path);
    bundle.args(["bundle", "create", "-q", "all.bundle", "--all"]);
    local::succeed(&mut bundle);
}
