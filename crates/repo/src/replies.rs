//! Kept answers to requests without haves. Everything goes when a ref is deleted or rewound.

use gitflare_db::{Sql, Value, row, statements};
use gitflare_git::Oid;

use crate::{Error, Result, files, limits};

row! {
    /// The row.
    struct ReplyRow {
        file: Option<i64>,
        size: i64,
        objects: u32,
        trailer: Vec<u8>,
        used_at: i64,
    }
}

statements! {
    FILES: (Option<i64>,) = "SELECT file FROM reply";
    CLEAR: () = "DELETE FROM reply";
    GET: ReplyRow = "SELECT file, bytes AS size, objects, trailer, used_at FROM reply WHERE key = ?";
    ADD: () = "INSERT INTO reply (key, plan, file, objects, bytes, trailer, used_at, hits) VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (key) DO NOTHING";
    USED: () = "UPDATE reply SET used_at = ?, hits = hits + 1 WHERE key = ?";
    DROP_PLAN: () = "DELETE FROM reply WHERE plan = ? AND file IS NULL";
    BYTES: (Option<i64>,) = "SELECT SUM(bytes) FROM reply";
    OLDEST: (i64, Option<i64>, i64) = "SELECT id, file, bytes FROM reply WHERE file IS NOT NULL ORDER BY used_at, id LIMIT 1";
    DROP: () = "DELETE FROM reply WHERE id = ?";
}

/// Seconds between two notes of a kept answer's use.
const NOTED: i64 = 60 * 60;

/// A kept answer.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The body of its pack, unless that is made of live packs.
    pub file: Option<files::FileId>,
    /// Bytes in that file.
    pub size: u64,
    /// Objects in it.
    pub objects: u32,
    /// Its checksum.
    pub trailer: Oid,
    /// Whether its use has not been noted for long.
    pub is_stale: bool,
}

/// Looks a kept answer up.
pub fn get(sql: &dyn Sql, key: &str, now: i64) -> Result<Option<Kept>> {
    let Some(row) = sql.first(&GET, &[key.into()])? else { return Ok(None) };
    let trailer =
        Oid::from_bytes(&row.trailer).ok_or_else(|| Error::Damage(format!("reply {key} has no checksum")))?;
    Ok(Some(Kept {
        file: row.file.map(files::FileId),
        size: row.size as u64,
        objects: row.objects,
        trailer,
        is_stale: now - row.used_at > NOTED,
    }))
}

/// Notes that a kept answer was used.
pub fn used(sql: &dyn Sql, key: &str, now: i64) -> Result<()> {
    sql.execute(&USED, &[now.into(), key.into()])?;
    Ok(())
}

/// Keeps the checksum of the live packs one after the other; those of earlier live packs go.
pub fn keep_packs(sql: &dyn Sql, key: &str, objects: u32, trailer: &Oid, now: i64) -> Result<()> {
    sql.execute(&DROP_PLAN, &["packs".into()])?;
    add(sql, key, "packs", None, objects, 0, trailer, now)?;
    Ok(())
}

/// Keeps a sealed file as an answer, and lets the least used ones go that there is no room for. The file dies if the
/// same answer was kept meanwhile.
pub fn keep_file(
    sql: &dyn Sql,
    key: &str,
    (file, size): (files::FileId, u64),
    objects: u32,
    trailer: &Oid,
    now: i64,
) -> Result<()> {
    if !add(sql, key, "file", Some(file.0), objects, size as i64, trailer, now)? {
        return files::kill(sql, file);
    }
    files::keep(sql, file)?;
    let limit = room(sql)?;
    let mut bytes = sql.one(&BYTES, &[])?.0.unwrap_or(0);
    while bytes > limit as i64 {
        let Some((id, oldest, size)) = sql.first(&OLDEST, &[])? else { break };
        sql.execute(&DROP, &[id.into()])?;
        if let Some(oldest) = oldest {
            files::retire(sql, files::FileId(oldest), now + limits::RETIRED_GRACE)?;
        }
        bytes -= size;
    }
    Ok(())
}

/// Bytes all kept answers together may take.
pub fn room(sql: &dyn Sql) -> Result<u64> {
    Ok(limits::REPLIES.max(files::total(sql)? / 10))
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
fn add(
    sql: &dyn Sql,
    key: &str,
    plan: &str,
    file: Option<i64>,
    objects: u32,
    bytes: i64,
    trailer: &Oid,
    now: i64,
) -> Result<bool> {
    let args: [Value<'_>; 7] = [
        key.into(),
        plan.into(),
        file.into(),
        objects.into(),
        bytes.into(),
        trailer.as_bytes().into(),
        now.into(),
    ];
    Ok(sql.execute(&ADD, &args)? == 1)
}

/// Forgets every kept answer. Who is being sent one gets the rest of it.
pub fn clear(sql: &dyn Sql, now: i64) -> Result<()> {
    for (file,) in sql.all(&FILES, &[])? {
        if let Some(file) = file {
            files::retire(sql, files::FileId(file), now + limits::RETIRED_GRACE)?;
        }
    }
    sql.execute(&CLEAR, &[])?;
    Ok(())
}
