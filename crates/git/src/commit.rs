//! Commits and tags as people read them: who, when, and the message.
//!
//! As in git, what cannot be read is empty or 0 rather than an error: old histories hold idents no tool writes today.

/// A person at a moment: `Name <mail> seconds zone`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Ident<'a> {
    /// The name.
    pub name: &'a [u8],
    /// The address, without the brackets.
    pub mail: &'a [u8],
    /// Seconds since 1970.
    pub time: i64,
    /// Minutes east of Greenwich.
    pub zone: i32,
}

impl<'a> Ident<'a> {
    /// Reads what follows `author `, `committer ` or `tagger `.
    pub fn parse(line: &'a [u8]) -> Self {
        let open = line.iter().position(|byte| *byte == b'<').unwrap_or(line.len());
        let (name, rest) = line.split_at(open);
        let rest = rest.get(1..).unwrap_or_default();
        let close = rest.iter().position(|byte| *byte == b'>').unwrap_or(rest.len());
        let (mail, _) = rest.split_at(close);
        // The time stands behind the last bracket: a name may hold some.
        let tail = line.iter().rposition(|byte| *byte == b'>').and_then(|at| line.get(at + 1..));
        let mut words = tail.unwrap_or_default().split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let time = words.next().and_then(number).unwrap_or(0);
        let zone = words.next().and_then(zone).unwrap_or(0);
        Self { name: name.trim_ascii(), mail: mail.trim_ascii(), time, zone }
    }
}

fn number(word: &[u8]) -> Option<i64> {
    let end = word.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(word.len());
    std::str::from_utf8(word.get(..end)?).ok()?.parse().ok()
}

/// `+0130` as minutes.
fn zone(word: &[u8]) -> Option<i32> {
    let (sign, digits) = match word.split_first()? {
        (b'+', digits) => (1, digits),
        (b'-', digits) => (-1, digits),
        _ => return None,
    };
    let value: i32 = std::str::from_utf8(digits).ok().filter(|text| text.len() <= 4)?.parse().ok()?;
    Some(sign * (value / 100 * 60 + value % 100))
}

/// What a commit or tag says besides its links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Text<'a> {
    /// The author of a commit.
    pub author: Option<Ident<'a>>,
    /// The committer of a commit, or the tagger of a tag.
    pub committer: Option<Ident<'a>>,
    /// The encoding of the message, if it says one.
    pub encoding: Option<&'a [u8]>,
    /// Whether it carries a signature.
    pub is_signed: bool,
    /// The message, without the empty lines before it.
    pub message: &'a [u8],
}

/// Reads a commit or a tag.
pub fn text(data: &[u8]) -> Text<'_> {
    let end = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let (headers, message) = data.split_at(end);
    let mut text = Text::default();
    for line in headers.split(|byte| *byte == b'\n') {
        let Some(space) = line.iter().position(|byte| *byte == b' ') else { continue };
        let (key, value) = (line.get(..space).unwrap_or_default(), line.get(space + 1..).unwrap_or_default());
        match key {
            b"author" if text.author.is_none() => text.author = Some(Ident::parse(value)),
            b"committer" | b"tagger" if text.committer.is_none() => {
                text.committer = Some(Ident::parse(value));
            }
            b"encoding" if text.encoding.is_none() => text.encoding = Some(value),
            b"gpgsig" | b"gpgsig-sha256" => text.is_signed = true,
            _ => {}
        }
    }
    let blank = message.iter().position(|byte| *byte != b'\n').unwrap_or(message.len());
    text.message = message.get(blank..).unwrap_or_default();
    if let Some(signature) = find(text.message, b"-----BEGIN PGP SIGNATURE-----")
        .or_else(|| find(text.message, b"-----BEGIN SSH SIGNATURE-----"))
        .filter(|_| text.author.is_none())
    {
        // Tags carry theirs behind the message.
        text.is_signed = true;
        text.message = text.message.get(..signature).unwrap_or_default();
    }
    text
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let at = text.windows(needle.len()).position(|window| window == needle)?;
    (at == 0 || text.get(at - 1) == Some(&b'\n')).then_some(at)
}

/// A text in the encoding its commit names, as far as it is known: UTF-8 unless it is not, then Latin-1 if that is said.
pub fn decode(bytes: &[u8], encoding: Option<&[u8]>) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let name = encoding.unwrap_or_default().to_ascii_lowercase();
    let is_latin =
        matches!(name.as_slice(), b"iso-8859-1" | b"iso8859-1" | b"latin1" | b"latin-1" | b"windows-1252");
    if is_latin {
        return bytes.iter().map(|byte| char::from(*byte)).collect();
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// The first paragraph of a message on one line, as git shows it.
pub fn subject(message: &[u8]) -> Vec<u8> {
    let mut subject = Vec::new();
    for line in message.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end) {
        if line.is_empty() {
            if subject.is_empty() {
                continue;
            }
            break;
        }
        if !subject.is_empty() {
            subject.push(b' ');
        }
        subject.extend_from_slice(if subject.is_empty() { line.trim_ascii_start() } else { line });
    }
    subject
}

/// What follows the first paragraph of a message, without empty lines around it.
pub fn body(message: &[u8]) -> &[u8] {
    let mut rest = message;
    let mut begun = false;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        let is_blank = line.trim_ascii().is_empty();
        if begun && is_blank {
            break;
        }
        begun |= !is_blank;
        rest = after;
    }
    while let Some(end) =
        rest.iter().position(|byte| *byte == b'\n').filter(|end| rest[..*end].trim_ascii().is_empty())
    {
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    rest.trim_ascii_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idents_are_read_as_git_reads_them() {
        let ident = Ident::parse("Ada Lovelace <ada@example.org> 1780000000 -0130".as_bytes());
        assert_eq!((ident.name, ident.mail), (&b"Ada Lovelace"[..], &b"ada@example.org"[..]));
        assert_eq!((ident.time, ident.zone), (1_780_000_000, -90));
        let odd = Ident::parse(b"<> 5");
        assert_eq!((odd.name, odd.mail, odd.time, odd.zone), (&b""[..], &b""[..], 5, 0));
        assert_eq!(Ident::parse(b"no address"), Ident { name: b"no address", ..Ident::default() });
        assert_eq!(Ident::parse(b"a <b> c> 7 +0200").time, 7);
    }

    #[test]
    fn headers_and_message_part_at_the_first_empty_line() {
        let data = b"tree 1\nparent 2\nauthor A <a> 1 +0000\ncommitter C <c> 2 +0100\nencoding latin1\ngpgsig x\n y\n\n\nHello\n world\n\nBody\n";
        let text = text(data);
        assert_eq!(text.author.unwrap().name, b"A");
        assert_eq!(text.committer.unwrap().zone, 60);
        assert_eq!((text.encoding, text.is_signed), (Some(&b"latin1"[..]), true));
        assert_eq!(text.message, b"Hello\n world\n\nBody\n");
        assert_eq!(subject(text.message), b"Hello  world");
        assert_eq!(body(text.message), b"Body");
        assert_eq!(super::text(b"").message, b"");
    }

    #[test]
    fn a_tag_carries_its_signature_behind_its_message() {
        let tag = b"object 1\ntype commit\ntag v1\ntagger T <t> 3 +0000\n\nv1\n-----BEGIN PGP SIGNATURE-----\nabc\n";
        let text = text(tag);
        assert_eq!((text.message, text.is_signed), (&b"v1\n"[..], true));
        assert_eq!(text.committer.unwrap().name, b"T");
    }
}
