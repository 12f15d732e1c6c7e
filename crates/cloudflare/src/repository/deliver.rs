//! What the repository has to tell the site: in order and at least once. The site applies each event once, so two who
//! deliver at the same time do no harm.

use std::time::Duration;

use gitflare_forge::{Forge, transfer::Begun};
use gitflare_port::{Command, Reply};

use super::object::Object;
use crate::{clock, log};

/// Events asked for at once.
const BATCH: u32 = 100;
/// How long maintenance waits after a push: more of them may follow, and fetches go first.
pub(super) const SOON: Duration = Duration::from_secs(5);
/// Seconds after which an event that cannot be applied is left out.
const HOPELESS: i64 = 86_400;
/// The waits between deliveries that fail; the last one goes on for ever. The platform's own retries would run out.
const RETRIES: [u64; 6] = [5, 15, 60, 300, 900, 3_600];

/// What follows a push. Never fails: what cannot be done now is done by the alarm.
pub(super) async fn follow_up(object: &Object, begun: Option<&Begun>, moved: bool) {
    let mut wait = SOON;
    if let Some(begun) = begun
        && let Err(error) = settle(object, begun, moved).await
    {
        wait = failed(object, "settle", &error);
    }
    if moved {
        match deliver(object).await {
            Ok(()) => {
                object.count_failure(false);
            }
            Err(error) => wait = failed(object, "deliver", &error),
        }
    }
    // A repository that was given up is empty, and would come back by an alarm.
    if !object.is_blank()
        && let Err(error) = object.wake_within(wait).await
    {
        log::error("alarm", &error.to_string());
    }
}

/// Tells the site how the creation of this repository ended.
pub(super) async fn settle(object: &Object, begun: &Begun, moved: bool) -> Result<(), String> {
    let site = object.site().map_err(|error| error.to_string())?;
    site.settle(begun, moved).await.map_err(|error| cause(&error))?;
    if object.is_blank() {
        return Ok(());
    }
    object.forget_begun().await.map_err(|error| error.to_string())
}

/// Tells the site everything it has not heard.
pub(super) async fn deliver(object: &Object) -> Result<(), String> {
    let id = object.id().map_err(|error| error.message)?;
    let repository = object.repository().map_err(|error| error.message)?;
    let site = object.site().map_err(|error| error.to_string())?;
    let mut last = object.delivered().await.map_err(|error| error.to_string())?;
    loop {
        let asked = Command::Outbox { after: last, limit: BATCH };
        let events = match repository.command(asked, &clock::env()).map_err(|error| error.message)? {
            Reply::Outbox(events) if events.is_empty() => return Ok(()),
            Reply::Outbox(events) => events,
            _ => return Err("the repository answered something else".into()),
        };
        for (seq, event) in events {
            if let Err(error) = site.apply(id, seq, &event).await {
                let cause = cause(&error);
                if !is_hopeless(object, &site, seq).await {
                    return Err(cause);
                }
                log::error("deliver", &format!("event {seq} of repository {id} is left out: {cause}"));
                site.leave_out(id, seq, &cause).await.map_err(|error| self::cause(&error))?;
            }
            last = seq;
        }
        object.note_delivered(last).await.map_err(|error| error.to_string())?;
    }
}

/// Whether the site has refused an event for so long, while it takes others, that it must not keep those back.
async fn is_hopeless(object: &Object, site: &Forge, seq: i64) -> bool {
    let now = clock::now();
    let since = object.failing_since(seq, now).await.unwrap_or(now);
    now - since > HOPELESS && gitflare_forge::site::settings(site).await.is_ok()
}

/// Logs a failure and answers when to try again.
pub(super) fn failed(object: &Object, what: &str, why: &str) -> Duration {
    log::warn(what, why);
    let failures = object.count_failure(true) as usize;
    let seconds = RETRIES.get(failures.saturating_sub(1)).or(RETRIES.last());
    Duration::from_secs(seconds.copied().unwrap_or(60))
}

fn cause(error: &gitflare_forge::Error) -> String {
    error.cause.clone().unwrap_or_else(|| error.message.clone())
}
