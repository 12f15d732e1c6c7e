//! Clone, fetch and pull with stock git.

use std::process::Stdio;

use crate::support::{
    World, assert_same,
    history::{line, many_branches},
    local, text,
    wire::{self, ZERO, report},
};

/// Words for git that make it speak a version of the protocol.
fn version(number: &str) -> [String; 2] {
    ["-c".to_owned(), format!("protocol.version={number}")]
}

#[test]
fn every_version_of_the_protocol_clones_everything() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    for number in ["0", "1", "2"] {
        let name = format!("clone{number}");
        let words = [&version(number)[..], &["clone", "-q", "--mirror"].map(str::to_owned)].concat();
        world.git(words.iter().map(String::as_str).chain([ada.url("demo").as_str(), name.as_str()]));
        assert_same(&local::Local { path: world.path(&name) }, &work);
    }
}

#[test]
fn refs_are_listed_as_by_stock_git() {
    let world = World::new();
    let ada = world.user("ada");
    let (work, twin) = (world.history("work"), world.twin());
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    work.git(["push", "-q", "--mirror", twin.path.to_str().unwrap()]);
    for number in ["0", "1", "2"] {
        for words in [
            &["--symref"][..],
            &["--heads"],
            &["--tags"],
            &["--refs"],
            &["--symref", "HEAD"],
            &["refs/heads/t*"],
        ] {
            let list = |url: &str| {
                // What to list stands behind the address, what to say before it.
                let (options, patterns): (Vec<_>, Vec<_>) =
                    words.iter().copied().partition(|word| word.starts_with("--"));
                let [c, setting] = version(number);
                let words =
                    [c.as_str(), setting.as_str(), "ls-remote"].into_iter().chain(options).chain([url]);
                world.git(words.chain(patterns).collect::<Vec<_>>())
            };
            assert_eq!(list(&ada.url("demo")), list(twin.path.to_str().unwrap()), "v{number} {words:?}");
        }
    }
}

/// The reference system answered 500 to any clone of more than about 17 refs: git compresses bodies above a kilobyte.
#[test]
fn a_clone_with_many_refs_sends_a_gzip_body() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    line(&work, 3);
    many_branches(&work, 60);
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    for number in ["0", "1", "2"] {
        let [c, setting] = version(number);
        let name = format!("clone{number}");
        let mut clone = local::git(world.folder());
        clone
            .args([&c, &setting, "clone", "-q", "--mirror", &ada.url("demo"), &name])
            .env("GIT_TRACE_CURL", "1");
        let traced = local::succeed(&mut clone).to_ascii_lowercase();
        assert!(traced.contains("content-encoding: gzip"), "v{number}: the body was not compressed");
        assert_same(&local::Local { path: world.path(&name) }, &work);
    }
}

/// Pushed by hand: stock git spends ten seconds on matching so many refs before it says a word.
#[test]
fn five_thousand_refs_are_pushed_listed_and_cloned() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    line(&work, 2);
    let mut names = many_branches(&work, 2_500);
    let tip = work.id("main");
    names.extend(work.packed((0..2_500).map(|n| (format!("refs/tags/t{n:05}"), tip.clone()))));
    names.push(("refs/heads/main".to_owned(), tip));
    let creating: Vec<_> = names.iter().map(|(name, id)| (ZERO, id.as_str(), name.as_str())).collect();
    let pack = work.pack(&[], &["--all"]);
    let lines = report(&wire::push(&ada, &ada.full("demo"), &creating, &pack));
    assert_eq!(lines[0], "unpack ok");
    assert_eq!(lines.iter().filter(|line| line.starts_with("ok ")).count(), 5_001, "{:?}", lines.last());
    assert_eq!(world.git(["ls-remote", "--refs", &ada.url("demo")]).lines().count(), 5_001);
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
    // One ref among many, and a push that takes many away.
    work.commit("main", &[("new", "new\n")]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let gone = names.iter().filter(|(name, _)| name.starts_with("refs/tags/t00"));
    let deleting: Vec<_> = gone.map(|(name, id)| (id.as_str(), ZERO, name.as_str())).collect();
    let lines = report(&wire::push(&ada, &ada.full("demo"), &deleting, &[]));
    assert_eq!(lines.iter().filter(|line| line.starts_with("ok ")).count(), 1_000, "{:?}", lines.last());
    assert_eq!(world.git(["ls-remote", "--refs", &ada.url("demo")]).lines().count(), 4_001);
}

/// The reference system failed every fetch after a clone: "expected 'packfile'".
#[test]
fn fetch_and_pull_after_a_clone() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    for number in ["0", "1", "2"] {
        let [c, setting] = version(number);
        let clone = world.clone(&["-c", &setting], &ada.url("demo"), &format!("clone{number}"));
        clone.git([&c, &setting, "fetch", "-q"]);
        for round in 0..3 {
            work.commit("main", &[("file", &format!("{number} {round}\n"))]);
            work.git([&c, &setting, "push", "-q", &ada.url("demo"), "main"]);
            clone.git([&c, &setting, "pull", "-q"]);
            assert_eq!(clone.id("HEAD"), work.id("main"), "v{number}");
        }
        // A history of one's own on top of theirs: the client has what the server lacks.
        clone.git(["commit", "-q", "--allow-empty", "-m", "own"]);
        let tip = work.commit("main", &[("other", &format!("{number}\n"))]);
        work.git(["push", "-q", &ada.url("demo"), "main"]);
        clone.git([&c, &setting, "pull", "-q", "--no-rebase", "--no-edit"]);
        clone.git(["merge-base", "--is-ancestor", &tip, "HEAD"]);
        clone.fsck();
    }
}

