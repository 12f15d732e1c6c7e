//! pkt-lines: the framing of everything git says on a connection, and side-bands inside them.

use crate::Result;
use crate::error::bad;

/// The most one packet can carry.
pub const MAX_PAYLOAD: usize = 65_516;

/// The most one packet can carry behind the band byte of `side-band-64k`.
pub const SIDEBAND_ROW: usize = 65_515;

/// The most one packet can carry behind the band byte of the older `side-band`.
pub const SMALL_SIDEBAND_ROW: usize = 995;

/// The longest packet, its four length digits included.
const MAX_PACKET: usize = MAX_PAYLOAD + 4;

/// One packet as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// A payload, possibly empty, with its newline if it had one.
    Data(&'a [u8]),
    /// `0000`: the end of a message.
    Flush,
    /// `0001`: the end of a section of a version 2 message.
    Delim,
    /// `0002`: the end of a version 2 answer over a stateless connection.
    ResponseEnd,
}

/// Reads the packet at the start of `input` and says how long it is; `None` if more bytes are needed.
pub fn parse(input: &[u8]) -> Result<Option<(Packet<'_>, usize)>> {
    let Some(digits) = input.first_chunk::<4>() else { return Ok(None) };
    let packet = match length(*digits)? {
        0 => Packet::Flush,
        1 => Packet::Delim,
        2 => Packet::ResponseEnd,
        total => {
            return Ok(input.get(4..total).map(|payload| (Packet::Data(payload), total)));
        }
    };
    Ok(Some((packet, 4)))
}

/// The total length that four digits stand for; 0 to 2 are the packets without payload.
fn length(digits: [u8; 4]) -> Result<usize> {
    let mut length = 0;
    for digit in digits {
        let Some(value) = char::from(digit).to_digit(16) else {
            let shown = digits.escape_ascii();
            return Err(bad(format!("protocol error: bad line length character: {shown}")));
        };
        length = length << 4 | value as usize;
    }
    if length == 3 || length > MAX_PACKET {
        return Err(bad(format!("protocol error: bad line length {length}")));
    }
    Ok(length)
}

/// A line without the newline that may end it.
pub fn chomp(payload: &[u8]) -> &[u8] {
    payload.strip_suffix(b"\n").unwrap_or(payload)
}

/// Writes one packet. What does not fit into one goes into further packets.
pub fn write(out: &mut Vec<u8>, payload: &[u8]) {
    let mut rest = payload;
    loop {
        let (piece, after) = rest.split_at(rest.len().min(MAX_PAYLOAD));
        head(out, piece.len());
        out.extend_from_slice(piece);
        rest = after;
        if rest.is_empty() {
            return;
        }
    }
}

/// Writes the length digits of a packet with `payload` bytes, at most [`MAX_PAYLOAD`].
fn head(out: &mut Vec<u8>, payload: usize) {
    out.extend_from_slice(format!("{:04x}", payload + 4).as_bytes());
}

/// Writes a line of text as a packet, with the newline that ends it.
pub fn text(out: &mut Vec<u8>, line: &str) {
    write(out, format!("{line}\n").as_bytes());
}

/// Writes the packet that ends a message.
pub fn flush(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0000");
}

/// Writes the packet that ends a section of a version 2 message.
pub fn delim(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0001");
}

/// Writes data on a side-band, in packets of at most `max_payload` bytes of it each. No data, no packet.
pub fn sideband(out: &mut Vec<u8>, band: u8, max_payload: usize, data: &[u8]) {
    for piece in data.chunks(max_payload.clamp(1, SIDEBAND_ROW)) {
        head(out, piece.len() + 1);
        out.push(band);
        out.extend_from_slice(piece);
    }
}

/// Writes the packet that says nothing on band 1, so that nobody takes the connection for dead.
pub fn keepalive(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0005\x01");
}

/// Writes the packet that ends a conversation with a reason; what does not fit into a packet is cut.
pub fn error(out: &mut Vec<u8>, reason: &str) {
    let mut payload = b"ERR ".to_vec();
    payload.extend_from_slice(reason.as_bytes());
    payload.truncate(MAX_PAYLOAD);
    write(out, &payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_as_written() {
        let mut out = Vec::new();
        text(&mut out, "hello");
        flush(&mut out);
        delim(&mut out);
        keepalive(&mut out);
        error(&mut out, "no");
        write(&mut out, b"");
        assert_eq!(out, b"000ahello\n000000010005\x01000aERR no0004");
        assert_eq!(parse(&out), Ok(Some((Packet::Data(b"hello\n"), 10))));
        assert_eq!(parse(b"0000rest"), Ok(Some((Packet::Flush, 4))));
        assert_eq!(parse(b"0001"), Ok(Some((Packet::Delim, 4))));
        assert_eq!(parse(b"0002"), Ok(Some((Packet::ResponseEnd, 4))));
        assert_eq!(parse(b"0004"), Ok(Some((Packet::Data(b""), 4))));
        assert_eq!(parse(b"0006a"), Ok(None));
        assert_eq!(parse(b"000"), Ok(None));
    }

    #[test]
    fn impossible_lengths_are_refused() {
        for (input, text) in [
            (&b"0003"[..], "protocol error: bad line length 3"),
            (b"fff1", "protocol error: bad line length 65521"),
            (b"ffff", "protocol error: bad line length 65535"),
            (b"GET ", "protocol error: bad line length character: GET "),
            (b"00\xff1", "protocol error: bad line length character: 00\\xff1"),
            (b"+123", "protocol error: bad line length character: +123"),
        ] {
            assert_eq!(parse(input), Err(bad(text)));
        }
        assert_eq!(parse(b"fff0"), Ok(None));
        assert_eq!(parse(b"FFF0"), Ok(None));
    }

    #[test]
    fn long_data_is_split() {
        let data = vec![7; SIDEBAND_ROW * 2 + 1];
        let mut out = Vec::new();
        sideband(&mut out, 2, SIDEBAND_ROW, &data);
        let mut rest = &out[..];
        let mut lengths = Vec::new();
        while let Some((packet, used)) = parse(rest).unwrap() {
            let Packet::Data([2, piece @ ..]) = packet else { panic!("{packet:?}") };
            lengths.push(piece.len());
            rest = &rest[used..];
        }
        assert_eq!(lengths, [SIDEBAND_ROW, SIDEBAND_ROW, 1]);

        out.clear();
        sideband(&mut out, 1, SMALL_SIDEBAND_ROW, &data[..996]);
        assert_eq!(&out[..5], b"03e8\x01");
        assert_eq!(&out[1000..], b"0006\x01\x07");
    }
}
