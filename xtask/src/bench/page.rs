//! `docs/benchmarks.md`: two parts, each written by a command of its own.

use std::fs;

use crate::host::{self, Result};

/// Where the second part begins.
const SECOND: &str = "# Both hosts\n";

/// A part of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Ours and stock git's.
    Git,
    /// The native server's and the Worker's. Its text begins with its heading.
    Hosts,
}

/// Writes a part, and leaves the other as it is.
pub(crate) fn write(part: Part, text: &str) -> Result<()> {
    let path = host::root().join("docs/benchmarks.md");
    let page = fs::read_to_string(&path).unwrap_or_default();
    Ok(fs::write(path, joined(&page, part, text))?)
}

fn joined(page: &str, part: Part, text: &str) -> String {
    let (first, second) = page.split_at(page.find(SECOND).unwrap_or(page.len()));
    let (first, second) = match part {
        Part::Git => (text, second),
        Part::Hosts => (first, text),
    };
    if second.is_empty() { first.to_owned() } else { format!("{}\n\n{second}", first.trim_end()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced_and_the_other_stays() {
        let page = joined("", Part::Git, "# Benchmarks\n\nold\n");
        let page = joined(&page, Part::Hosts, "# Both hosts\n\nfirst\n");
        assert_eq!(page, "# Benchmarks\n\nold\n\n# Both hosts\n\nfirst\n");
        let page = joined(&page, Part::Git, "# Benchmarks\n\nnew\n");
        assert_eq!(page, "# Benchmarks\n\nnew\n\n# Both hosts\n\nfirst\n");
        let page = joined(&page, Part::Hosts, "# Both hosts\n\nsecond\n");
        assert_eq!(page, "# Benchmarks\n\nnew\n\n# Both hosts\n\nsecond\n");
    }
}
