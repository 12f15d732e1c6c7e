//! The alarm: what an object does while nobody asks it. It tells the site what that has not heard, and maintains the
//! repository a slice at a time.
//!
//! Nothing in here fails as far as the platform can see: it would try again six times and then never more.

use std::time::Duration;

use gitflare_port::{Command, Reply};
use worker::Delay;

use super::{
    deliver,
    object::{Object, internal},
};
use crate::{clock, log};

/// When the alarm rings again if it does not come back from here.
const AGAIN: Duration = Duration::from_secs(60);
/// When to go on while a push is under way.
const DURING_PUSH: Duration = Duration::from_secs(60);
/// After work was done: by then replaced packs may be removed.
const LATER: Duration = Duration::from_secs(3_700);
/// Until a failure is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(3_600);
/// Slices in one ring: the next one has a new allowance of time.
const SLICES: u32 = 200;

/// Does what is due, and sets the next alarm.
pub(super) async fn ring(object: &Object) {
    // An object that was erased has no alarm; one that rings all the same must not come back to life.
    if object.is_blank() {
        return;
    }
    let set = object.wake_after(AGAIN).await;
    object.give_up_idle(clock::now());
    let next = work(object).await;
    if object.is_blank() {
        return;
    }
    let set = match set {
        Ok(set) => object.rewake(set, next).await,
        Err(error) => Err(error),
    };
    if let Err(error) = set {
        log::error("alarm", &error.to_string());
    }
}

/// Answers when there is more to do.
async fn work(object: &Object) -> Option<Duration> {
    if let Err(error) = tell(object).await {
        return Some(deliver::failed(object, "deliver", &error));
    }
    object.count_failure(false);
    if object.is_blank() {
        return None;
    }
    match maintain(object).await {
        Ok(Progress::More) => Some(Duration::ZERO),
        Ok(Progress::Nothing | Progress::Done) if awaits_room(object) => Some(DURING_PUSH),
        Ok(Progress::Done) => Some(LATER),
        Ok(Progress::Nothing) if object.is_pushed_to(clock::now()) => Some(DURING_PUSH),
        Ok(Progress::Nothing) => None,
        Err(error) => {
            log::warn("maintenance", &error);
            Some(AFTER_FAILURE)
        }
    }
}

/// Tells the site how a creation ended whose push is over, and all events.
async fn tell(object: &Object) -> Result<(), String> {
    if !object.is_pushed_to(clock::now())
        && let Some(begun) = object.begun().await.map_err(|error| error.to_string())?
    {
        deliver::settle(object, &begun, has_refs(object)?).await?;
        if object.is_blank() {
            return Ok(());
        }
    }
    deliver::deliver(object).await
}

fn has_refs(object: &Object) -> Result<bool, String> {
    let stat = object.repository().and_then(|repository| repository.command(Command::Stat, &clock::env()));
    match stat {
        Ok(Reply::Stat(stat)) => Ok(stat.refs > 0),
        Ok(_) => Err(internal("the repository answered something else").message),
        Err(error) => Err(error.message),
    }
}

fn awaits_room(object: &Object) -> bool {
    object.repository().is_ok_and(|repository| repository.awaits_room())
}

enum Progress {
    Nothing,
    Done,
    More,
}

async fn maintain(object: &Object) -> Result<Progress, String> {
    let repository = object.repository().map_err(|error| error.message)?;
    for slice in 0..SLICES {
        match repository.maintain(&clock::env()) {
            Ok(true) => {}
            Ok(false) if slice == 0 => return Ok(Progress::Nothing),
            Ok(false) => return Ok(Progress::Done),
            Err(error) => return Err(error.to_string()),
        }
        // Whoever waits for the object comes first, and what this slice wrote is committed.
        Delay::from(Duration::ZERO).await;
    }
    Ok(Progress::More)
}
