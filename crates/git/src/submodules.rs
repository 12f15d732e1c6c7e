//! What `.gitmodules` says of submodules.

use std::collections::HashMap;

use crate::config::{self, Item};

/// What is said of one of them.
#[derive(Default)]
struct Module {
    path: Option<Vec<u8>>,
    url: Option<Vec<u8>>,
}

/// URLs by path. What the file says after something malformed does not count.
pub fn urls(gitmodules: &[u8]) -> HashMap<Vec<u8>, Vec<u8>> {
    // By name, since path and URL stand on lines of their own.
    let mut found: HashMap<Vec<u8>, Module> = HashMap::new();
    let mut section = None;
    let _ = config::read(gitmodules, |item| match item {
        Item::Section(name) => section = name.strip_prefix(b"submodule.").map(<[u8]>::to_vec),
        Item::Variable { name, value } => {
            let Some(entry) = section.clone().map(|section| found.entry(section).or_default()) else {
                return;
            };
            match name.as_slice() {
                b"path" => entry.path = value,
                b"url" => entry.url = value,
                _ => {}
            }
        }
    });
    found.into_values().filter_map(|module| Some((module.path?, module.url?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_found_by_path() {
        let text = b"[submodule \"lib\"]\n\tpath = vendor/lib\n\turl = ../lib.git\n[other]\n\turl = x\n[submodule \"half\"]\n\tpath = half\n";
        let urls = urls(text);
        assert_eq!(urls.get(&b"vendor/lib"[..]).map(Vec::as_slice), Some(&b"../lib.git"[..]));
        assert_eq!(urls.len(), 1);
    }
}
