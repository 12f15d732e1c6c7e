//! The one row of counters and facts about the whole repository.

use gitflare_db::{Sql, row, statements};
use gitflare_git::ObjectFormat;

use crate::{Error, Result};

row! {
    /// The row.
    #[derive(Debug, Clone)]
    pub struct State {
        /// `sha1` or `sha256`, fixed when the repository is created.
        pub object_format: String,
        /// Full name of the ref HEAD names, born or not.
        pub head: Vec<u8>,
        /// The next commit number; rows from here on are leftovers.
        pub next_cid: i64,
        /// The next age of a pack.
        pub next_seq: i64,
        /// Rises with each change of a ref.
        pub refs_gen: i64,
        /// Rises with each change of the live packs.
        pub pack_gen: i64,
        /// Why nothing may move a ref now, if that is so: for whoever tries.
        pub frozen: Option<String>,
    }
}

statements! {
    GET: State = "SELECT object_format, head, next_cid, next_seq, refs_gen, pack_gen,
        (SELECT task.state FROM task WHERE name = 'frozen') AS frozen FROM state WHERE id = 1";
    SET_HEAD: () = "UPDATE state SET head = ?, refs_gen = refs_gen + 1 WHERE id = 1";
    PUBLISHED: () = "UPDATE state SET next_cid = ?, next_seq = ?, refs_gen = refs_gen + 1, pack_gen = pack_gen + 1 WHERE id = 1";
    REPACKED: () = "UPDATE state SET pack_gen = pack_gen + 1 WHERE id = 1";
}

impl State {
    /// The object format.
    pub fn format(&self) -> Result<ObjectFormat> {
        ObjectFormat::from_name(&self.object_format)
            .ok_or_else(|| Error::Damage(format!("unknown object format {}", self.object_format)))
    }
}

/// Reads it.
pub fn get(sql: &dyn Sql) -> Result<State> {
    Ok(sql.one(&GET, &[])?)
}

/// Makes HEAD name another ref.
pub fn set_head(sql: &dyn Sql, name: &[u8]) -> Result<()> {
    sql.execute(&SET_HEAD, &[name.into()])?;
    Ok(())
}

/// Moves the counters after refs, and perhaps packs, changed.
pub fn published(sql: &dyn Sql, next_cid: i64, next_seq: i64) -> Result<()> {
    sql.execute(&PUBLISHED, &[next_cid.into(), next_seq.into()])?;
    Ok(())
}

/// Tells readers that the live packs changed while no ref did.
pub fn repacked(sql: &dyn Sql) -> Result<()> {
    sql.execute(&REPACKED, &[])?;
    Ok(())
}
