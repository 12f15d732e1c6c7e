//! What the host may choose about a database file. Durability is not among it.

use std::time::Duration;

/// How to open a database file.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of a page, for a file that is created.
    pub page_size: u32,
    /// Page cache of the writer in KiB. It is a ceiling: pages are allocated when they are first used.
    pub writer_cache_kib: u32,
    /// Page cache of each reader in KiB.
    pub reader_cache_kib: u32,
    /// How many readers stay open when nobody reads; more are opened when needed and closed afterwards.
    pub idle_readers: usize,
    /// How long to wait for another process that holds the file's lock.
    pub busy_timeout: Duration,
    /// Whether commits reach the disk. Only a throw-away database of tests goes without.
    pub(super) synced: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            page_size: 4096,
            writer_cache_kib: 2048,
            reader_cache_kib: 1024,
            idle_readers: 4,
            busy_timeout: Duration::from_secs(10),
            synced: true,
        }
    }
}