#[test]
fn a_fetch_brings_only_what_is_new() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    work.commit_bytes("main", &[("noise", &crate::support::history::noise(2 << 20))]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let clone = world.clone(&[], &ada.url("demo"), "clone");
    work.commit("main", &[("small", "small\n")]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let mut fetch = local::git(&clone.path);
    fetch.args(["fetch", "--progress"]);
    let said = local::succeed(&mut fetch);
    // "Unpacking objects: 100% (3/3), 269 bytes | …"
    assert!(said.contains("(3/3)") && !said.contains("MiB"), "{said}");
}

#[test]
fn tags_come_along_with_what_they_name() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    let clone = world.clone(&["--single-branch", "--branch", "topic"], &ada.url("demo"), "clone");
    // `topic` begins at the ninth commit: of the tags it reaches one only.
    assert_eq!(clone.git(["tag"]).trim(), "light");
    clone.git(["fetch", "-q", "origin", "main:refs/remotes/origin/main"]);
    assert_eq!(clone.git(["tag"]).lines().collect::<Vec<_>>(), ["light", "nested", "v1"]);
    assert_eq!(clone.git(["cat-file", "-t", "nested"]).trim(), "tag");
    assert_eq!(clone.id("nested^{commit}"), work.id("v1^{commit}"));
    let bare = world.clone(&["--bare", "--no-tags"], &ada.url("demo"), "without");
    assert_eq!(bare.git(["tag"]), "");
    bare.git(["fetch", "-q", "--tags", "origin"]);
    assert_eq!(bare.git(["tag"]).lines().count(), 3);
}

#[test]
fn tags_of_trees_and_files_are_refs_too() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["tag", "-a", "-m", "a tree", "tree", "main^{tree}"]);
    work.git(["tag", "-a", "-m", "a file", "file", "main:README.md"]);
    work.git(["update-ref", "refs/tags/bare-tree", "main^{tree}"]);
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
    // No page falls over them.
    let mut browser = ada.browser();
    browser.get(&format!("/{}", ada.full("demo"))).expect(200);
    for tag in ["tree", "file", "bare-tree", "nested"] {
        let status = browser.get(&format!("/{}/tree/{tag}", ada.full("demo"))).status;
        // A tag of a file leads to the page of the file.
        assert!(matches!(status, 200 | 303 | 404), "{tag}: {status}");
    }
}

/// The reference system walked gitlinks as objects, and answered 500.
#[test]
fn submodules_are_links_and_are_cloned_from_where_they_are() {
    let world = World::new();
    let ada = world.user("ada");
    let (module, work) = (world.local("module"), world.local("work"));
    line(&module, 3);
    module.git(["push", "-q", &ada.url("module"), "main"]);
    let settings = "[submodule \"module\"]\n\tpath = module\n\turl = ../module.git\n";
    work.commit("main", &[(".gitmodules", settings), ("file", "file\n")]);
    let mut stream = Vec::new();
    local::write_commit(&mut stream, "refs/heads/main", 1, "a submodule", &["refs/heads/main^0".into()]);
    stream.extend(format!("M 160000 {} module\n", module.id("main")).bytes());
    work.import(&stream);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let clone = world.clone(&["--recurse-submodules"], &ada.url("demo"), "clone");
    clone.fsck();
    assert_eq!(clone.file("module/file"), "3\n");
    clone.git(["fetch", "-q", "--recurse-submodules"]);
}

#[test]
fn an_empty_repository_is_cloned_and_filled() {
    let world = World::new();
    let ada = world.user("ada");
    let mut browser = ada.browser();
    browser.get("/new").expect(200);
    browser.post("/new", &[("name", "empty"), ("visibility", "private")]).expect(303);
    for number in ["0", "1", "2"] {
        let [c, setting] = version(number);
        let name = format!("clone{number}");
        let said = world.git([&c, &setting, "clone", &ada.url("empty"), &name]);
        assert!(said.contains("cloned an empty repository"), "{said}");
    }
    let clone = local::Local { path: world.path("clone2") };
    assert_eq!(clone.git(["symbolic-ref", "HEAD"]).trim(), "refs/heads/main");
    std::fs::write(clone.path.join("file"), "first\n").unwrap();
    clone.git(["add", "file"]);
    clone.git(["commit", "-q", "-m", "first"]);
    clone.git(["push", "-q", "-u", "origin", "HEAD"]);
    for name in ["clone0", "clone1"] {
        let clone = local::Local { path: world.path(name) };
        clone.git(["pull", "-q", "origin", "main"]);
        assert_eq!(clone.file("file"), "first\n");
    }
}

