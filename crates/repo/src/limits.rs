//! Every limit and budget in one place. Sizes are bytes unless said otherwise.

/// Rows appended to the virtual file system in one commit: 16 rows, about 1 MiB.
pub const APPEND: usize = 16 * 65_515;
/// The largest pack a push may carry.
pub const PACK: u64 = 2 << 30;
/// The largest object.
pub const OBJECT: u64 = 100 << 20;
/// The largest commit or tag.
pub const COMMIT: u64 = 1 << 20;
/// The largest tree.
pub const TREE: u64 = 32 << 20;
/// A pack may inflate to this many times its size...
pub const RATIO: u64 = 200;
/// ...plus this.
pub const RATIO_SLACK: u64 = 1 << 30;
/// The most objects one push may carry.
pub const OBJECTS: u32 = 10_000_000;
/// The longest chain of deltas accepted, as in git.
pub const CHAIN: u16 = 4_095;
/// A delta on an object of an older pack is stored whole instead when the chain would grow beyond this.
pub const FOREIGN_CHAIN: u16 = 250;
/// Blobs up to this size are kept in memory while they arrive, because a delta may follow.
pub const KEEP: u64 = 8 << 20;
/// Bytes in the options of one push: they are handed to the site in one row.
pub const OPTIONS: usize = 64 << 10;
/// Bytes in a ref name.
pub const REF_NAME: usize = 1_024;
/// Refs in one repository.
pub const REFS: u64 = 1_000_000;
/// Seconds an unpublished file is kept without progress.
pub const DEADLINE: i64 = 15 * 60;
/// Seconds between keep-alive packets while the client waits.
pub const KEEPALIVE: i64 = 5;
/// Seconds a replaced pack or answer stays readable at least, for the streams that began on it.
pub const RETIRED_GRACE: i64 = 60 * 60;
/// Rows deleted in one transaction when a dead file is swept.
pub const SWEEP_ROWS: u32 = 256;
/// A push of fewer objects is stored and published in one transaction.
pub const SMALL_PUSH: usize = 5_000;
/// Index rows written in one transaction.
pub const INDEX_ROWS: usize = 2_000;
/// Cached answers take at most this much, or a tenth of the repository if that is more.
pub const REPLIES: u64 = 256 << 20;
/// Seconds delivered outbox rows are kept: a restore of the site replays them.
pub const OUTBOX_KEEP: i64 = 7 * 24 * 60 * 60;

/// How much memory the caches shared by all repositories of a process may take.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Inflated objects.
    pub objects: usize,
    /// Rows of the virtual file system.
    pub rows: usize,
    /// Index segments.
    pub segments: usize,
    /// The commit graph.
    pub graph: usize,
    /// What pages found out and may ask for again: first lines of commits, lists of changes, walks.
    pub pages: usize,
}

impl Budget {
    /// For a process of its own.
    pub const fn native() -> Self {
        Self { objects: 20 << 20, rows: 8 << 20, segments: 8 << 20, graph: 8 << 20, pages: 8 << 20 }
    }

    /// For an isolate of 128 MB.
    pub const fn isolate() -> Self {
        Self { objects: 14 << 20, rows: 4 << 20, segments: 6 << 20, graph: 4 << 20, pages: 3 << 20 }
    }
}
