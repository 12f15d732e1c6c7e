//! The text of a token: prefix, random characters, checksum.

use crate::host::Forge;

/// What every token begins with.
pub const PREFIX: &str = "gitflare_pat_";

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM: usize = 30;
const CHECK: usize = 6;

/// A new token.
pub(super) fn generate(forge: &Forge) -> String {
    let mut random = String::with_capacity(RANDOM);
    while random.len() < RANDOM {
        // The highest multiple of 62 below 256 is 248: bytes from there on would favour some characters.
        let bytes = forge.random::<64>();
        let digits = bytes.into_iter().filter(|byte| *byte < 248).map(|byte| digit(u32::from(byte)));
        random.extend(digits.take(RANDOM - random.len()));
    }
    let check = checksum(&random);
    format!("{PREFIX}{random}{check}")
}

/// Whether somebody meant this to be a token.
pub fn looks_like_one(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Whether it has a token's form and its checksum is right.
pub fn is_well_formed(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(PREFIX) else { return false };
    if rest.len() != RANDOM + CHECK || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return false;
    }
    let (random, check) = rest.split_at(RANDOM);
    checksum(random) == check
}

fn checksum(random: &str) -> String {
    let mut rest = crc32fast::hash(random.as_bytes());
    let mut digits = [b'0'; CHECK];
    for place in digits.iter_mut().rev() {
        *place = digit(rest % 62) as u8;
        rest /= 62;
    }
    digits.iter().map(|byte| char::from(*byte)).collect()
}

fn digit(n: u32) -> char {
    char::from(ALPHABET[(n % 62) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums() {
        let random = "a".repeat(RANDOM);
        let token = format!("{PREFIX}{random}{}", checksum(&random));
        assert!(is_well_formed(&token));
        assert!(!is_well_formed(&token.replace("aaa", "aab")));
        assert!(!is_well_formed(&token[..token.len() - 1]));
        assert!(!is_well_formed("hunter2"));
        assert!(looks_like_one(&token) && !looks_like_one("hunter2"));
    }
}
