//! How the allocator treats memory that was given back.
//!
//! glibc gives each thread an arena of its own, and raises the size from which blocks are returned to the system each
//! time a large one is freed. Transfers run on whatever thread is idle and free blocks of every size, so every arena
//! ends up as large as the largest transfer: five pushes of a repository of 14,000 objects, three verifications and
//! three clones left 181 MB; with one arena and fixed thresholds the peak was 67 MB.

/// One arena, and blocks from half a megabyte on go back at once.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "mallopt has no safe wrapper; it is called before there is a second thread")]
pub(crate) fn settle() {
    const KEEP: i32 = 128 << 10;
    const LARGE: i32 = 512 << 10;
    // SAFETY: mallopt changes numbers of the allocator. No other thread exists yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEEP);
    }
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn settle() {}
