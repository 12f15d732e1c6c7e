//! Packs: immutable, ordered by age. Staged packs are invisible, live ones are looked up, retired ones only finish the
//! streams that began on them.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicI64, Ordering},
};

use gitflare_db::{Sql, row, statements};

use crate::{Result, files::FileId, limits};

/// Where a pack came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A push.
    Push,
    /// Maintenance joined older packs.
    Merge,
}

impl Origin {
    const fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Merge => "merge",
        }
    }
}

row! {
    /// A pack.
    #[derive(Debug, Clone)]
    pub struct PackRow {
        /// Its number.
        pub id: i64,
        /// The file that holds its body.
        pub file: i64,
        /// Bytes in the body.
        pub size: i64,
        /// Entries.
        pub objects: i64,
        /// Entries that are deltas on an object of an older pack.
        pub ref_deltas: i64,
        /// Whether it may hold objects no ref reaches.
        pub has_unreachable: bool,
        /// Its age: higher is newer.
        pub live_seq: i64,
    }
}

row! {
    /// A pack of any state.
    #[derive(Debug, Clone)]
    pub struct PackState {
        /// Its number.
        pub id: i64,
        /// The file that holds its body.
        pub file: i64,
        /// `staged`, `live` or `retired`.
        pub state: String,
    }
}

statements! {
    LIST: PackState = "SELECT id, file, state FROM pack ORDER BY id";
    LIVE: PackRow = "SELECT pack.id, file, size, objects, ref_deltas, has_unreachable, live_seq FROM pack JOIN file ON file.id = pack.file WHERE pack.state = 'live' ORDER BY live_seq";
    STAGE: (i64,) = "INSERT INTO pack (file, state, origin, objects, ref_deltas) VALUES (?, 'staged', ?, ?, ?) RETURNING id";
    PUBLISH: () = "UPDATE pack SET state = 'live', live_seq = ?, has_unreachable = ? WHERE id = ? AND state = 'staged'";
    RETIRE: () = "UPDATE pack SET state = 'retired', retired_at = ? WHERE id = ? AND state = 'live'";
    RETIRED: (i64, i64) = "SELECT id, file FROM pack WHERE state = 'retired' AND retired_at < ?";
    OF_FILE: (i64,) = "SELECT id FROM pack WHERE file = ?";
    FORGET: () = "DELETE FROM pack WHERE id = ?";
    FORGET_STAGED: () = "DELETE FROM pack WHERE id = ? AND state = 'staged'";
    FLAG_ALL: () = "UPDATE pack SET has_unreachable = 1 WHERE state = 'live'";
    SET_FLAG: () = "UPDATE pack SET has_unreachable = ? WHERE id = ?";
}

/// A live pack with what is known of its index.
#[derive(Debug)]
pub struct Pack {
    /// The row.
    pub row: PackRow,
    /// First ids of its index segments, one after the other; read when first needed.
    pub(crate) first_oids: OnceLock<Vec<u8>>,
}

impl Pack {
    /// Its number.
    pub fn id(&self) -> i64 {
        self.row.id
    }

    /// The file that holds its body.
    pub fn file(&self) -> FileId {
        FileId(self.row.file)
    }

    /// Bytes in the body.
    pub fn size(&self) -> u64 {
        self.row.size as u64
    }
}

/// The live packs at one moment, oldest first.
#[derive(Debug)]
pub struct Live {
    /// The generation this list belongs to.
    pub generation: i64,
    /// Oldest first.
    pub packs: Vec<Arc<Pack>>,
    /// When a stream last read by it, Unix seconds.
    read_at: AtomicI64,
}

