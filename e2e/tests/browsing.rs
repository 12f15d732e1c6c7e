//! What pages say of files and their history, beside what stock git says of the same.

use std::time::Duration;

use crate::{
    pages::pushed,
    support::{
        Browser, Local, Request, World,
        browser::shown,
        eventually,
        http::encoded,
        local::{git, succeed_with, write_commit, write_file},
    },
};

/// The rows of a folder's table: what each entry links to, and the id of its last commit.
fn rows(page: &str, home: &str) -> Vec<(String, String)> {
    let table =
        page.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).unwrap_or_default();
    let after = |row: &str, mark: &str| {
        row.split(mark).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    };
    let rows = table.split("<tr>").skip(1).filter(|row| !row.contains("Parent folder"));
    rows.map(|row| (shown(row.split("</td>").next().unwrap()), after(row, &format!("{home}/commit/"))))
        .collect()
}

#[test]
fn every_entry_has_the_last_commit_git_finds() {
    let (_world, ada, work, home) = pushed();
    let mut browser = ada.browser();
    for (revision, folder) in
        [("main", ""), ("main", "src"), ("main", "src/deep"), ("v1", ""), ("main~3", "src")]
    {
        let id = work.id(&format!("{revision}^0"));
        let (at, slash) = if folder.is_empty() { (".".to_owned(), "") } else { (format!("{folder}/"), "/") };
        let names = work.git(["ls-tree", "--name-only", &id, &at]);
        let mut expected: Vec<String> = names
            .lines()
            .map(|path| work.git(["log", "-1", "--format=%H", &id, "--", path]).trim().to_owned())
            .collect();
        expected.sort();
        let address = format!("{home}/tree/{id}{slash}{folder}");
        // What a large push brought is indexed by and by.
        eventually("last commits are known", Duration::from_secs(30), || {
            let page = browser.get(&address).expect(200).text();
            let mut found: Vec<String> = rows(&page, &home).into_iter().map(|(_, last)| last).collect();
            found.sort();
            assert_eq!(found.len(), expected.len(), "{address}: {page}");
            let known = found.iter().all(|last| !last.is_empty());
            assert!(!known || found == expected, "{address}: {found:?} and not {expected:?}");
            known
        });
    }
}

#[test]
fn folders_that_expand_without_end_cost_what_is_stored() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    // Ten folders in each of ten levels: as many paths as nothing can hold.
    let write = |words: &[&str], input: &str| {
        succeed_with(git(&work.path).args(words), input.as_bytes()).trim().to_owned()
    };
    let blob = write(&["hash-object", "-w", "--stdin"], "x\n");
    let mut tree = write(&["mktree"], &format!("100644 blob {blob}\tf\n"));
    for _ in 0..10 {
        let lines: String = (0..10).map(|n| format!("040000 tree {tree}\td{n}\n")).collect();
        tree = write(&["mktree"], &lines);
    }
    let commit = write(&["commit-tree", &tree, "-m", "bomb"], "");
    work.git(["update-ref", "refs/heads/main", &commit]);
    work.git(["push", "-q", &ada.url("bomb"), "main"]);
    let (mut browser, home) = (ada.browser(), format!("/{}", ada.full("bomb")));
    for path in ["", "/d3", "/d3/d1/d4/d1/d5/d9/d2/d6/d5/d3"] {
        eventually("its last commit is known", Duration::from_secs(60), || {
            let found = rows(&browser.get(&format!("{home}/tree/main{path}")).expect(200).text(), &home);
            assert!(!found.is_empty(), "{path}");
            found.iter().all(|(_, last)| *last == commit)
        });
    }
    // The list of files to find one in has an end, and the host goes on.
    let list = browser.get(&format!("{home}/find/main?q=d1")).expect(200);
    assert!(list.body.len() < 4_000_000, "{} bytes", list.body.len());
    browser.get("/healthz").expect(200);
}

/// A file that changes its name between its changes, and the commits that did it.
fn renamed(work: &Local) -> Vec<String> {
    let mut lines: Vec<String> = (0..40).map(|n| format!("line {n} of a poem\n")).collect();
    let mut stream = Vec::new();
    for (mark, name) in ["old.txt", "old.txt", "kept/new.txt", "kept/new.txt"].into_iter().enumerate() {
        let from = if mark == 0 { Vec::new() } else { vec![format!(":{mark}")] };
        write_commit(&mut stream, "refs/heads/poem", mark + 1, &format!("poem {mark}"), &from);
        match mark {
            2 => stream.extend(b"D old.txt\n"),
            _ => lines[mark * 5] = format!("changed by {mark}\n"),
        }
        write_file(&mut stream, "100644", name, lines.concat().as_bytes());
    }
    work.import(&stream);
    work.git(["rev-list", "--reverse", "poem"]).lines().map(str::to_owned).collect()
}

