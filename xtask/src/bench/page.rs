//! `docs/benchmarks.md`: its parts, each written by a command of its own.

use std::fs;

use crate::host::{self, Result};

/// Where each part begins, in their order.
const HEADINGS: [&str; 3] = ["# Benchmarks\n", "# Both hosts\n", "# Pages\n"];

/// A part of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Ours and stock git's.
    Git,
    /// The native server's and the Worker's.
    Hosts,
    /// Ours, cgit's and gitweb's.
    Pages,
}

/// Writes a part, whose text begins with its heading, and leaves the others as they are.
pub(crate) fn write(part: Part, text: &str) -> Result<()> {
    let path = host::root().join("docs/benchmarks.md");
    let page = fs::read_to_string(&path).unwrap_or_default();
    Ok(fs::write(path, joined(&page, part, text))?)
}

fn joined(page: &str, part: Part, text: &str) -> String {
    let parts = HEADINGS
        .iter()
        .enumerate()
        .map(|(index, heading)| if index == part as usize { text } else { cut(page, heading) });
    let parts: Vec<&str> = parts.map(str::trim_end).filter(|part| !part.is_empty()).collect();
    parts.join("\n\n") + "\n"
}

/// The part of the page that begins with this heading, until the next.
fn cut<'a>(page: &'a str, heading: &str) -> &'a str {
    let part = page.find(heading).and_then(|start| page.get(start..)).unwrap_or_default();
    let ends = HEADINGS
        .iter()
        .filter(|other| **other != heading)
        .filter_map(|other| part.find(&format!("\n{other}")));
    part.get(..ends.min().unwrap_or(part.len())).unwrap_or_default()
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
        let page = joined(&page, Part::Pages, "# Pages\n\n## one\n\nrow\n");
        let page = joined(&page, Part::Hosts, "# Both hosts\n\nthird\n");
        assert_eq!(page, "# Benchmarks\n\nnew\n\n# Both hosts\n\nthird\n\n# Pages\n\n## one\n\nrow\n");
    }
}