impl Live {
    /// Reads the list; packs known from `previous` keep what was read of their index.
    pub fn load(sql: &dyn Sql, generation: i64, previous: Option<&Self>) -> Result<Self> {
        let known = |row: &PackRow| {
            previous?
                .packs
                .iter()
                .find(|pack| pack.row.id == row.id && pack.row.has_unreachable == row.has_unreachable)
        };
        let packs = sql.all(&LIVE, &[])?.into_iter().map(|row| match known(&row) {
            Some(pack) => Arc::clone(pack),
            None => Arc::new(Pack { row, first_oids: OnceLock::new() }),
        });
        Ok(Self { generation, packs: packs.collect(), read_at: AtomicI64::new(0) })
    }

    /// A stream reads by this list.
    pub(crate) fn renew(&self, now: i64) {
        self.read_at.fetch_max(now, Ordering::Relaxed);
    }

    /// Whether a stream may still read by it. One that has not for a while has lost its client, and will not again.
    pub(crate) fn is_read(&self, now: i64) -> bool {
        now - self.read_at.load(Ordering::Relaxed) <= limits::STREAM_LEASE
    }

    /// Whether some live pack may hold objects no ref reaches.
    pub fn has_unreachable(&self) -> bool {
        self.packs.iter().any(|pack| pack.row.has_unreachable)
    }

    /// Objects in all live packs.
    pub fn objects(&self) -> u64 {
        self.packs.iter().map(|pack| pack.row.objects as u64).sum()
    }
}

/// All packs, whatever their state.
pub fn list(sql: &dyn Sql) -> Result<Vec<PackState>> {
    Ok(sql.all(&LIST, &[])?)
}

/// Adds a pack nobody can see yet.
pub fn stage(sql: &dyn Sql, file: FileId, origin: Origin, objects: u32, ref_deltas: u32) -> Result<i64> {
    let (id,) = sql.one(&STAGE, &[file.0.into(), origin.name().into(), objects.into(), ref_deltas.into()])?;
    Ok(id)
}

/// Makes a staged pack live at age `seq`.
pub fn publish(sql: &dyn Sql, pack: i64, seq: i64, has_unreachable: bool) -> Result<()> {
    sql.execute(&PUBLISH, &[seq.into(), has_unreachable.into(), pack.into()])?;
    Ok(())
}

/// Takes a pack out of the lookup; it stays readable for a while.
pub fn retire(sql: &dyn Sql, pack: i64, now: i64) -> Result<()> {
    sql.execute(&RETIRE, &[now.into(), pack.into()])?;
    Ok(())
}

/// Retired packs, with their files, that nobody should be reading any more.
pub fn retired_before(sql: &dyn Sql, time: i64) -> Result<Vec<(i64, FileId)>> {
    Ok(sql.all(&RETIRED, &[time.into()])?.into_iter().map(|(id, file)| (id, FileId(file))).collect())
}

/// The pack whose body is `file`, whatever its state.
pub fn of_file(sql: &dyn Sql, file: FileId) -> Result<Option<i64>> {
    Ok(sql.first(&OF_FILE, &[file.0.into()])?.map(|(id,)| id))
}

/// Forgets a pack; its index goes with [`crate::index::delete`].
pub fn forget(sql: &dyn Sql, pack: i64) -> Result<()> {
    sql.execute(&FORGET, &[pack.into()])?;
    Ok(())
}

/// Forgets a pack that was never published; answers whether it was one.
pub fn forget_staged(sql: &dyn Sql, pack: i64) -> Result<bool> {
    Ok(sql.execute(&FORGET_STAGED, &[pack.into()])? == 1)
}

/// Says of every live pack that it may hold unreachable objects: after a ref was deleted or rewound.
pub fn flag_all(sql: &dyn Sql) -> Result<()> {
    sql.execute(&FLAG_ALL, &[])?;
    Ok(())
}

/// Says of one pack whether it may hold unreachable objects.
pub fn set_flag(sql: &dyn Sql, pack: i64, has_unreachable: bool) -> Result<()> {
    sql.execute(&SET_FLAG, &[has_unreachable.into(), pack.into()])?;
    Ok(())
}
