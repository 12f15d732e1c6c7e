//! The site's own settings: few, and each with a default that needs no attention.

use crate::{
    Error, Result,
    access::{
        Access,
        act::{AdministerSite, SeeSite},
    },
    audit,
    host::Forge,
    moving,
};

pub mod queries;

/// Who gets an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Whom an administrator gives one.
    Closed,
    /// Whoever asks.
    Open,
}

impl Registration {
    /// `closed` or `open`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }
}

/// The site's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteSettings {
    /// Who gets an account.
    pub registration: Registration,
    /// The site's address, as seen when it was set up; for mails and webhooks.
    pub url: Option<String>,
}

impl SiteSettings {
    /// Whether anybody may make an account.
    pub fn is_open(&self) -> bool {
        self.registration == Registration::Open
    }
}

/// The settings, for showing them.
pub async fn show(forge: &Forge, _access: &Access<SeeSite>) -> Result<SiteSettings> {
    settings(forge).await
}

/// The settings, for acting by them.
pub async fn settings(forge: &Forge) -> Result<SiteSettings> {
    let answers = forge.site().batch(vec![bind()]).await?;
    read(answers.first().ok_or_else(|| Error::internal("one answer expected"))?)
}

/// The question for the settings, for the batch of a page; [`read`] reads what it answers.
pub(crate) fn bind() -> gitflare_db::Bound {
    queries::ALL.bind(vec![])
}

/// What [`bind`] was answered.
pub(crate) fn read(answer: &gitflare_db::Answer) -> Result<SiteSettings> {
    let rows = answer.read(&queries::ALL)?;
    let value = |name: &str| rows.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let registration = match value("registration").as_deref() {
        Some("open") => Registration::Open,
        _ => Registration::Closed,
    };
    Ok(SiteSettings { registration, url: value("url") })
}

/// Sets one, by the name `gitflare site set` takes.
pub async fn set(forge: &Forge, access: &Access<AdministerSite>, name: &str, value: &str) -> Result<()> {
    let value = match (name, value) {
        ("registration", "open" | "closed") => value.to_owned(),
        ("registration", _) => {
            return Err(Error::invalid("registration", "Registration is 'open' or 'closed'"));
        }
        ("url", _) => check_url(value)?,
        _ => {
            return Err(Error::invalid(
                "name",
                format!("There is no setting '{name}'; there are registration and url"),
            ));
        }
    };
    // Its table may change while the site is moved, but what is changed here would stay here.
    if moving::is_frozen(forge).await? {
        return Err(moving::frozen());
    }
    let batch = vec![
        queries::SET.bind(vec![name.to_owned().into(), value.clone().into()]),
        audit::entry(forge, access.actor(), "site.set", name, &value),
    ];
    forge.site().batch(batch).await?;
    Ok(())
}

/// An http(s) address without path, and without the slash at its end.
pub fn check_url(text: &str) -> Result<String> {
    let text = text.trim().trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    if crate::http::is_authority(rest) {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid("url", "The address is http:// or https:// and a host, without a path"))
    }
}
