//! `cargo xtask cloudflare wrangler`: what wrangler can do with a site that is deployed. `wrangler.toml` names no database,
//! so that it fits every account; here it is looked up first.

use super::account::Account;
use super::{Build, Deploy, SETUP_TOKEN, host};
use crate::host::Result;

/// Runs wrangler's words with the configuration of a deployment.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let (name, words) = parse(words)?;
    let account = Account::new(host::target().join("cloudflare/deploy"))?;
    host::run(&mut command(&account, name, words)?)
}

/// The name of the site, if it is another than the usual one, and what is wrangler's.
pub(super) fn parse<'a, 'b>(words: &'b [&'a str]) -> Result<(Option<&'a str>, &'b [&'a str])> {
    let (name, words) = match words {
        ["--name", name, rest @ ..] => (Some(*name), rest),
        rest => (None, rest),
    };
    let words = words.strip_prefix(&["--"]).unwrap_or(words);
    if words.is_empty() {
        return Err(
            "wrangler wants its words, such as `tail`; --name NAME before them means another site".into()
        );
    }
    Ok((name, words))
}

/// The command, once the account has said which database is the site's.
pub(super) fn command(
    account: &Account,
    name: Option<&str>,
    words: &[&str],
) -> Result<std::process::Command> {
    let site = Deploy {
        script: Build::default().script(),
        name: name.map(str::to_owned),
        location: None,
        setup_token: None,
        new_setup_link: false,
    };
    let name = site.name()?;
    let database = account.database(&name)?;
    let database = database.ok_or_else(|| format!("this account has no database {name}: deploy it first"))?;
    account.write_config(&site.config(&database)?)?;
    let mut wrangler = account.wrangler(words);
    wrangler.env_remove(SETUP_TOKEN);
    Ok(wrangler)
}
