//! A repository with everything at once that other browsers of code stumble over: every page of it answers, stays small,
//! and says what it leaves out. How quickly is measured by `cargo xtask soak pages`.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};

use crate::support::{
    Browser, Local, World,
    browser::shown,
    eventually,
    local::{write_commit, write_file},
};

/// Folders in folders.
const DEPTH: usize = 200;
/// Files of one folder.
const FILES: usize = 10_000;
/// Branches.
const BRANCHES: usize = 5_000;
/// Bytes of a text.
const LARGE: usize = 9_000_000;
/// Bytes of a line.
const LINE: usize = 5_000_000;
/// Largest a page may be, compressed, in bytes.
const BYTES: usize = 200_000;
/// How long what follows a large push may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Commits that pages are asked for.
struct Made {
    many: String,
    large: String,
    line: String,
    octopus: String,
}

fn made(work: &Local) -> Made {
    let mut stream = Vec::new();
    let commit = |mark: usize, branch: &str, message: &str, from: &[usize]| {
        let from: Vec<String> = from.iter().map(|mark| format!(":{mark}")).collect();
        let mut head = Vec::new();
        write_commit(&mut head, &format!("refs/heads/{branch}"), mark, message, &from);
        head
    };
    stream.extend(commit(1, "main", "many files", &[]));
    for n in 0..FILES {
        write_file(&mut stream, "100644", &format!("many/{n:05}.txt"), format!("file {n}\n").as_bytes());
    }
    let deep = vec!["a"; DEPTH].join("/");
    write_file(&mut stream, "100644", &format!("{deep}/bottom.txt"), b"the bottom\n");
    stream.extend(commit(2, "main", "odd names", &[1]));
    write_file(&mut stream, "100644", "\"odd/caf\\351.txt\"", b"not UTF-8\n");
    write_file(&mut stream, "100644", "\"odd/two\\nlines.txt\"", b"a name of two lines\n");
    stream.extend(commit(3, "main", "large file", &[2]));
    let mut text = Vec::with_capacity(LARGE + 100);
    while text.len() < LARGE {
        writeln!(text, "line {} of a text that nobody will read to its end", text.len()).unwrap();
    }
    write_file(&mut stream, "100644", "large.txt", &text);
    stream.extend(commit(4, "main", "long line", &[3]));
    write_file(&mut stream, "100644", "line.txt", &b"one line without end ".repeat(LINE / 21));
    stream.extend(commit(5, "main", "long line changes", &[4]));
    write_file(&mut stream, "100644", "line.txt", &b"one line without End ".repeat(LINE / 21));
    for side in 0..4 {
        stream.extend(commit(6 + side, "side", "a side", &[5]));
        write_file(&mut stream, "100644", &format!("side{side}.txt"), b"side\n");
    }
    stream.extend(commit(10, "main", "octopus", &[5, 6, 7, 8, 9]));
    for side in 0..4 {
        write_file(&mut stream, "100644", &format!("side{side}.txt"), b"side\n");
    }
    stream.extend(commit(11, "nothing", "nothing left", &[10]));
    stream.extend(b"deleteall\n\n");
    let ids = work.import_with_marks(&stream);
    work.git(["branch", "-q", "-D", "side"]);
    work.git(["tag", "of-blob", "main:line.txt"]);
    work.git(["tag", "of-tree", &format!("main:{}", vec!["a"; DEPTH - 1].join("/"))]);
    work.packed((0..BRANCHES).map(|n| (format!("refs/heads/topic/{n:04}"), ids[n % 3].clone())));
    Made { many: ids[0].clone(), large: ids[2].clone(), line: ids[4].clone(), octopus: ids[9].clone() }
}