#[test]
fn blame_and_history_go_on_before_the_rename_of_a_file() {
    let (_world, ada, work, home) = pushed();
    let commits = renamed(&work);
    work.git(["push", "-q", &ada.url("demo"), "poem"]);
    let mut browser = ada.browser();
    let page = browser.get(&format!("{home}/blame/poem/kept/new.txt")).expect(200).text();
    // Each run with its commit and its lines, in order, as git tells them line by line.
    let mut ours = Vec::new();
    for run in page.split("<li class=\"run age-").skip(1) {
        let commit = run.split(&format!("{home}/commit/")).nth(1).unwrap()[..40].to_owned();
        ours.extend(run.matches("<div class=\"line\"").map(|_| commit.clone()));
    }
    let told = work.git(["blame", "--line-porcelain", "poem", "--", "kept/new.txt"]);
    let theirs: Vec<String> = told
        .lines()
        .filter(|line| line.len() > 41 && line[..40].bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(|line| line[..40].to_owned())
        .collect();
    assert_eq!(ours, theirs);
    assert!(
        page.contains(&format!("{home}/blame/")) && page.contains("old.txt"),
        "the way to what was before"
    );
    // The history of the file, under both its names.
    let history = browser.get(&format!("{home}/commits/poem/kept/new.txt")).expect(200).text();
    for commit in &commits {
        assert!(history.contains(&format!("{home}/commit/{commit}")), "{commit}: {history}");
    }
}

#[test]
fn a_large_diff_comes_in_parts_that_say_what_they_leave_out() {
    let (_world, ada, work, home) = pushed();
    let names: Vec<String> = (0..400).map(|n| format!("many/file-{n:03}.txt")).collect();
    let text = "a line that is new\n".repeat(60);
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), text.as_str())).collect();
    let huge = "one of very many lines\n".repeat(60_000);
    files.push(("many/huge.txt", &huge));
    let commit = work.commit("main", &files);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let mut browser = ada.browser();
    let mut address = format!("{home}/commit/{commit}");
    let (mut seen, mut parts) = (std::collections::BTreeSet::new(), 0);
    loop {
        let reply = browser.get(&address).expect(200);
        assert!(reply.body.len() < 4_000_000, "{address}: {} bytes", reply.body.len());
        let page = reply.text();
        assert!(shown(&page).contains("401 files changed"), "{address}");
        seen.extend(names.iter().filter(|name| page.contains(name.as_str())).cloned());
        parts += 1;
        assert!(parts < 100, "{address}");
        let next = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        let Some(next) = next else { break };
        address = next.replace("&amp;", "&");
    }
    assert!(parts > 1, "one part");
    assert_eq!(seen.len(), names.len(), "every file is named in some part");
    let alone = browser.get(&format!("{home}/commit/{commit}?file=many/huge.txt")).expect(200);
    assert!(alone.body.len() < 4_000_000, "{} bytes", alone.body.len());
    // Lines around a change, when they are asked for.
    let change = work.commit("main", &[("many/file-001.txt", &text.replacen("new", "newer", 1))]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let few = browser.get(&format!("{home}/commit/{change}")).expect(200).text();
    let more = few
        .split("href=\"")
        .map(|rest| rest.split('"').next().unwrap())
        .find(|href| href.contains("context="));
    let more = more.unwrap_or_else(|| panic!("no way to more lines: {few}")).replace("&amp;", "&");
    let count = |page: &str| page.matches("a line that is new").count();
    let grown = browser.get(&more).expect(200).text();
    assert!(count(&grown) > count(&few), "{} and {}", count(&few), count(&grown));
    // The same as rows that a script puts in their place.
    let excerpt =
        few.split("data-excerpt=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let rows = browser.get(&excerpt).expect(200).text();
    assert_eq!(count(&rows), 50, "{rows}");
    assert!(shown(&rows).contains("Show 6 unmodified lines"), "{rows}");
}

#[test]
fn links_submodules_and_pointers_are_shown_as_what_they_are() {
    let (_world, ada, work, home) = pushed();
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 7340032\n", "ab".repeat(32));
    let modules = "[submodule \"module\"]\n\tpath = module\n\turl = https://example.org/other/project.git\n";
    work.commit("main", &[("big.psd", &pointer), (".gitmodules", modules)]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let mut browser = ada.browser();
    let page = browser.get(&home).expect(200).text();
    let words = shown(&page);
    assert!(words.contains("→ README.md"), "{words}");
    assert!(
        words.contains("@ 0123456") && page.contains("href=\"https://example.org/other/project"),
        "{page}"
    );
    let link = browser.get(&format!("{home}/blob/main/link")).expect(200).text();
    assert!(link.contains(&format!("href=\"{home}/blob/main/README.md\"")), "{link}");
    let lfs = shown(&browser.get(&format!("{home}/blob/main/big.psd")).expect(200).text());
    assert!(lfs.contains("Git LFS") && lfs.contains("7.3 MB"), "{lfs}");
    // The list to find a file in is git's.
    let found = browser.get(&format!("{home}/find/main")).expect(200).text();
    for path in work.git(["ls-tree", "-r", "--name-only", "main"]).lines().filter(|path| *path != "module") {
        assert!(found.contains(&format!("href=\"{home}/blob/main/{path}\"")), "{path}: {found}");
    }
    let few = browser.get(&format!("{home}/find/main?q=deep")).expect(200).text();
    assert!(
        few.contains("src/deep/file.txt") && !few.contains(&format!("{home}/blob/main/README.md")),
        "{few}"
    );
}

#[test]
fn a_file_is_found_by_letters_of_its_path() {
    let (world, ada, work, home) = pushed();
    work.commit("main", &[("src/deep/far.txt", "far\n"), ("docs/first.txt", "first\n")]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let mut browser = ada.browser();
    let found = browser.get(&format!("{home}/find/main?q=sdft")).expect(200).text();
    let files = shown(&found);
    assert!(files.contains("2 files fit."), "{files}");
    let (file, far) = (found.find("src/deep/file.txt\""), found.find("src/deep/far.txt\""));
    assert!(far.is_some() && far < file, "{found}");
    // The script's list is that of a commit, and whoever has it is told so.
    let list = format!("{home}/tree-list/{}", work.id("main"));
    let reply = browser.get(&list).expect(200);
    assert!(reply.text().contains("docs/first.txt\\nlast\\nlink"), "{}", reply.text());
    let tag = reply.header("etag").unwrap().to_owned();
    let again = browser.send(Request::get(&list).header("If-None-Match", tag.clone()));
    assert_eq!((again.status, again.body.len()), (304, 0));
    let stranger = world.site.send(&Request::get(&list).header("If-None-Match", tag));
    assert_eq!(stranger.status, 404, "what one has does not open what one may not see");
}

#[test]
fn what_no_ref_reaches_is_not_shown_by_its_id() {
    let (_world, ada, work, home) = pushed();
    let gone = work.commit_bytes("secret", &[("secret.txt", b"nobody's business\n")]);
    let blob = work.id("secret:secret.txt");
    work.git(["push", "-q", &ada.url("demo"), "secret"]);
    let mut browser = ada.browser();
    browser.get(&format!("{home}/commit/{gone}")).expect(200);
    work.git(["push", "-q", &ada.url("demo"), ":secret"]);
    let addresses = [
        format!("commit/{gone}"),
        format!("commit/{gone}.patch"),
        format!("tree/{gone}"),
        format!("blob/{gone}/secret.txt"),
        format!("raw/{gone}/secret.txt"),
        format!("blame/{gone}/secret.txt"),
        format!("commits/{gone}"),
        format!("find/{gone}"),
        format!("archive/{gone}.zip"),
        format!("compare/main...{gone}"),
        format!("compare/main..{gone}.diff"),
        format!("raw/{blob}"),
        format!("tree/{blob}"),
    ];
    // A host that keeps answers drops them as soon as the site has heard of the push.
    let page = format!("{home}/commit/{gone}");
    eventually("the commit is gone", Duration::from_secs(20), || browser.get(&page).status == 404);
    for address in addresses {
        let reply = browser.get(&format!("{home}/{address}")).expect(404);
        assert!(!reply.text().contains("business"), "{address}");
    }
}

#[test]
fn a_file_has_lines_to_link_to_and_the_ways_on() {
    let (world, ada, work, home) = pushed();
    let mut browser = ada.browser();
    let page = browser.get(&format!("{home}/blob/main/src/run.sh")).expect(200).text();
    assert!(page.contains("id=\"L2\""), "{page}");
    let id = work.id("main");
    for way in [
        format!("{home}/blame/main/src/run.sh"),
        format!("{home}/commits/main/src/run.sh"),
        format!("{home}/raw/main/src/run.sh"),
        format!("{home}/blob/{id}/src/run.sh"),
    ] {
        assert!(page.contains(&format!("href=\"{way}\"")), "{way}: {page}");
        browser.get(&way).expect(200);
    }
    let raw =
        world.site.send(&Request::get(format!("{home}/raw/main/{}", encoded("README.md"))).token(&ada.token));
    assert_eq!(raw.expect(200).text(), work.git(["show", "main:README.md"]));
    Browser::new(&world.site).get(&format!("{home}/blob/main/src/run.sh")).expect(404);
}
