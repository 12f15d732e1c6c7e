//! What wrangler is asked to do in the account it is logged in to.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cloudflare::tools;
use crate::host::{self, Result};

/// How wrangler says that there is no Worker of this name.
const NO_SUCH_WORKER: &str = "If this is a new Worker";

/// An account, by way of wrangler and a configuration file made for one deployment.
pub(super) struct Account {
    folder: PathBuf,
    /// Settings in the environment beside the caller's own.
    pub(super) environment: Vec<(String, String)>,
}

impl Account {
    /// Works in a folder, which is made when missing.
    pub(super) fn new(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, environment: Vec::new() })
    }

    /// Wrangler with its words, for the configuration that was written last.
    pub(super) fn wrangler(&self, words: &[&str]) -> Command {
        let mut wrangler = self.bare(words);
        wrangler.arg("--config").arg(self.config());
        wrangler
    }

    /// Wrangler without a Worker in view.
    fn bare(&self, words: &[&str]) -> Command {
        let mut wrangler = tools::wrangler();
        // Elsewhere than `wrangler.toml`, which some of its commands would like to edit.
        wrangler.args(words).current_dir(&self.folder).envs(self.environment.iter().cloned());
        wrangler
    }

    fn config(&self) -> PathBuf {
        self.folder.join("wrangler.json")
    }

    /// Writes the configuration of this deployment.
    pub(super) fn write_config(&self, config: &Value) -> Result<()> {
        Ok(fs::write(self.config(), serde_json::to_string_pretty(config)?)?)
    }

    /// The id of the database of a name.
    pub(super) fn database(&self, name: &str) -> Result<Option<String>> {
        let listing = self.ask(&["d1", "list", "--json"]).map_err(|said| {
            format!(
                "{said}\n  Is wrangler logged in? `npx wrangler login` in crates/cloudflare does that; without a browser, \
                 set CLOUDFLARE_API_TOKEN (docs/cloudflare.md)."
            )
        })?;
        let databases = json(&listing)?;
        let field =
            |database: &Value, key: &str| database.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut databases = databases.as_array().into_iter().flatten();
        let found = databases.find(|database| field(database, "name").as_deref() == Some(name));
        Ok(found.and_then(|database| field(database, "uuid")))
    }

    /// Makes a database.
    pub(super) fn create_database(&self, name: &str, location: Option<&str>) -> Result<()> {
        let mut words = vec!["d1", "create", name];
        words.extend(location.into_iter().flat_map(|location| ["--location", location]));
        self.ask(&words)?;
        Ok(())
    }

    /// The names of the secrets a Worker has; none when there is no such Worker yet.
    pub(super) fn secrets(&self, name: &str) -> Result<Vec<String>> {
        let listing = match self.ask(&["secret", "list", "--format", "json", "--name", name]) {
            Ok(listing) => json(&listing)?,
            Err(said) if said.contains(NO_SUCH_WORKER) => return Ok(Vec::new()),
            Err(said) => return Err(said.into()),
        };
        let names = listing.as_array().into_iter().flatten().filter_map(|secret| secret.get("name"));
        Ok(names.filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// What wrangler answers, or everything it said when it failed.
    fn ask(&self, words: &[&str]) -> Result<String, String> {
        let output = self.bare(words).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        Err(format!("wrangler {}:\n{}{}", words.join(" "), text(&output.stdout), text(&output.stderr)))
    }

    /// Uploads the Worker with the secrets given, and says at which addresses it is.
    pub(super) fn deploy(&self, secrets: Option<&Value>) -> Result<Vec<String>> {
        let (report, file) = (self.folder.join("report.json"), self.folder.join("secrets.json"));
        for old in [&report, &file] {
            if old.exists() {
                fs::remove_file(old)?;
            }
        }
        let mut wrangler = self.wrangler(&["deploy"]);
        wrangler.env("WRANGLER_OUTPUT_FILE_PATH", &report);
        if let Some(secrets) = secrets {
            File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&file)?
                .write_all(secrets.to_string().as_bytes())?;
            wrangler.arg("--secrets-file").arg(&file);
        }
        let outcome = host::run(tools::quiet(&mut wrangler));
        if file.exists() {
            fs::remove_file(&file)?;
        }
        outcome?;
        addresses(&report)
    }
}

/// What wrangler reports about itself: one JSON object a line.
fn addresses(report: &Path) -> Result<Vec<String>> {
    let report = fs::read_to_string(report)?;
    let mut addresses = Vec::new();
    for line in report.lines() {
        let entry: Value = serde_json::from_str(line)?;
        if entry.get("type").and_then(Value::as_str) != Some("deploy") {
            continue;
        }
        let targets = entry.get("targets").and_then(Value::as_array).into_iter().flatten();
        addresses.extend(targets.filter_map(Value::as_str).filter_map(address));
    }
    Ok(addresses)
}

/// A target is an address, a domain with remarks behind it, or a schedule.
fn address(target: &str) -> Option<String> {
    let first = target.split_whitespace().next()?;
    if first.starts_with("https://") {
        return Some(first.trim_end_matches('/').to_owned());
    }
    let is_domain = first.contains('.') && !first.contains('*') && !target.starts_with("schedule");
    is_domain.then(|| format!("https://{}", first.trim_end_matches('/')))
}

/// The JSON of an output that may begin with a banner.
fn json(text: &str) -> Result<Value> {
    let start = text.find(['[', '{']).ok_or_else(|| format!("wrangler said no JSON: {text}"))?;
    Ok(serde_json::from_str(text.get(start..).unwrap_or_default())?)
}
