//! Which submodule URLs could harm whoever clones them.
//!
//! A URL with an encoded newline makes old clients ask a credential helper for another host
//! (CVE-2020-5260); one that begins with a dash is read as an option (CVE-2018-17456); one that climbs out
//! of its base with `../` replaces the host, or the whole protocol (CVE-2020-11008).

/// Whether `.gitmodules` may name this URL.
pub(super) fn is_allowed(url: &[u8]) -> bool {
    if url.starts_with(b"-") {
        return false;
    }
    if is_relative(url) || url.starts_with(b"git://") {
        return !hides_newline(url) && !escapes_base(url);
    }
    for helper in [&b"http::"[..], b"https::", b"ftp::", b"ftps::"] {
        if let Some(inner) = url.strip_prefix(helper) {
            return is_sound(inner);
        }
    }
    let for_curl =
        [&b"http://"[..], b"https://", b"ftp://", b"ftps://"].iter().any(|start| url.starts_with(start));
    !for_curl || is_sound(url)
}

/// After `./`, with either separator.
fn after_dot(url: &[u8]) -> Option<&[u8]> {
    match url {
        [b'.', b'/' | b'\\', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// After `../`.
fn after_dot_dot(url: &[u8]) -> Option<&[u8]> {
    after_dot(url.strip_prefix(b".")?)
}

fn is_relative(url: &[u8]) -> bool {
    after_dot(url).is_some() || after_dot_dot(url).is_some()
}

/// A newline, plain anywhere or encoded after the protocol (which nobody decodes).
fn hides_newline(url: &[u8]) -> bool {
    let protocol = url.iter().position(|byte| *byte == b':').unwrap_or(0);
    let encoded = url.get(protocol..).unwrap_or(url);
    url.contains(&b'\n') || encoded.windows(3).any(|code| code.eq_ignore_ascii_case(b"%0a"))
}

/// Whether leading `../` are followed by what would become a host or a protocol.
fn escapes_base(url: &[u8]) -> bool {
    let mut rest = url;
    let mut climbs = false;
    loop {
        if let Some(after) = after_dot_dot(rest) {
            climbs = true;
            rest = after;
        } else if let Some(after) = after_dot(rest) {
            rest = after;
        } else {
            return climbs && matches!(rest.first(), Some(b':' | b'/'));
        }
    }
}

/// Whether this is a well-formed URL, none of whose parts decodes to a newline.
fn is_sound(url: &[u8]) -> bool {
    let Some((scheme, rest)) = split_scheme(url) else { return false };
    let is_file = scheme.eq_ignore_ascii_case(b"file");
    let (authority, tail) = split_before(rest, b"/?#");
    let host_start = match authority.iter().position(|byte| *byte == b'@') {
        Some(at) => {
            let (user, host) = authority.split_at(at);
            if part(user).is_none_or(|kind| kind == Part::Newline) {
                return false;
            }
            host.get(1..).unwrap_or_default()
        }
        None => authority,
    };
    is_sound_host(host_start, is_file) && is_sound_tail(tail)
}

fn split_scheme(url: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = url.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(byte)).count();
    let (scheme, rest) = url.split_at(len);
    let rest = rest.strip_prefix(b"://")?;
    scheme.first()?.is_ascii_alphabetic().then_some((scheme, rest))
}

/// Splits before the first of `stops`, or at the end.
fn split_before<'a>(text: &'a [u8], stops: &[u8]) -> (&'a [u8], &'a [u8]) {
    text.split_at(text.iter().position(|byte| stops.contains(byte)).unwrap_or(text.len()))
}

fn is_sound_host(authority: &[u8], is_file: bool) -> bool {
    let nameless = matches!(authority.first(), None | Some(b':'));
    // A colon inside brackets belongs to an IPv6 address.
    let last = authority.iter().rposition(|byte| matches!(byte, b':' | b']'));
    let colon = last.filter(|at| authority.get(*at) == Some(&b':'));
    let (host, port) = authority.split_at(colon.unwrap_or(authority.len()));
    let port = port.get(1..).unwrap_or_default();
    if nameless && (!is_file || !port.is_empty()) {
        return false;
    }
    let host_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_[:]".contains(byte);
    host.iter().all(host_byte) && (port.is_empty() || is_port(port))
}

fn is_port(text: &[u8]) -> bool {
    let digits = text.iter().position(|byte| *byte != b'0').and_then(|at| text.get(at..)).unwrap_or(b"0");
    // Nothing but zeros and a bare colon differ: a port of zeros is refused.
    let number = if digits.len() > 5 || !digits.iter().all(u8::is_ascii_digit) {
        0
    } else {
        digits.iter().fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    };
    (1..=65_535).contains(&number)
}

/// Path, query and fragment. Dot segments are resolved first: what `..` removes is not looked at.
fn is_sound_tail(tail: &[u8]) -> bool {
    let (path, rest) = split_before(tail, b"?#");
    let mut segments = Vec::new();
    for segment in path.strip_prefix(b"/").unwrap_or(path).split(|byte| *byte == b'/') {
        match part(segment) {
            None => return false,
            Some(Part::Dot) => {}
            Some(Part::DotDot) => {
                if segments.pop().is_none() {
                    return false;
                }
            }
            Some(kept) => segments.push(kept),
        }
    }
    let clean = |kind: &Part| *kind != Part::Newline;
    segments.iter().all(clean) && part(rest).is_some_and(|kind| clean(&kind))
}

#[derive(PartialEq, Eq)]
enum Part {
    Plain,
    Newline,
    Dot,
    DotDot,
}

/// What a piece of a URL decodes to; `None` if a percent sign begins no code.
fn part(text: &[u8]) -> Option<Part> {
    let mut bytes = text;
    let mut newline = false;
    let mut dots = 0;
    let mut len = 0;
    while let Some((&first, rest)) = bytes.split_first() {
        let (byte, rest) = match (first, rest) {
            (b'%', [high, low, rest @ ..]) => (hex(*high)? << 4 | hex(*low)?, rest),
            (b'%', _) => return None,
            _ => (first, rest),
        };
        newline |= byte == b'\n';
        dots += usize::from(byte == b'.');
        len += 1;
        bytes = rest;
    }
    Some(match (dots, len) {
        _ if newline => Part::Newline,
        (1, 1) => Part::Dot,
        (2, 2) => Part::DotDot,
        _ => Part::Plain,
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
