//! Lists in pages: `page` and `per_page`, and the `Link` header with absolute addresses.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::{host::Forge, http::Origin};

const USUAL: i64 = 30;
const MOST: i64 = 100;
/// No list is asked for beyond it.
const LAST: i64 = 1_000_000;

/// Which page is asked for, and where it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Paging {
    /// From 1.
    pub(crate) page: i64,
    /// 1 to 100.
    pub(crate) per_page: i64,
    /// The address without the page.
    here: String,
    query: String,
}

/// What is known of the end of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Whether there is more.
    More(bool),
    /// How many there are in all.
    Total(i64),
}

impl Paging {
    fn new(address: &str, query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let number = |name: &str| {
            let value = pairs.clone().filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
            value.and_then(|(_, value)| value.parse::<i64>().ok())
        };
        let page = number("page").unwrap_or(1).clamp(1, LAST);
        let per_page = number("per_page").unwrap_or(USUAL).clamp(1, MOST);
        let kept: Vec<&str> =
            pairs.clone().filter(|pair| *pair != "page" && !pair.starts_with("page=")).collect();
        let mut here = format!("{address}?{}", kept.join("&"));
        if !kept.is_empty() {
            here.push('&');
        }
        Self { page, per_page, here, query: query.to_owned() }
    }

    /// Another parameter of the address.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.into_iter().find(|(key, _)| *key == name)?;
        let value = value.replace('+', " ");
        Some(percent_encoding::percent_decode_str(&value).decode_utf8_lossy().into_owned())
    }

    /// The same with another size of pages, unless one was asked for.
    pub(crate) fn usually(&self, per_page: i64) -> Self {
        let is_asked = self.query("per_page").is_some();
        Self { per_page: if is_asked { self.per_page } else { per_page }, ..self.clone() }
    }

    /// How many come before this page.
    pub(crate) fn skipped(&self) -> i64 {
        (self.page - 1) * self.per_page
    }

    /// How many come before this page, and how many are on it, as commands count.
    pub(crate) fn part(&self) -> (u32, u32) {
        let number = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        (number(self.skipped()), number(self.per_page))
    }

    /// The part of a whole list that is this page, and where it ends.
    pub(crate) fn cut<T>(&self, all: Vec<T>) -> (Vec<T>, End) {
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let [skipped, taken] =
            [self.skipped(), self.per_page].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        (all.into_iter().skip(skipped).take(taken).collect(), End::Total(total))
    }

    /// The `Link` header; none where there is one page.
    pub(super) fn link(&self, end: End) -> Option<String> {
        let last = match end {
            End::More(_) => None,
            End::Total(total) => Some(((total + self.per_page - 1) / self.per_page).max(1)),
        };
        let has_next = match end {
            End::More(more) => more,
            End::Total(_) => last.is_some_and(|last| self.page < last),
        };
        let mut links = Vec::new();
        if self.page > 1 {
            links.push(("prev", (self.page - 1).min(last.unwrap_or(LAST))));
        }
        if has_next {
            links.push(("next", self.page + 1));
            links.extend(last.map(|last| ("last", last)));
        }
        if self.page > 1 {
            links.push(("first", 1));
        }
        let told: Vec<_> =
            links.iter().map(|(rel, page)| format!("<{}page={page}>; rel=\"{rel}\"", self.here)).collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}

impl FromRequestParts<Forge> for Paging {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, forge: &Forge) -> Result<Self, Self::Rejection> {
        let origin = Origin::of(forge, parts);
        Ok(Self::new(&origin.url(parts.uri.path()), parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_clamped() {
        for (query, wanted) in [
            ("", (1, 30)),
            ("page=3&per_page=5", (3, 5)),
            ("per_page=1000", (1, 100)),
            ("page=0&per_page=0", (1, 1)),
            ("page=-1&per_page=x", (1, 30)),
        ] {
            let paging = Paging::new("http://h/a", query);
            assert_eq!((paging.page, paging.per_page), wanted, "{query}");
        }
    }

    #[test]
    fn links_keep_what_else_was_asked() {
        let paging = Paging::new("http://h/a", "sort=pushed&page=2&per_page=10");
        let here = "http://h/a?sort=pushed&per_page=10&page";
        assert_eq!(
            paging.link(End::Total(35)).unwrap(),
            format!(
                "<{here}=1>; rel=\"prev\", <{here}=3>; rel=\"next\", <{here}=4>; rel=\"last\", <{here}=1>; rel=\"first\""
            )
        );
        assert_eq!(
            paging.link(End::More(false)).unwrap(),
            format!("<{here}=1>; rel=\"prev\", <{here}=1>; rel=\"first\"")
        );
        let only = Paging::new("http://h/a", "");
        assert_eq!(
            (only.link(End::Total(30)), only.link(End::Total(0)), only.link(End::More(false))),
            (None, None, None)
        );
        assert_eq!(only.link(End::More(true)).unwrap(), "<http://h/a?page=2>; rel=\"next\"");
        assert_eq!(only.cut((0..31).collect()), ((0..30).collect(), End::Total(31)));
    }
}
