//! What every ref was, when, and who moved it.

use gitflare_db::{Sql, Value, row, statements};
use gitflare_git::Oid;
use gitflare_port::Identity;

use crate::Result;

row! {
    /// One movement of one ref.
    #[derive(Debug, Clone)]
    pub struct Line {
        /// Its number; rises.
        pub id: i64,
        /// Full name of the ref.
        pub name: Vec<u8>,
        /// Id before, zeros for a new ref.
        pub old: Vec<u8>,
        /// Id after, zeros for a deleted one.
        pub new: Vec<u8>,
        /// Account that moved it; 0 is the local administrator.
        pub actor: i64,
        /// Unix seconds.
        pub at: i64,
    }
}

statements! {
    ADD: () = "INSERT INTO reflog (name, old, new, actor, actor_name, ip, at, push, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    COUNT: (i64,) = "SELECT count(*) FROM reflog";
    SINCE: Line = "SELECT id, name, old, new, actor, at FROM reflog WHERE at >= ? ORDER BY id";
}

/// How many movements are recorded.
pub fn count(sql: &dyn Sql) -> Result<u64> {
    Ok(sql.one(&COUNT, &[])?.0 as u64)
}

/// One movement to record.
pub struct Movement<'a> {
    /// Full name of the ref.
    pub name: &'a [u8],
    /// Id before.
    pub old: &'a Oid,
    /// Id after.
    pub new: &'a Oid,
    /// The push it belongs to: the same number on all its lines.
    pub push: i64,
    /// `push`, `merge` and the like.
    pub note: &'a str,
}

/// Records a movement.
pub fn add(sql: &dyn Sql, movement: &Movement<'_>, who: Option<&Identity>, now: i64) -> Result<()> {
    let (actor, name, ip) =
        who.map_or((0, "", None), |who| (who.account, who.name.as_str(), who.address.as_deref()));
    let args: [Value<'_>; 9] = [
        movement.name.into(),
        movement.old.as_bytes().into(),
        movement.new.as_bytes().into(),
        actor.into(),
        name.into(),
        ip.into(),
        now.into(),
        movement.push.into(),
        movement.note.into(),
    ];
    sql.execute(&ADD, &args)?;
    Ok(())
}

/// Movements since `time`, oldest first.
pub fn since(sql: &dyn Sql, time: i64) -> Result<Vec<Line>> {
    Ok(sql.all(&SINCE, &[time.into()])?)
}