#[test]
fn any_form_of_the_address_names_the_repository() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", &ada.url("Demo"), "main"]);
    let base = format!("http://x:{}@{}", ada.token, world.site.authority());
    let forms = [
        format!("{base}/{}/Demo", ada.name),
        format!("{base}/{}/Demo.git", ada.name),
        format!("{base}/{}/Demo/", ada.name),
        format!("{base}/{}/Demo.git/", ada.name),
        format!("{base}/{}/dEMO.git", ada.name.to_uppercase()),
    ];
    for (n, url) in forms.iter().enumerate() {
        let clone = world.clone(&[], url, &format!("clone{n}"));
        assert_eq!(clone.id("HEAD"), work.id("main"), "{url}");
        clone.git(["commit", "-q", "--allow-empty", "-m", &n.to_string()]);
        clone.git(["push", "-q", "origin", &format!("HEAD:refs/heads/form{n}")]);
    }
    assert_eq!(world.git(["ls-remote", "--heads", &ada.url("demo")]).lines().count(), 1 + forms.len());
}

#[test]
fn an_object_is_fetched_by_its_id_if_a_ref_reaches_it() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    let lost = work.commit("secret", &[("secret", "do not show\n")]);
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    work.git(["push", "-q", &ada.url("demo"), ":secret"]);
    for number in ["0", "1", "2"] {
        let [c, setting] = version(number);
        let clone = world.local(&format!("clone{number}"));
        let middle = work.id("main~4");
        clone.git([&c, &setting, "fetch", "-q", &ada.url("demo"), &middle]);
        clone.git(["cat-file", "-e", &format!("{middle}^{{tree}}")]);
        // What no ref reaches is not told from what was never there.
        for id in [lost.as_str(), "0123456789012345678901234567890123456789"] {
            let said = clone.fails([&c, &setting, "fetch", "-q", &ada.url("demo"), id]);
            assert!(said.contains(&format!("not our ref {id}")), "v{number}: {said}");
        }
    }
}

#[test]
fn clones_while_pushes_come_in_are_whole() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    std::thread::scope(|scope| {
        let pushing = scope.spawn(|| {
            for n in 0..6 {
                work.commit("main", &[("count", &format!("{n}\n"))]);
                work.git([
                    "push",
                    "-q",
                    "--force",
                    &ada.url("demo"),
                    "main",
                    &format!("main:refs/heads/b{n}"),
                ]);
            }
        });
        for n in 0..3 {
            let clones: Vec<_> = (0..3)
                .map(|m| {
                    let name = format!("clone{n}{m}");
                    let mut clone = local::git(world.folder());
                    clone.args(["clone", "-q", "--mirror", &ada.url("demo"), &name]);
                    (name, clone.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
                })
                .collect();
            for (name, clone) in clones {
                let output = clone.wait_with_output().unwrap();
                assert!(output.status.success(), "{}", text(&output.stderr));
                local::Local { path: world.path(&name) }.fsck();
            }
        }
        pushing.join().unwrap();
    });
    work.git(["fetch", "-q", &ada.url("demo"), "refs/heads/*:refs/heads/*"]);
    let clone = world.clone(&["--mirror"], &ada.url("demo"), "clone");
    assert_eq!(clone.id("main"), work.id("main"));
}

#[test]
fn large_files_come_back_as_they_went() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    let noise = crate::support::history::noise(6 << 20);
    let text = "the same line again and again\n".repeat(200_000);
    work.commit_bytes("main", &[("noise", &noise), ("text", text.as_bytes())]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let clone = world.clone(&[], &ada.url("demo"), "clone");
    assert!(std::fs::read(clone.path.join("noise")).unwrap() == noise);
    assert!(std::fs::read(clone.path.join("text")).unwrap() == text.as_bytes());
}

#[test]
fn names_of_any_bytes_survive() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    let mut stream = Vec::new();
    local::write_commit(&mut stream, "refs/heads/main", 1, "odd names", &[]);
    for name in [
        "plain",
        "\"with space\"",
        "\"\\303\\251t\\303\\251\"",
        "\"latin \\351\"",
        "\"tab\\tand \\\"quote\\\"\"",
    ] {
        local::write_file(&mut stream, "100644", name, b"odd\n");
    }
    stream.extend("reset refs/heads/h\u{e9}llo/\u{4f60}\u{597d}\nfrom :1\n".bytes());
    stream.extend(b"reset refs/heads/latin-\xe9\nfrom :1\n");
    work.import(&stream);
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
    let mut browser = ada.browser();
    let home = format!("/{}", ada.full("demo"));
    browser.get(&home).expect(200);
    for path in [
        "/tree/h%C3%A9llo/%E4%BD%A0%E5%A5%BD",
        "/tree/latin-%E9",
        "/blob/main/latin%20%E9",
        "/blob/main/%C3%A9t%C3%A9",
    ] {
        browser.get(&format!("{home}{path}")).expect(200);
    }
}
