//! `cargo xtask cloudflare deploy`: puts the Worker on Cloudflare, with the database and the secret it needs.
//!
//! What exists is asked of the account each time and kept nowhere here: deploying from another machine, or again after
//! half a deployment, does what is left to do.

mod account;
pub(super) mod operate;

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use serde_json::{Value, json};

use self::account::Account;
use super::build::Build;
use super::config;
use crate::host::{self, Result};

/// The secret that opens the page where the first account is made.
const SETUP_TOKEN: &str = "GITFLARE_SETUP_TOKEN";

/// As in `crates/forge/src/setup.rs`: the Worker opens nothing with a shorter one.
const SHORTEST_TOKEN: usize = 16;

/// What to deploy, and as what.
struct Deploy {
    /// The module that the runtime loads first.
    script: PathBuf,
    /// Name of the Worker and of its database; another name is another site, such as one for trying things out.
    name: Option<String>,
    /// Where the database should be made.
    location: Option<String>,
    /// The token of the setup link, for who wants to know it beforehand.
    setup_token: Option<String>,
    /// Whether to replace the token of the setup link.
    new_setup_link: bool,
}

/// What came of it.
struct Deployed {
    address: String,
    /// The token of the setup link, when it was set by this deployment.
    setup_token: Option<String>,
}

/// Builds and deploys.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let build = Build::default();
    let mut deploy = Deploy {
        script: build.script(),
        name: None,
        location: None,
        setup_token: host::variable(SETUP_TOKEN).filter(|token| !token.is_empty()),
        new_setup_link: false,
    };
    let mut dry_run = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value =
            || words.next().map(|value| (*value).to_owned()).ok_or(format!("{word} wants a value"));
        match *word {
            "--dry-run" => dry_run = true,
            "--name" => deploy.name = Some(value()?),
            "--location" => deploy.location = Some(value()?),
            "--new-setup-link" => deploy.new_setup_link = true,
            _ => return Err(format!("deploy does not know {word}").into()),
        }
    }
    build.run()?;
    let account = Account::new(host::target().join("cloudflare/deploy"))?;
    if dry_run {
        return deploy.rehearse(&account);
    }
    let Deployed { address, setup_token } = deploy.run(&account)?;
    println!("deployed to {address}");
    match setup_token {
        Some(token) => println!("setup: {address}/setup?token={token}"),
        None => eprintln!(
            "The setup link was printed by the first deployment. As long as there is no account, \
             `cargo xtask cloudflare deploy --new-setup-link` makes another."
        ),
    }
    Ok(())
}

impl Deploy {
    /// Everything that can be checked without an account.
    fn rehearse(&self, account: &Account) -> Result<()> {
        account.write_config(&self.config("00000000-0000-0000-0000-000000000000")?)?;
        host::run(&mut account.wrangler(&["deploy", "--dry-run"]))
    }

    fn run(&self, account: &Account) -> Result<Deployed> {
        let name = self.name()?;
        let database = self.database(account, &name)?;
        account.write_config(&self.config(&database)?)?;
        let setup_token = self.token(account, &name)?;
        let secrets = setup_token.as_ref().map(|token| json!({ SETUP_TOKEN: token }));
        let addresses = account.deploy(secrets.as_ref())?;
        match addresses.into_iter().next() {
            Some(address) => Ok(Deployed { address, setup_token }),
            None => {
                Err("deployed, but without an address: set `routes` or `workers_dev` in wrangler.toml".into())
            }
        }
    }

    /// The token of the setup link, if there has to be one that the Worker does not have yet.
    fn token(&self, account: &Account, name: &str) -> Result<Option<String>> {
        if let Some(token) = &self.setup_token {
            if token.trim().len() < SHORTEST_TOKEN {
                return Err(format!(
                    "{SETUP_TOKEN} has fewer than {SHORTEST_TOKEN} characters: who guesses it owns the site"
                )
                .into());
            }
            return Ok(Some(token.clone()));
        }
        if !self.new_setup_link && account.secrets(name)?.iter().any(|secret| secret == SETUP_TOKEN) {
            return Ok(None);
        }
        random().map(Some)
    }

    /// The id of the database, which is made when it is missing.
    fn database(&self, account: &Account, name: &str) -> Result<String> {
        if let Some(id) = account.database(name)? {
            return Ok(id);
        }
        eprintln!("xtask: making the database {name}");
        account.create_database(name, self.location.as_deref())?;
        account
            .database(name)?
            .ok_or_else(|| format!("the database {name} was made, but is not listed").into())
    }

    fn name(&self) -> Result<String> {
        if let Some(name) = &self.name {
            return Ok(name.clone());
        }
        let config = config::read()?;
        Ok(config.get("name").and_then(toml::Value::as_str).ok_or("wrangler.toml: no name")?.to_owned())
    }

    /// `wrangler.toml` with what only this deployment knows.
    fn config(&self, database: &str) -> Result<Value> {
        let written = config::read()?;
        let mut config = serde_json::to_value(&written)?;
        config["main"] = json!(self.script);
        config["assets"]["directory"] = json!(config::assets_folder(&written)?);
        // It has been built.
        config["build"] = json!({});
        config["d1_databases"][0]["database_id"] = json!(database);
        if let Some(name) = &self.name {
            config["name"] = json!(name);
            config["d1_databases"][0]["database_name"] = json!(name);
            // The address belongs to the site of the usual name.
            config["routes"] = json!([]);
            config["vars"]["GITFLARE_URL"] = json!("");
        }
        Ok(config)
    }
}

/// 32 bytes that nobody can guess, as hex.
fn random() -> Result<String> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests;
