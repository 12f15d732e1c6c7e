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
/// An object, its base and the delta between them are in memory up to this size each; what is larger is spooled through
/// rows. Part of what is stored: nothing up to this size stands on anything above it, so reading it stays cheap.
pub const KEEP: u64 = 4 << 20;
/// A large blob is stored whole when it would otherwise stand on a chain longer than this, because each link has to be
/// spooled by whoever needs the blob without its base.
pub const LARGE_CHAIN: u16 = 16;
/// Large objects one push may keep spooled at once. In the order they are taken up a pack whose bases are named by
/// distance needs no more than the logarithm of its objects.
pub const SPOOLS: usize = 24;
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
/// Seconds a publish turn is kept without a step. A client that vanished may leave behind a push that is never run again
/// and never dropped; it must not keep the others waiting.
pub const TURN_LEASE: i64 = 120;
/// Seconds a stream that is not read from keeps the packs it reads.
pub const STREAM_LEASE: i64 = 60 * 60;
/// Seconds a push waits for memory that other pushes have.
pub const ROOM_WAIT: i64 = 60;
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

/// How much memory a process may take, as far as it is a matter of choice. Bytes unless said otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Inflated objects, in a cache shared by all repositories.
    pub objects: usize,
    /// Rows of the virtual file system, alike.
    pub rows: usize,
    /// Index segments, alike.
    pub segments: usize,
    /// The commit graph.
    pub graph: usize,
    /// What pages found out and may ask for again: first lines of commits, lists of changes, walks.
    pub pages: usize,
    /// What pushes and merges keep of each object, all of them together.
    pub tables: u64,
    /// Objects one push may carry: they are in those tables.
    pub entries: u32,
    /// Objects one merge may join: so are they.
    pub joined: u64,
    /// Objects a push may name beyond as many as it carries: some 30 bytes each.
    pub links: usize,
}

impl Budget {
    /// For a process of its own.
    pub const fn native() -> Self {
        Self {
            objects: 20 << 20,
            rows: 8 << 20,
            segments: 8 << 20,
            graph: 8 << 20,
            pages: 8 << 20,
            tables: u64::MAX / 2,
            entries: OBJECTS,
            joined: 1_000_000,
            links: 2_000_000,
        }
    }

    /// For an isolate of 128 MB, which several Durable Objects share and whose memory never shrinks.
    pub const fn durable() -> Self {
        Self {
            objects: 10 << 20,
            rows: 2 << 20,
            segments: 4 << 20,
            graph: 3 << 20,
            pages: 2 << 20,
            tables: 28 << 20,
            entries: 200_000,
            joined: 300_000,
            links: 200_000,
        }
    }
}
