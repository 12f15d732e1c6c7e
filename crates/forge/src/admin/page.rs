//! Lists in pages: each says where the next one begins, in words of its own that nobody has to understand.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Items when nobody says how many.
const USUAL: u32 = 100;
/// The most items of one page.
pub(super) const MOST: u32 = 1_000;

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The `cursor` of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The first `limit` of `rows`, which are one more if there is a next page. `place` says where an item stands.
    pub(super) fn new<R>(
        rows: Vec<R>,
        limit: u32,
        place: impl Fn(&R) -> String,
        show: impl Fn(R) -> T,
    ) -> Self {
        let limit = limit as usize;
        let is_last = rows.len() <= limit;
        let next = if is_last { None } else { limit.checked_sub(1).and_then(|last| rows.get(last)) };
        let next = next.map(|row| URL_SAFE_NO_PAD.encode(place(row)));
        Self { items: rows.into_iter().take(limit).map(show).collect(), next }
    }
}

/// How many items a request wants.
pub(super) fn limit(asked: Option<u32>) -> Result<u32> {
    match asked {
        None => Ok(USUAL),
        Some(limit @ 1..=MOST) => Ok(limit),
        Some(_) => Err(Error::invalid("limit", format!("A page has 1 to {MOST} items"))),
    }
}

/// Where a page begins: the place the page before it ended at.
pub(super) fn after(cursor: Option<&str>) -> Result<Option<String>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let place = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    place.map(Some).ok_or_else(bad_cursor)
}

pub(super) fn bad_cursor() -> Error {
    Error::invalid("cursor", "This is not a cursor of this list")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lead_to_the_next() {
        let page = |rows: Vec<u32>| Page::new(rows, 2, u32::to_string, |row| row);
        assert_eq!(page(vec![1, 2]), Page { items: vec![1, 2], next: None });
        let first = page(vec![1, 2, 3]);
        assert_eq!(first.items, [1, 2]);
        assert_eq!(after(first.next.as_deref()).unwrap().as_deref(), Some("2"));
        assert!(after(Some("!")).is_err() && limit(Some(0)).is_err() && limit(Some(MOST + 1)).is_err());
    }
}
