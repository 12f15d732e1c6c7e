//! Ref names: which are allowed, and how they travel through text.

/// Whether git accepts this as a full ref name, as `git check-ref-format` decides it.
pub fn check(name: &[u8]) -> bool {
    name.contains(&b'/')
        && !name.ends_with(b".")
        && name.split(|&byte| byte == b'/').all(check_component)
        && !contains_pair(name, b"..")
        && !contains_pair(name, b"@{")
}

/// The rules for what stands between two slashes.
fn check_component(component: &[u8]) -> bool {
    !component.is_empty()
        && !component.starts_with(b".")
        && !component.ends_with(b".lock")
        && !component.iter().any(|&byte| is_forbidden(byte))
}

fn is_forbidden(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f || b"~^:?*[\\".contains(&byte)
}

fn contains_pair(name: &[u8], pair: &[u8; 2]) -> bool {
    name.windows(2).any(|window| window == pair)
}

/// Whether the site lets a branch have this short name. Beyond git's own rules it may not look like an object
/// id, an option or HEAD, because commands take all of these in the place of a branch.
pub fn is_safe_branch(short: &[u8]) -> bool {
    let looks_like_id = matches!(short.len(), 40 | 64) && short.iter().all(u8::is_ascii_hexdigit);
    !looks_like_id
        && short != b"HEAD"
        && !short.starts_with(b"-")
        && check(&[b"refs/heads/".as_slice(), short].concat())
}

/// Writes a name as text: all but letters, digits, `-._~` and `/` become `%XX`.
pub fn encode(name: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = String::with_capacity(name.len());
    for &byte in name {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    text
}

/// Reads what [`encode`] wrote, or what a person typed; `None` if a `%` is not followed by two digits.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut name = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            name.push(digit(bytes.next()?)? << 4 | digit(bytes.next()?)?);
        } else {
            name.push(byte);
        }
    }
    Some(name)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_travel_as_text() {
        for name in [&b"refs/heads/main"[..], b"refs/heads/caf\xe9 %/\x00", b"", b"a+b&c"] {
            assert_eq!(decode(&encode(name)).as_deref(), Some(name));
        }
        assert_eq!(encode(b"a/b c\xff"), "a/b%20c%FF");
        assert_eq!(decode("a%2fb"), Some(b"a/b".to_vec()));
        assert_eq!(decode("%"), None);
        assert_eq!(decode("%4"), None);
        assert_eq!(decode("%zz"), None);
        assert_eq!(decode("%+4"), None);
    }

    #[test]
    fn branches_cannot_be_mistaken_for_something_else() {
        assert!(is_safe_branch(b"main"));
        assert!(is_safe_branch(b"feature/x"));
        assert!(is_safe_branch(b"deadbeef"));
        let (sha1, sha256) = ("a".repeat(40), "0".repeat(64));
        for name in [sha1.as_bytes(), sha256.as_bytes(), b"HEAD", b"-f", b"", b"a..b", b"x.lock", b"/a"] {
            assert!(!is_safe_branch(name), "{name:?}");
        }
    }
}