/// What is after the repository's name, the status, and what the page has to say.
type Look = (String, u16, &'static str);

fn looks(made: &Made) -> Vec<Look> {
    let deep = "/a".repeat(DEPTH);
    let found: Vec<(String, &'static str)> = vec![
        (String::new(), "many"),
        ("/tree/main/many".into(), "1,000 of 10,000"),
        ("/blob/main/many/00001.txt".into(), "file 1"),
        ("/commits/main/many/00001.txt".into(), "many files"),
        ("/blame/main/many/00001.txt".into(), "many files"),
        ("/blob/main/large.txt".into(), "too large to be shown"),
        ("/commits/main/large.txt".into(), "large file"),
        ("/blob/main/line.txt".into(), "too large to be shown"),
        ("/tree/main/odd".into(), "caf\u{FFFD}.txt"),
        ("/tree/main/odd".into(), "two‹U+000A›lines.txt"),
        ("/blob/main/odd/caf%E9.txt".into(), "not UTF-8"),
        ("/blame/main/odd/caf%E9.txt".into(), "odd names"),
        (format!("/tree/main{deep}"), "bottom.txt"),
        (format!("/blob/main{deep}/bottom.txt"), "the bottom"),
        ("/find/main".into(), "Only the first 1,000 paths are shown"),
        ("/find/main?q=00999".into(), "1 file fits"),
        ("/commits/main".into(), "octopus"),
        (format!("/commit/{}", made.many), "files more"),
        (format!("/commit/{}?diff=split", made.many), "files more"),
        (format!("/commit/{}", made.large), "too large to be shown"),
        (format!("/commit/{}", made.line), "too large to be shown"),
        (format!("/commit/{}", made.octopus), "Parents"),
        (format!("/compare/{}...main", made.many), "too large to be shown"),
        ("/branches".into(), "5,002 branches in all"),
        ("/branches?q=topic/4999".into(), "topic/4999"),
        ("/tags".into(), "A folder, not a commit"),
        ("/tags".into(), "A file, not a commit"),
        ("/tree/of-tree".into(), "a"),
        ("/tree/nothing".into(), "empty"),
        ("/commits/nothing".into(), "nothing left"),
        ("/blob/of-blob".into(), "too large to be shown"),
    ];
    let mut all: Vec<Look> = found.into_iter().map(|(path, says)| (path, 200, says)).collect();
    all.extend([
        ("/blame/main/large.txt".into(), 413, "too large to be blamed"),
        ("/blame/main/line.txt".into(), 413, "too large to be blamed"),
        ("/tree/of-blob".into(), 303, ""),
        ("/commits/of-blob".into(), 404, "a file, not a commit"),
        ("/commits/of-tree".into(), 404, "a folder, not a commit"),
    ]);
    all
}

fn compressed(page: &[u8]) -> usize {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(page).unwrap();
    out.finish().unwrap().len()
}

#[test]
fn every_page_answers_stays_small_and_says_what_it_leaves_out() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    let made = made(&work);
    work.git(["push", "-q", &ada.url("awkward"), "main"]);
    work.git(["push", "-q", "--mirror", &ada.url("awkward")]);
    let (mut browser, home) = (ada.browser(), format!("/{}", ada.full("awkward")));
    eventually("last commits are known", PATIENCE, || {
        !shown(&browser.get(&home).expect(200).text()).contains("still being indexed")
    });
    let mut wrong = Vec::new();
    for (path, status, says) in looks(&made) {
        if let Err(why) = look(&mut browser, &format!("{home}{path}"), status, says) {
            wrong.push(format!("{}: {why}", path.chars().take(60).collect::<String>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn look(browser: &mut Browser, address: &str, status: u16, says: &str) -> Result<(), String> {
    let reply = browser.get(address);
    let (page, bytes) = (reply.text(), compressed(&reply.body));
    if reply.status != status {
        return Err(format!("answered {}", reply.status));
    }
    if bytes > BYTES {
        return Err(format!("has {bytes} bytes"));
    }
    let said = shown(&page);
    if !said.contains(says) {
        return Err(format!("does not say '{says}' but {}", said.chars().take(400).collect::<String>()));
    }
    Ok(())
}
