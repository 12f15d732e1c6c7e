//! What was highlighted lately: most files are looked at more than once, and colours depend on name and text alone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Span;

/// Bytes kept, by all sites of this process together.
const BYTES: usize = 4 << 20;

/// The pieces of every line of a text.
pub(crate) type Lines = Arc<Vec<Vec<Span>>>;

/// A name and a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key([u8; 32]);

impl Key {
    pub(super) fn of(name: &str, text: &str) -> Self {
        let digest = Sha256::new().chain_update(name).chain_update([0]).chain_update(text);
        Self(digest.finalize().into())
    }
}

/// Colours, the latest last. What could not be coloured is remembered too: that took the longest.
pub(super) struct Recent(Mutex<VecDeque<Entry>>);

struct Entry {
    key: Key,
    lines: Option<Lines>,
    /// About how many bytes it takes.
    weight: usize,
}

impl Recent {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }

    pub(super) fn get(&self, key: Key) -> Option<Option<Lines>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|entry| entry.key == key)?;
        let entry = kept.remove(at)?;
        let lines = entry.lines.clone();
        kept.push_back(entry);
        Some(lines)
    }

    pub(super) fn put(&self, key: Key, lines: Option<Lines>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Two may have been at it at once.
        kept.retain(|entry| entry.key != key);
        let weight = weight(lines.as_ref());
        kept.push_back(Entry { key, lines, weight });
        let mut bytes: usize = kept.iter().map(|entry| entry.weight).sum();
        while bytes > BYTES
            && let Some(entry) = kept.pop_front()
        {
            bytes -= entry.weight;
        }
    }
}

fn weight(lines: Option<&Lines>) -> usize {
    let spans = lines
        .map_or(0, |lines| lines.iter().map(|line| size_of_val(line) + size_of_val(line.as_slice())).sum());
    spans + 128
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{BYTES, Key, Recent};
    use crate::ui::highlight::{Class, Span};

    #[test]
    fn the_oldest_makes_room() {
        let recent = Recent::new();
        let half = vec![Span { class: Class::Text, range: 0..1 }; BYTES / size_of::<Span>() / 2 - 100];
        let lines = Some(Arc::new(vec![half]));
        let [a, b, c] = ["a", "b", "c"].map(|name| Key::of(name, "text"));
        recent.put(a, lines.clone());
        recent.put(b, lines.clone());
        assert!(recent.get(a).is_some(), "it is the latest now");
        recent.put(c, lines);
        assert!(recent.get(a).is_some() && recent.get(b).is_none() && recent.get(c).is_some());
        recent.put(b, None);
        assert_eq!(recent.get(b), Some(None), "what stays plain is known too");
        assert_ne!(Key::of("a", "b"), Key::of("ab", ""));
    }
}
