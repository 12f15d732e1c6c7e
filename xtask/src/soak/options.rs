//! What the soaks that crash, race and load have in common on their command line: `[N] [PATH] [--seed S] [--binary FILE]`.

use std::path::{Path, PathBuf};

use crate::build;
use crate::host::Result;

/// The seed of a run that names none: the same moments every time.
const SEED: u64 = 20_261_123;

/// A command line, read.
pub(crate) struct Options {
    /// How many rounds.
    pub(crate) rounds: u32,
    /// Where the random numbers begin.
    pub(crate) seed: u64,
    /// The server to soak.
    pub(crate) binary: PathBuf,
    /// A local repository to use.
    pub(crate) path: Option<PathBuf>,
}

impl Options {
    /// Reads the words; builds the release binary unless one is named.
    pub(crate) fn parse(words: &[&str], rounds: u32) -> Result<Self> {
        let (mut rounds, mut seed, mut binary, mut path) = (rounds, SEED, None, None);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--seed" => seed = words.next().ok_or("--seed needs a number")?.parse()?,
                "--binary" => binary = Some(absolute(words.next().ok_or("--binary needs a file")?)?),
                word if word.starts_with('-') => return Err(format!("unknown option {word}").into()),
                word => match word.parse() {
                    Ok(number) => rounds = number,
                    Err(_) => path = Some(absolute(word)?),
                },
            }
        }
        let binary = binary.map_or_else(build::release, Ok)?;
        Ok(Self { rounds, seed, binary, path })
    }
}

fn absolute(path: &str) -> Result<PathBuf> {
    std::fs::canonicalize(Path::new(path)).map_err(|error| format!("{path}: {error}").into())
}
