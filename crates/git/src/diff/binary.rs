//! Changes of files that are not text, in the form `git apply` reads: deflated, in the letters of git's base 85.

use crate::zlib::deflate;

const LETTERS: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
/// Bytes in a line.
const LINE: usize = 52;

/// Writes what makes `new` of `old`, and what takes it back.
pub fn write(out: &mut Vec<u8>, old: &[u8], new: &[u8]) {
    out.extend_from_slice(b"GIT binary patch\n");
    literal(out, new);
    literal(out, old);
}

fn literal(out: &mut Vec<u8>, data: &[u8]) {
    out.extend_from_slice(format!("literal {}\n", data.len()).as_bytes());
    for line in deflate(data, 6).chunks(LINE) {
        let length = line.len() as u8;
        out.push(if length <= 26 { b'A' + length - 1 } else { b'a' + length - 27 });
        for group in line.chunks(4) {
            encode(out, group);
        }
        out.push(b'\n');
    }
    out.push(b'\n');
}

/// Four bytes, or fewer at the end, as five letters.
fn encode(out: &mut Vec<u8>, group: &[u8]) {
    let mut value = (0..4).fold(0_u32, |value, n| value << 8 | u32::from(group.get(n).copied().unwrap_or(0)));
    let mut letters = [b'0'; 5];
    for letter in letters.iter_mut().rev() {
        *letter = LETTERS.get((value % 85) as usize).copied().unwrap_or(b'0');
        value /= 85;
    }
    out.extend_from_slice(&letters);
}
