//! `cargo xtask soak pages`: the pages of a repository made to break browsers of code. Each answers in time, stays small,
//! and says what it leaves out. `--host cloudflare` looks at those of the Worker in workerd, `--host both` at both.

mod made;
mod site;

use super::options::Options;
use crate::git::Git;
use crate::host::{self, Result};
use crate::http;
use crate::server::OWNER;
use site::Site;

/// Longest a page may take, in seconds.
const SECONDS: f64 = 0.3;
/// Largest a page may be, compressed, in bytes.
const BYTES: usize = 200_000;
/// The repository's name.
const NAME: &str = "hostile";

/// A page that is looked at.
struct Look {
    /// What is after the repository's name.
    path: String,
    status: u16,
    /// What it has to say.
    says: &'static str,
}

/// Makes the repository, looks at its pages, and fails if one is slow, large or silent.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let (hosts, words) = hosts(words)?;
    let options = Options::parse(&words, 5)?;
    let scratch = tempfile::Builder::new().prefix("gitflare-pages-").tempdir()?;
    let git = Git::new(scratch.path())?;
    let folder = scratch.path().join("hostile.git");
    let made = made::hostile(&git, &folder)?;
    let mut findings = 0;
    for host in hosts {
        let begin = if host == "native" { Site::native } else { Site::cloudflare };
        let site = begin(&options.binary, &git, &folder, scratch.path(), NAME)?;
        println!("{host}\n{:>8} {:>8} {:>8}  page", "first ms", "next ms", "KB");
        let mut slowest = Vec::new();
        for look in looks(&made) {
            let seen = look.at(site.address(), options.rounds)?;
            findings += u32::from(!seen.is_well);
            slowest.push((seen.seconds, look.path));
        }
        slowest.sort_by(|one, other| other.0.total_cmp(&one.0));
        for (seconds, path) in slowest.iter().take(3) {
            println!("slowest on {host}: {:.1} ms, {}", seconds * 1e3, shown(path));
        }
    }
    if findings == 0 { Ok(()) } else { Err(format!("{findings} pages are slow, large or silent").into()) }
}

/// Which hosts are looked at, and the rest of the words.
fn hosts<'a>(words: &[&'a str]) -> Result<(Vec<&'static str>, Vec<&'a str>)> {
    let Some(at) = words.iter().position(|word| *word == "--host") else {
        return Ok((vec!["native"], words.to_vec()));
    };
    let hosts = match words.get(at + 1).copied() {
        Some("native") => vec!["native"],
        Some("cloudflare") => vec!["cloudflare"],
        Some("both") => vec!["native", "cloudflare"],
        _ => return Err("--host wants native, cloudflare or both".into()),
    };
    let rest = words.iter().enumerate().filter(|(n, _)| *n != at && *n != at + 1).map(|(_, word)| *word);
    Ok((hosts, rest.collect()))
}

/// What came of a look.
struct Seen {
    is_well: bool,
    /// The longest it took.
    seconds: f64,
}

fn shown(path: &str) -> String {
    path.chars().take(70).collect()
}

impl Look {
    /// Asks for it, once for the first time and then again, and prints its line.
    fn at(&self, address: &str, rounds: u32) -> Result<Seen> {
        let path = format!("/{OWNER}/{NAME}{}", self.path);
        let (page, first) = timed(|| http::get(address, &path))?;
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..rounds.max(1) {
            let (page, seconds) = timed(|| http::get_compressed(address, &path))?;
            times.push(seconds);
            bytes = page.body.len();
        }
        times.sort_by(f64::total_cmp);
        let next = times.get(times.len() / 2).copied().unwrap_or_default();
        let text = String::from_utf8_lossy(&page.body);
        let mut wrong = Vec::new();
        if page.status != self.status {
            wrong.push(format!("answered {}", page.status));
        }
        if first > SECONDS || next > SECONDS {
            wrong.push("slow".to_owned());
        }
        if bytes > BYTES {
            wrong.push("large".to_owned());
        }
        if !text.contains(self.says) {
            wrong.push(format!("does not say '{}'", self.says));
        }
        #[expect(clippy::cast_precision_loss, reason = "a figure to be read by people")]
        let kilobytes = bytes as f64 / 1e3;
        let (shown, wrong) = (shown(&self.path), wrong.join(", "));
        println!("{:8.1} {:8.1} {kilobytes:8.1}  {shown} {wrong}", first * 1e3, next * 1e3);
        Ok(Seen { is_well: wrong.is_empty(), seconds: first.max(next) })
    }
}

fn timed(ask: impl FnOnce() -> Result<http::Answer>) -> Result<(http::Answer, f64)> {
    let start = host::now();
    let answer = ask()?;
    Ok((answer, start.elapsed().as_secs_f64()))
}

/// The pages, and what each has to say.
fn looks(made: &made::Made) -> Vec<Look> {
    let look = |path: &str, says| Look { path: path.to_owned(), status: 200, says };
    let deep = "/a".repeat(made::DEPTH);
    vec![
        look("", "/soak/hostile/branches"),
        look("/tree/main", "many"),
        look("/tree/main/many", "rel=\"next\""),
        look("/blob/main/many/00001.txt", "id=\"L1\""),
        look("/commits/main/many/00001.txt", "many files"),
        look("/blame/main/many/00001.txt", "many files"),
        look("/blob/main/large.txt", "too large to be shown"),
        Look { path: "/blame/main/large.txt".into(), status: 413, says: "too large to be blamed" },
        look("/commits/main/large.txt", "large file"),
        look("/blob/main/line.txt", "too large to be shown"),
        look("/blame/main/line.txt", "line"),
        look("/tree/main/odd", "caf"),
        look("/blob/main/odd/caf%E9.txt", "id=\"L1\""),
        look("/blame/main/odd/caf%E9.txt", "odd names"),
        look(&format!("/tree/main{deep}"), "bottom.txt"),
        look(&format!("/blob/main{deep}/bottom.txt"), "id=\"L1\""),
        look("/find/main", "many/"),
        look("/find/main?q=00999", "00999.txt"),
        look("/commits/main", "octopus"),
        look(&format!("/commit/{}", made.many), "files"),
        look(&format!("/commit/{}?diff=split", made.many), "files"),
        look(&format!("/commit/{}", made.large), "large.txt"),
        look(&format!("/commit/{}", made.line), "line.txt"),
        look(&format!("/commit/{}", made.octopus), "Parents"),
        look(&format!("/compare/{}...main", made.many), "large.txt"),
        look("/branches", "rel=\"next\""),
        look("/branches?q=topic/4999", "topic/4999"),
        look("/tags", "of-tree"),
        look("/tree/of-tree", "bottom"),
        look("/tree/nothing", "empty"),
        look("/commits/nothing", "nothing left"),
        Look { path: "/tree/of-blob".into(), status: 303, says: "" },
        look("/blob/of-blob", "too large to be shown"),
        Look { path: "/commits/of-blob".into(), status: 404, says: "a file, not a commit" },
        Look { path: "/commits/of-tree".into(), status: 404, says: "a folder, not a commit" },
    ]
}
