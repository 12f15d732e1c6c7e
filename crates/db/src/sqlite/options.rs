//! What the host may choose about a database file. Durability is not among it.

use std::time::Duration;

/// How to open a database file.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of a page, for a file that is created. Rows of 65,515 bytes by rowid, in the system's cache, were read at
    /// about 4.4 GB/s with pages of 4096 bytes, 5.4 with 8192, 6.8 with 16384 and 7.3 with 32768 (medians of three
    /// runs on a shared machine, this crate optimised); writing showed no difference above the noise. Larger pages
    /// also make small commits and caches coarser, which was not measured: the default is the middle way.
    pub page_size: u32,
    /// Page cache of the writer in KiB. It is a ceiling: pages are allocated when they are first used. A database
    /// whose writer and two readers had all been busy added 2.5 MiB of resident memory. `Sqlite::trim` frees nearly
    /// all of it to the allocator, but glibc's gave only a quarter back to the system.
    pub writer_cache_kib: u32,
    /// Page cache of each reader in KiB.
    pub reader_cache_kib: u32,
    /// How many readers stay open when nobody reads; more are opened when needed and closed afterwards.
    pub idle_readers: usize,
    /// How long to wait for another process that holds the file's lock.
    pub busy_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            page_size: 8192,
            writer_cache_kib: 1024,
            reader_cache_kib: 512,
            idle_readers: 2,
            busy_timeout: Duration::from_secs(10),
        }
    }
}

/// Whether commits reach the disk. Only a throw-away database of tests goes without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    Full,
    None,
}
