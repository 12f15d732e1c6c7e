//! Filters of a partial clone.

use std::fmt;

use super::super::shown;
use crate::error::{Error, bad};
use crate::{Kind, Result};

/// How deep `combine` may contain itself. Stock clients write one level.
const MAX_NESTING: usize = 8;

/// Which objects a client does not want. Equal filters are equal values, and show the same text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// No blobs.
    BlobNone,
    /// No blobs of this size or more.
    BlobLimit(u64),
    /// No trees and blobs this deep or deeper; 0 is the root tree.
    Tree(u64),
    /// Only this type of object.
    ObjectType(Kind),
    /// Only what all of these let pass: two or more, sorted.
    Combine(Vec<Filter>),
}

impl Filter {
    /// Reads a filter as it stands in a request.
    pub fn parse(spec: &[u8]) -> Result<Self> {
        parse(spec, 0)
    }
}

fn parse(spec: &[u8], nesting: usize) -> Result<Filter> {
    if spec == b"blob:none" {
        Ok(Filter::BlobNone)
    } else if let Some(limit) = spec.strip_prefix(b"blob:limit=") {
        let limit = size(limit).ok_or_else(|| invalid(spec))?;
        Ok(if limit == 0 { Filter::BlobNone } else { Filter::BlobLimit(limit) })
    } else if let Some(depth) = spec.strip_prefix(b"tree:") {
        size(depth).map(Filter::Tree).ok_or_else(|| bad("expected 'tree:<depth>'"))
    } else if let Some(name) = spec.strip_prefix(b"object:type=") {
        let kind = Kind::from_name(name).map(Filter::ObjectType);
        let text = "for 'object:type=<type>' is not a valid object type";
        kind.ok_or_else(|| bad(format!("'{}' {text}", shown(name))))
    } else if let Some(list) = spec.strip_prefix(b"combine:") {
        combine(list, nesting)
    } else if spec.starts_with(b"sparse:") {
        let name = spec.split(|&byte| byte == b'=').next().unwrap_or(spec);
        Err(unsupported(name))
    } else {
        Err(unsupported(spec))
    }
}

/// Reads the parts behind `combine:` into one list without repetitions.
fn combine(list: &[u8], nesting: usize) -> Result<Filter> {
    if nesting == MAX_NESTING {
        return Err(bad("filter-spec is nested too deeply"));
    }
    let mut parts = Vec::new();
    for encoded in list.split(|&byte| byte == b'+').filter(|part| !part.is_empty()) {
        if let Some(&byte) = encoded.iter().find(|&&byte| is_reserved(byte)) {
            return Err(bad(format!("must escape char in sub-filter-spec: '{}'", shown(&[byte]))));
        }
        match parse(&percent_decode(encoded), nesting + 1)? {
            Filter::Combine(inner) => parts.extend(inner),
            single => parts.push(single),
        }
    }
    parts.sort_unstable();
    parts.dedup();
    match parts.pop() {
        None => Err(bad("expected something after combine:")),
        Some(only) if parts.is_empty() => Ok(only),
        Some(last) => {
            parts.push(last);
            Ok(Filter::Combine(parts))
        }
    }
}

/// Whether git wants this escaped inside `combine`.
fn is_reserved(byte: u8) -> bool {
    byte <= b' ' || b"~`!@#$^&*()[]{}\\;'\",<>?".contains(&byte)
}

/// Like git, leaves a `%` alone that is not followed by two digits.
fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.first_chunk::<2>().filter(|_| byte == b'%').and_then(|pair| hex_pair(*pair));
        out.push(code.unwrap_or(byte));
        rest = if code.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    out
}

fn hex_pair([high, low]: [u8; 2]) -> Option<u8> {
    let value = char::from(high).to_digit(16)? << 4 | char::from(low).to_digit(16)?;
    u8::try_from(value).ok()
}

/// A number with one of the units k, m, g behind it.
fn size(text: &[u8]) -> Option<u64> {
    let (digits, unit) = match text.split_last()? {
        (b'k' | b'K', digits) => (digits, 1 << 10),
        (b'm' | b'M', digits) => (digits, 1 << 20),
        (b'g' | b'G', digits) => (digits, 1 << 30),
        _ => (text, 1),
    };
    u64::try_from(super::number(digits)?).ok()?.checked_mul(unit)
}

fn invalid(spec: &[u8]) -> Error {
    bad(format!("invalid filter-spec '{}'", shown(spec)))
}

fn unsupported(name: &[u8]) -> Error {
    bad(format!("filter '{}' not supported", shown(name)))
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BlobNone => f.write_str("blob:none"),
            Self::BlobLimit(limit) => write!(f, "blob:limit={limit}"),
            Self::Tree(depth) => write!(f, "tree:{depth}"),
            Self::ObjectType(kind) => write!(f, "object:type={}", kind.name()),
            Self::Combine(parts) => {
                for (nr, part) in parts.iter().enumerate() {
                    write!(f, "{}{part}", if nr == 0 { "combine:" } else { "+" })?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_have_one_form() {
        for (spec, normal) in [
            ("blob:none", "blob:none"),
            ("blob:limit=0", "blob:none"),
            ("blob:limit=1k", "blob:limit=1024"),
            ("blob:limit=2M", "blob:limit=2097152"),
            ("tree:0", "tree:0"),
            ("tree:1k", "tree:1024"),
            ("object:type=commit", "object:type=commit"),
            ("combine:tree:3+blob:none", "combine:blob:none+tree:3"),
            ("combine:blob:none+tree:3+tree:3", "combine:blob:none+tree:3"),
            ("combine:combine:tree:3%2Bblob:none", "combine:blob:none+tree:3"),
            (
                "combine:combine:tree:3%2bblob:none+object:type=tree",
                "combine:blob:none+tree:3+object:type=tree",
            ),
            ("combine:blob%3Anone", "blob:none"),
        ] {
            let filter = Filter::parse(spec.as_bytes()).unwrap();
            assert_eq!(filter.to_string(), normal);
            assert_eq!(Filter::parse(normal.as_bytes()), Ok(filter));
        }
    }

    #[test]
    fn others_are_refused_in_words() {
        for (spec, text) in [
            ("sparse:oid=main:x", "filter 'sparse:oid' not supported"),
            ("sparse:path=x", "filter 'sparse:path' not supported"),
            ("auto", "filter 'auto' not supported"),
            ("", "filter '' not supported"),
            ("blob:limit=", "invalid filter-spec 'blob:limit='"),
            ("blob:limit=-1", "invalid filter-spec 'blob:limit=-1'"),
            ("blob:limit=99999999999g", "invalid filter-spec 'blob:limit=99999999999g'"),
            ("tree:x", "expected 'tree:<depth>'"),
            ("object:type=x", "'x' for 'object:type=<type>' is not a valid object type"),
            ("combine:", "expected something after combine:"),
            ("combine:+", "expected something after combine:"),
            ("combine:blob:none+tree: 1", "must escape char in sub-filter-spec: ' '"),
            ("combine:blob:none+sparse:oid=x", "filter 'sparse:oid' not supported"),
        ] {
            assert_eq!(Filter::parse(spec.as_bytes()), Err(bad(text)), "{spec}");
        }
        let deep = "combine:".repeat(8_000) + "blob:none";
        assert_eq!(Filter::parse(deep.as_bytes()), Err(bad("filter-spec is nested too deeply")));
    }
}
