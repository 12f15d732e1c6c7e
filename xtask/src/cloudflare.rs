//! `cargo xtask cloudflare …`: builds, serves and deploys the other host.

pub(crate) mod build;
mod config;
mod deploy;
pub(crate) mod serve;
mod size;
pub(crate) mod tools;
mod wasm;

use crate::host::Result;

const USAGE: &str = "\
usage: cargo xtask cloudflare <command>

  build [--dev] [--features LIST]
      the Worker, into crates/cloudflare/build; --dev is quicker and larger, and goes into target/cloudflare
  serve [--persist DIR] [--listen ADDR] [--var NAME=VALUE]… [--no-build] [--test-hooks] [--dev] [--features LIST]
      builds it and serves it from a local workerd, offline, 127.0.0.1:8787 unless told otherwise; --var sets a text
      binding; --no-build serves what was built before; --test-hooks lets GET /cdn-cgi/handler/scheduled fire the cron
  deploy [--dry-run] [--name NAME] [--location HINT] [--new-setup-link]
      builds it and puts it on Cloudflare, with the database and the secret it needs; --name makes another site
  wrangler [--name NAME] WORDS…
      wrangler with the configuration of what is deployed: `wrangler tail`, `wrangler d1 execute DB --remote …`
";

/// Runs one of the commands above.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    match words {
        ["build", rest @ ..] => build::run(rest),
        ["serve", rest @ ..] => serve::run(rest),
        ["deploy", rest @ ..] => deploy::run(rest),
        ["wrangler", rest @ ..] => deploy::operate::run(rest),
        _ => Err(USAGE.into()),
    }
}
