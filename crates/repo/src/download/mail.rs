//! A commit as a mail, in the form of `git format-patch`.

use gitflare_git::{
    Oid,
    commit::{self, Ident},
};

/// Bytes in a line of a header, where it can be helped.
const WIDTH: usize = 78;

/// Writes everything before the overview.
pub(super) fn begin(out: &mut Vec<u8>, oid: &Oid, data: &[u8], (nth, count): (usize, usize)) {
    let text = commit::text(data);
    let author = text.author.unwrap_or_default();
    let subject = commit::decode(&commit::subject(text.message), text.encoding);
    let body = commit::decode(commit::body(text.message), text.encoding);
    let name = commit::decode(author.name, text.encoding);
    let mail = String::from_utf8_lossy(author.mail).into_owned();
    out.extend_from_slice(format!("From {oid} Mon Sep 17 00:00:00 2001\nFrom: ").as_bytes());
    if name.is_ascii() && mail.is_ascii() {
        let is_special = |c: char| "()<>@,;:\\\".[]".contains(c);
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let name = if name.contains(is_special) { format!("\"{quoted}\"") } else { name.clone() };
        out.extend_from_slice(format!("{name} <{mail}>\n").as_bytes());
    } else {
        let first = out.len();
        encoded(out, &name, 6, &|byte| byte.is_ascii_alphanumeric() || b"!*+-/".contains(&byte));
        let last = out.iter().skip(first).rev().take_while(|byte| **byte != b'\n').count();
        let space = if last + mail.len() + 3 > WIDTH { "\n " } else { " " };
        out.extend_from_slice(format!("{space}<{mail}>\n").as_bytes());
    }
    out.extend_from_slice(format!("Date: {}\nSubject: ", date(&author)).as_bytes());
    let width = count.to_string().len();
    let prefix = if count > 1 { format!("[PATCH {nth:0width$}/{count}] ") } else { "[PATCH] ".into() };
    out.extend_from_slice(prefix.as_bytes());
    let start = "Subject: ".len() + prefix.len();
    if subject.is_ascii() && !subject.contains("=?") {
        folded(out, &subject, start);
    } else {
        encoded(out, &subject, start, &|byte| byte.is_ascii_graphic() && !b"=?_".contains(&byte));
    }
    out.push(b'\n');
    // An author's name is no reason: it is encoded in its header.
    if !(body.is_ascii() && subject.is_ascii()) {
        out.extend_from_slice(
            b"MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n",
        );
    }
    out.push(b'\n');
    if !body.is_empty() {
        out.extend_from_slice(body.as_bytes());
        out.push(b'\n');
    }
}

/// Writes what ends a mail.
pub(super) fn end(out: &mut Vec<u8>) {
    out.extend_from_slice(concat!("-- \ngitflare ", env!("CARGO_PKG_VERSION"), "\n\n").as_bytes());
}

/// `Thu, 7 Apr 2005 22:13:13 +0200`
fn date(ident: &Ident<'_>) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let local = ident.time.saturating_add(i64::from(ident.zone) * 60);
    let (days, seconds) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let (year, month, day) = gitflare_git::archive::date(days);
    let weekday = DAYS.get(days.rem_euclid(7) as usize).copied().unwrap_or_default();
    let month = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let (sign, zone) = if ident.zone < 0 { ('-', -ident.zone) } else { ('+', ident.zone) };
    format!(
        "{weekday}, {day} {month} {year} {hour:02}:{minute:02}:{second:02} {sign}{:02}{:02}",
        zone / 60,
        zone % 60
    )
}

/// Writes words, on as many lines as they need.
fn folded(out: &mut Vec<u8>, text: &str, start: usize) {
    let mut column = start;
    for (n, word) in text.split(' ').enumerate() {
        if n > 0 {
            let fits = column + 1 + word.len() <= WIDTH;
            out.extend_from_slice(if fits { b" " } else { b"\n " });
            column = if fits { column + 1 } else { 1 };
        }
        out.extend_from_slice(word.as_bytes());
        column += word.len();
    }
}

/// Writes a text in encoded words (RFC 2047), each of at most 75 bytes; what may stand for itself depends on where it is.
fn encoded(out: &mut Vec<u8>, text: &str, start: usize, is_plain: &dyn Fn(u8) -> bool) {
    const OPEN: &str = "=?UTF-8?q?";
    out.extend_from_slice(OPEN.as_bytes());
    let mut column = start + OPEN.len();
    for letter in text.chars() {
        let mut bytes = [0; 4];
        let bytes = letter.encode_utf8(&mut bytes).as_bytes();
        let plain = bytes.len() == 1 && bytes.iter().all(|byte| is_plain(*byte));
        let size = if plain { 1 } else { 3 * bytes.len() };
        // The closing mark has to fit, too.
        if column + size + 2 > WIDTH - 2 {
            out.extend_from_slice(b"?=\n ");
            out.extend_from_slice(OPEN.as_bytes());
            column = 1 + OPEN.len();
        }
        for byte in bytes {
            if plain {
                out.push(*byte);
            } else {
                out.extend_from_slice(format!("={byte:02X}").as_bytes());
            }
        }
        column += size;
    }
    out.extend_from_slice(b"?=");
}
