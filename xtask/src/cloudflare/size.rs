//! How large the Worker is, and how much of it is git.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::wasm;
use crate::host::Result;

/// The most `index_bg.wasm` may have when compressed: what the free plan takes, which also starts quickly.
const LIMIT: usize = 3_000_000;

/// The crates that make up the engine: what remains of Gitflare without a site.
const ENGINE: [&str; 8] =
    ["gitflare_git", "gitflare_repo", "gitflare_db", "zlib_rs", "flate2", "sha1dc", "sha1::", "crc32fast"];

/// What the module weighs.
pub(crate) struct Size {
    whole: usize,
    compressed: usize,
    code: usize,
    engine: usize,
    engine_compressed: usize,
}

impl Size {
    /// Weighs a module that still has the names of its functions; `shipped` is the same without.
    pub(crate) fn of(named: &[u8], shipped: &[u8]) -> Result<Self> {
        let functions = wasm::functions(named)?;
        let engine: Vec<&[u8]> = functions
            .iter()
            .filter(|function| is_engine(function.name))
            .map(|function| function.code)
            .collect();
        Ok(Self {
            whole: shipped.len(),
            compressed: compressed(shipped)?,
            code: functions.iter().map(|function| function.code.len()).sum(),
            engine: engine.iter().map(|code| code.len()).sum(),
            engine_compressed: compressed(&engine.concat())?,
        })
    }

    /// Fails when it is too large to be deployed.
    pub(crate) fn check(&self) -> Result<()> {
        if self.compressed <= LIMIT {
            return Ok(());
        }
        Err(format!(
            "the Worker is too large: {} compressed, at most {}",
            megabytes(self.compressed),
            megabytes(LIMIT)
        )
        .into())
    }

    /// Says it in two lines.
    pub(crate) fn report(&self, path: &Path) {
        let percent = 100 * self.engine / self.code.max(1);
        eprintln!(
            "{}: {}, compressed {} of at most {}",
            path.display(),
            megabytes(self.whole),
            megabytes(self.compressed),
            megabytes(LIMIT)
        );
        eprintln!(
            "the engine's share: {percent} % of the code; {}, compressed alone {}",
            megabytes(self.engine),
            megabytes(self.engine_compressed)
        );
    }
}

fn is_engine(name: &str) -> bool {
    ENGINE.iter().any(|krate| name.contains(krate))
}

fn compressed(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn megabytes(bytes: usize) -> String {
    let kilobytes = bytes.div_ceil(1000);
    format!("{}.{:03} MB", kilobytes / 1000, kilobytes % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up() {
        assert_eq!(megabytes(1_234_001), "1.235 MB");
        assert_eq!(megabytes(999), "0.001 MB");
    }

    #[test]
    fn what_is_larger_than_the_limit_is_refused() {
        let size = |compressed| Size { whole: 0, compressed, code: 0, engine: 0, engine_compressed: 0 };
        assert!(size(LIMIT).check().is_ok());
        assert!(size(LIMIT + 1).check().is_err());
    }

    #[test]
    fn the_engine_is_told_from_the_site_by_name() {
        assert!(is_engine("<gitflare_repo::receive::Receive as core::ops::Drop>::drop"));
        assert!(is_engine("core::ptr::drop_in_place<gitflare_git::Oid>"));
        assert!(!is_engine("gitflare_forge::pages::home"));
    }
}
