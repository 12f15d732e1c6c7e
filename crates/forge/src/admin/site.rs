//! `site …`: the settings of the site.

use http::Method;
use serde::{Deserialize, Serialize};

use super::{Gate, Operation};
use crate::{
    Forge, Level, Result,
    access::{self, act},
    actor::Actor,
    site,
};

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// `open` or `closed`.
    pub registration: String,
    /// The site's address, as seen when it was set up.
    pub url: Option<String>,
    /// Bytes of the largest push, where the host has such a limit.
    #[serde(default)]
    pub body_limit: Option<u64>,
}

/// Shows the settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowSite {}

impl Operation for ShowSite {
    type Reply = Settings;

    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/site";
    const GATE: Gate = Gate::Office(Level::Read);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::SeeSite>(actor)?;
        let settings = site::show(forge, &access).await?;
        let registration = settings.registration.name().into();
        Ok(Settings { registration, url: settings.url, body_limit: forge.settings().body_limit })
    }
}

/// Changes one setting.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSetting {
    /// Which: `registration` or `url`.
    pub setting: String,
    /// To what.
    pub value: String,
}

impl Operation for ChangeSetting {
    type Reply = ();

    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/site/{setting}";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::AdministerSite>(actor)?;
        site::set(forge, &access, &self.setting, &self.value).await
    }
}
