//! `cargo xtask soak pages`: the pages of a repository made to break browsers of code. Each answers in time, stays small,
//! and says what it leaves out.

mod made;

use super::options::Options;
use crate::git::Git;
use crate::host::{self, Result};
use crate::http;
use crate::server::{OWNER, Server};

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
    let options = Options::parse(words, 5)?;
    let scratch = tempfile::Builder::new().prefix("gitflare-pages-").tempdir()?;
    let git = Git::new(scratch.path())?;
    let folder = scratch.path().join("hostile.git");
    let made = made::hostile(&git, &folder)?;
    let mut server = Server::start(&options.binary, &scratch.path().join("data"))?;
    server.set_up()?;
    server.publish(&git, &folder, NAME)?;
    server.restart()?;
    let mut findings = 0;
    println!("{:>8} {:>8} {:>8}  page", "first ms", "next ms", "KB");
    for look in looks(&made) {
        findings += u32::from(!look.at(&server, options.rounds)?);
    }
    if findings == 0 { Ok(()) } else { Err(format!("{findings} pages are slow, large or silent").into()) }
}

impl Look {
    /// Whether all is well with it.
    fn at(&self, server: &Server, rounds: u32) -> Result<bool> {
        let path = format!("/{OWNER}/{NAME}{}", self.path);
        let (page, first) = timed(|| http::get(&server.address, &path))?;
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..rounds.max(1) {
            let (page, seconds) = timed(|| http::get_compressed(&server.address, &path))?;
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
        let shown: String = self.path.chars().take(70).collect();
        println!("{:8.1} {:8.1} {kilobytes:8.1}  {shown} {}", first * 1e3, next * 1e3, wrong.join(", "));
        Ok(wrong.is_empty())
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
        Look { path: "/commits/of-blob".into(), status: 404, says: "Look for it among" },
        Look { path: "/commits/of-tree".into(), status: 404, says: "Look for it among" },
    ]
}
