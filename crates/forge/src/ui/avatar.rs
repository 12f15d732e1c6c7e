//! Avatars: a small stamp cut from an account's id, drawn here, so that nobody else is asked for it and a rename does
//! not change it.

use std::fmt::Write as _;

use maud::{Markup, html};
use sha2::{Digest, Sha256};

/// Hues a stamp, or a label, may have.
pub(crate) const HUES: u8 = 24;

/// A stamp's hue and the path of what is cut out of it, on a grid of 7.
fn cut(id: i64) -> (u8, String) {
    let digest = Sha256::digest(format!("avatar {id}").as_bytes());
    let hue = digest.first().copied().unwrap_or_default() % HUES;
    let mut path = String::new();
    // Five rows of three columns, of which the outer two are mirrored.
    for (index, byte) in digest.iter().skip(1).take(15).enumerate() {
        let (row, column) = (index / 3, index % 3);
        // The middle column is mostly there, so that every stamp hangs together.
        if *byte < [112, 128, 176][column] {
            for x in [1 + column, 5 - column].into_iter().take(if column == 2 { 1 } else { 2 }) {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{x} {}h1v1h-1z", 1 + row);
            }
        }
    }
    (hue, path)
}

/// A stamp beside a name: decoration, because the name says it.
pub(crate) fn stamp(id: i64, size: u8) -> Markup {
    let (hue, path) = cut(id);
    html! {
        svg class=(format!("avatar h{hue}")) width=(size) height=(size) viewBox="0 0 7 7" aria-hidden="true" {
            rect width="7" height="7" rx="1.2" {}
            path d=(path) {}
        }
    }
}

/// The same as a file, for those who want an address.
pub(crate) fn file(id: i64) -> String {
    let (hue, path) = cut(id);
    let degrees = u16::from(hue) * 15;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 7 7\" width=\"70\" height=\"70\">\
         <rect width=\"7\" height=\"7\" rx=\"1.2\" fill=\"oklch(0.5 0.11 {degrees})\"/>\
         <path d=\"{path}\" fill=\"#fff\" fill-opacity=\".92\"/></svg>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{cut, file};

    #[test]
    fn a_stamp_is_its_ids_for_good() {
        assert_eq!(cut(1), cut(1));
        let different: std::collections::HashSet<_> = (1..200).map(cut).collect();
        assert!(different.len() > 195, "{}", different.len());
        assert!((1..200).all(|id| cut(id).1.len() > 30 && cut(id).0 < super::HUES));
        assert!(file(7).starts_with("<svg xmlns=") && !file(7).contains("script"));
    }
}
