//! Limits on guessing: after a few failures a subject has to wait, twice as long each time. Kept in the site's
//! database, because requests may meet in different processes, and bounded, because rows older than a day go.

use std::net::IpAddr;

use crate::{Error, Result, host::Forge};

pub mod queries;

/// How many failures are free, and how long the longest wait is.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    free: i64,
    longest: i64,
}

/// Failures by one address: five are free, then waits up to an hour.
pub const ADDRESS: Policy = Policy { free: 5, longest: 3600 };
/// Failures for one account, from wherever: more are free and waits are short, so that a stranger cannot lock anyone out.
pub const ACCOUNT: Policy = Policy { free: 10, longest: 60 };
/// Unknown tokens from one address.
pub const TOKEN: Policy = Policy { free: 30, longest: 600 };

/// Counts an attempt as failed until [`forgive`] says otherwise, so that attempts made at the same time all count.
/// Fails while the subject has to wait.
pub async fn attempt(forge: &Forge, subject: &str, policy: Policy) -> Result<()> {
    let now = forge.now();
    let answers = forge
        .site()
        .batch(vec![
            queries::FORGET_OLD.bind(vec![(now - 86_400).into()]),
            queries::COUNT.bind(vec![
                subject.to_owned().into(),
                now.into(),
                policy.free.into(),
                policy.longest.into(),
            ]),
            queries::UNTIL.bind(vec![subject.to_owned().into()]),
        ])
        .await?;
    // No row changed: the subject still has to wait.
    let counted = answers.get(1).is_some_and(|answer| answer.changes > 0);
    let until = answers.get(2).map(|answer| answer.read(&queries::UNTIL)).transpose()?.unwrap_or_default();
    match (counted, until.first()) {
        (false, Some((until,))) if *until > now => Err(Error::limited(until - now)),
        _ => Ok(()),
    }
}

/// An attempt succeeded: its subject starts anew.
pub async fn forgive(forge: &Forge, subject: &str) -> Result<()> {
    forge.site().execute(&queries::FORGIVE, vec![subject.to_owned().into()]).await?;
    Ok(())
}

/// What an address is counted under: itself, or its /64 network. The own machine is not counted, because behind a
/// proxy that is not listed everybody comes from there.
pub fn address_subject(prefix: &str, address: Option<IpAddr>) -> Option<String> {
    match address? {
        address if address.is_loopback() => None,
        IpAddr::V4(address) => Some(format!("{prefix}:{address}")),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Some(format!("{prefix}:{a:x}:{b:x}:{c:x}:{d:x}"))
        }
    }
}
