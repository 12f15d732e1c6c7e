//! `cargo xtask soak proxy [MIB]`: the tests behind nginx with TLS, with a push of 300 MB where they take a few.

use crate::host::{self, Result};

/// Runs them; nginx and openssl must be there.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let mebibytes: u32 = words.first().map_or(Ok(300), |word| word.parse())?;
    for program in ["nginx", "openssl"] {
        if !host::is_installed(program) {
            return Err(format!("{program} is missing: apt-get install -y nginx-light openssl").into());
        }
    }
    println!("{mebibytes} MiB through nginx with TLS, pushed, cloned, and pushed again with buffering");
    let mut tests = host::cargo(["test", "--package", "gitflare-server", "--test", "proxy"]);
    host::run(tests.env("GITFLARE_TEST_MEBIBYTES", mebibytes.to_string()))
}
