//! zip, with sizes behind the content, since they are not known before.

use super::Member;
use crate::{Oid, zlib::Deflater};

/// What 32 bits do not hold stands in an extra field.
const LARGE: u64 = 0xffff_ffff;

/// A zip being written.
pub struct Zip {
    comment: Vec<u8>,
    /// Time and date in the form of DOS.
    stamp: u32,
    written: u64,
    members: Vec<Written>,
    current: Option<Current>,
}

/// A member for the directory at the end.
struct Written {
    path: Vec<u8>,
    mode: u32,
    is_deflated: bool,
    checksum: u32,
    packed: u64,
    size: u64,
    offset: u64,
}

struct Current {
    deflater: Option<Deflater>,
    checksum: crc32fast::Hasher,
}

impl Zip {
    pub(super) fn begin(commit: Option<&Oid>, time: i64) -> Self {
        let comment = commit.map(|commit| commit.to_hex().into_bytes()).unwrap_or_default();
        Self { comment, stamp: stamp(time), written: 0, members: Vec::new(), current: None }
    }

    pub(super) fn member(&mut self, member: &Member<'_>, out: &mut Vec<u8>) {
        let is_deflated = member.mode & 0o170_000 == 0o100_000 && member.size > 0;
        let mode = match member.mode & 0o170_000 {
            0o120_000 => 0o120_777,
            0o100_000 if member.mode & 0o100 != 0 => 0o100_755,
            0o100_000 => 0o100_644,
            _ => 0o040_755,
        };
        let written = Written {
            path: member.path.to_vec(),
            mode,
            is_deflated,
            checksum: 0,
            packed: 0,
            size: 0,
            offset: self.written,
        };
        let start = out.len();
        out.extend_from_slice(b"PK\x03\x04");
        // Whether the sizes behind the content take 64 bits has to be said here.
        let is_large = member.size >= LARGE / 2;
        common(out, &written, self.stamp, is_large);
        out.extend_from_slice(&[0; 12]);
        short(out, written.path.len() as u64);
        short(out, if is_large { 20 } else { 0 });
        out.extend_from_slice(&written.path);
        if is_large {
            out.extend_from_slice(&[1, 0, 16, 0]);
            out.extend_from_slice(&[0; 16]);
        }
        self.written += (out.len() - start) as u64;
        self.members.push(written);
        let deflater = is_deflated.then(Deflater::raw);
        self.current = Some(Current { deflater, checksum: crc32fast::Hasher::new() });
        if member.mode & 0o170_000 == 0o120_000 {
            self.content(member.target, out);
        }
    }

    pub(super) fn content(&mut self, data: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        if let (Some(current), Some(member)) = (&mut self.current, self.members.last_mut()) {
            current.checksum.update(data);
            member.size += data.len() as u64;
            match &mut current.deflater {
                Some(_) if data.is_empty() => {}
                Some(deflater) => deflater.feed(data, out),
                None => out.extend_from_slice(data),
            }
            member.packed += (out.len() - start) as u64;
        }
        self.written += (out.len() - start) as u64;
    }

    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        let start = out.len();
        if let (Some(current), Some(member)) = (self.current.take(), self.members.last_mut()) {
            if let Some(deflater) = current.deflater {
                deflater.finish(out);
            }
            member.packed += (out.len() - start) as u64;
            member.checksum = current.checksum.finalize();
            out.extend_from_slice(b"PK\x07\x08");
            out.extend_from_slice(&member.checksum.to_le_bytes());
            if member.size >= LARGE / 2 {
                out.extend_from_slice(&member.packed.to_le_bytes());
                out.extend_from_slice(&member.size.to_le_bytes());
            } else {
                long(out, member.packed);
                long(out, member.size);
            }
        }
        self.written += (out.len() - start) as u64;
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        let start = out.len();
        for member in &self.members {
            directory(out, member, self.stamp);
        }
        let (offset, size, count) = (self.written, (out.len() - start) as u64, self.members.len() as u64);
        if offset >= LARGE || size >= LARGE || count >= 0xffff {
            out.extend_from_slice(b"PK\x06\x06");
            out.extend_from_slice(&44_u64.to_le_bytes());
            out.extend_from_slice(&[45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for number in [count, count, size, offset] {
                out.extend_from_slice(&number.to_le_bytes());
            }
            out.extend_from_slice(b"PK\x06\x07\0\0\0\0");
            out.extend_from_slice(&(offset + size).to_le_bytes());
            out.extend_from_slice(&1_u32.to_le_bytes());
        }
        out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        short(out, count.min(0xffff));
        short(out, count.min(0xffff));
        long(out, size.min(LARGE));
        long(out, offset.min(LARGE));
        short(out, self.comment.len() as u64);
        out.extend_from_slice(&self.comment);
    }
}

/// An entry of the directory at the end.
fn directory(out: &mut Vec<u8>, member: &Written, stamp: u32) {
    let mut extra = Vec::new();
    for number in [member.size, member.packed, member.offset] {
        if number >= LARGE {
            extra.extend_from_slice(&number.to_le_bytes());
        }
    }
    out.extend_from_slice(b"PK\x01\x02\x2d\x03");
    common(out, member, stamp, !extra.is_empty());
    out.extend_from_slice(&member.checksum.to_le_bytes());
    long(out, member.packed.min(LARGE));
    long(out, member.size.min(LARGE));
    short(out, member.path.len() as u64);
    short(out, if extra.is_empty() { 0 } else { extra.len() as u64 + 4 });
    out.extend_from_slice(&[0; 6]);
    out.extend_from_slice(&(member.mode << 16 | u32::from(member.path.ends_with(b"/")) << 4).to_le_bytes());
    long(out, member.offset.min(LARGE));
    out.extend_from_slice(&member.path);
    if !extra.is_empty() {
        short(out, 1);
        short(out, extra.len() as u64);
        out.extend_from_slice(&extra);
    }
}

/// What the header of a member and its entry in the directory share.
fn common(out: &mut Vec<u8>, member: &Written, stamp: u32, is_large: bool) {
    short(out, if is_large { 45 } else { 20 });
    // Sizes follow the content; names that are UTF-8 say so.
    let is_utf8 = !member.path.is_ascii() && std::str::from_utf8(&member.path).is_ok();
    short(out, 8 | if is_utf8 { 1 << 11 } else { 0 });
    short(out, if member.is_deflated { 8 } else { 0 });
    out.extend_from_slice(&stamp.to_le_bytes());
}

fn short(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&(number as u16).to_le_bytes());
}

fn long(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&(number as u32).to_le_bytes());
}

/// A time as DOS writes it, in UTC: two seconds are the least it knows, and 1980 the first year.
fn stamp(time: i64) -> u32 {
    let (days, seconds) = (time.div_euclid(86_400), time.rem_euclid(86_400));
    let (year, month, day) = date(days);
    if !(1980..2108).contains(&year) {
        return 1 << 21 | 1 << 16;
    }
    let day = (year as u32 - 1980) << 9 | month << 5 | day;
    let seconds = seconds as u32;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    day << 16 | hour << 11 | minute << 5 | (second / 2)
}

/// The civil date of a day counted from 1970.
pub fn date(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let month_day = (day - (153 * month + 2) / 5 + 1) as u32;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month as u32, month_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(20_601), (2026, 5, 28));
        assert_eq!(date(-1), (1969, 12, 31));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(stamp(0), 1 << 21 | 1 << 16);
    }
}
