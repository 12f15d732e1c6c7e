//! Repositories of about 300 MB: very many objects, or few and large ones.

use std::io::Write;
use std::path::Path;

use crate::git::Git;
use crate::host::Result;
use crate::soak::random::Random;

/// Commits of the repository of many objects; each brings a file and the three folders above it.
const COMMITS: u32 = 80_000;
/// Blobs of random bytes in the repository of large ones.
const BLOBS: u32 = 7;
const BLOB: usize = 40 << 20;

const AUTHOR: &str = "Ada <ada@example.com>";

/// 400,000 objects, most of them deltas.
pub(crate) fn many(git: &Git, folder: &Path, random: &mut Random) -> Result<()> {
    init(git, folder)?;
    git.import_written(folder, &["--depth=50"], |out| {
        let shared = (0..60).map(|line| format!("line {line} is in every file of this repository\n"));
        let shared: String = shared.collect();
        for number in 0..COMMITS {
            let mut text = shared.clone();
            for _ in 0..180 {
                text.push_str(&format!("{:016x}{:016x}\n", random.next(), random.next()));
            }
            let path = format!("a{}/b{}/c{}.txt", number % 16, number / 16 % 16, number % 31);
            change(out, number + 1, &path, text.as_bytes())?;
        }
        Ok(())
    })
}

/// Blobs of 40 MB: random ones, a text, and the same text with changes, which git sends as a delta.
pub(crate) fn large(git: &Git, folder: &Path, random: &mut Random) -> Result<()> {
    init(git, folder)?;
    // Looking for deltas between random bytes would cost the client minutes.
    std::fs::write(folder.join("info/attributes"), "*.bin -delta\n")?;
    let mut text = Vec::with_capacity(BLOB);
    while text.len() < BLOB {
        writeln!(text, "{:08} words that repeat, and {:08x} that does not", text.len(), random.next() >> 32)?;
    }
    git.import_written(folder, &["--depth=0"], |out| {
        for number in 1..=BLOBS {
            change(out, number, &format!("{number}.bin"), &random.bytes(BLOB))?;
        }
        change(out, BLOBS + 1, "text.txt", &text)
    })?;
    for place in text.iter_mut().step_by(1 << 20) {
        *place = b'!';
    }
    // Of its own pack: within one, git keeps what it finds whole.
    git.import_written(folder, &["--depth=0"], |out| {
        writeln!(out, "reset refs/heads/main\nfrom refs/heads/main^0\n")?;
        change(out, BLOBS + 2, "text.txt", &text)
    })
}

/// A few commits.
pub(crate) fn small(git: &Git, folder: &Path) -> Result<()> {
    init(git, folder)?;
    git.import_written(folder, &[], |out| {
        (1..20).try_for_each(|number| change(out, number, "file.txt", format!("{number}\n").as_bytes()))
    })
}

fn init(git: &Git, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    git.run(folder, ["init", "--quiet", "--bare", "."]).map(drop)
}

fn change(out: &mut dyn Write, number: u32, path: &str, content: &[u8]) -> Result<()> {
    let time = 1_700_000_000 + number;
    write!(out, "commit refs/heads/main\ncommitter {AUTHOR} {time} +0000\ndata 7\nchange\n\n")?;
    write!(out, "M 100644 inline {path}\ndata {}\n", content.len())?;
    out.write_all(content)?;
    Ok(out.write_all(b"\n\n")?)
}
