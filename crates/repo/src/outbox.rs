//! What the site has to hear: written in the transaction that made it true, read until acknowledged.

use gitflare_db::{Sql, row, statements};
use gitflare_port::Event;

use crate::{Error, Result};

row! {
    struct OutboxRow {
        id: i64,
        body: String,
    }
}

statements! {
    ADD: () = "INSERT INTO outbox (body, at) VALUES (?, ?)";
    AFTER: OutboxRow = "SELECT id, body FROM outbox WHERE id > ? ORDER BY id LIMIT CAST(? AS INTEGER)";
    EXPIRED: (i64,) = "SELECT id FROM outbox WHERE id <= ? AND at < ? LIMIT 1";
    EXPIRE: () = "DELETE FROM outbox WHERE id <= ? AND at < ?";
}

/// Adds an event.
pub fn add(sql: &dyn Sql, event: &Event, now: i64) -> Result<()> {
    let body = serde_json::to_string(event).map_err(|error| Error::Damage(error.to_string()))?;
    sql.execute(&ADD, &[body.into(), now.into()])?;
    Ok(())
}

/// Events after number `after`, oldest first.
pub fn after(sql: &dyn Sql, after: i64, limit: u32) -> Result<Vec<(i64, Event)>> {
    let parse = |row: OutboxRow| {
        let event = serde_json::from_str(&row.body)
            .map_err(|error| Error::Damage(format!("outbox {}: {error}", row.id)))?;
        Ok((row.id, event))
    };
    sql.all(&AFTER, &[after.into(), limit.into()])?.into_iter().map(parse).collect()
}

/// Whether [`expire`] would remove anything.
pub fn has_expired(sql: &dyn Sql, applied: i64, before: i64) -> Result<bool> {
    Ok(sql.first(&EXPIRED, &[applied.into(), before.into()])?.is_some())
}

/// Removes events up to `applied` that are older than `before` (Unix seconds).
pub fn expire(sql: &dyn Sql, applied: i64, before: i64) -> Result<()> {
    sql.execute(&EXPIRE, &[applied.into(), before.into()])?;
    Ok(())
}
