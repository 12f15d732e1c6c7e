//! Version 2: the sections of answers.

use super::super::write_shallow;
use crate::{Oid, pktline};

/// Writes a line of a list of refs. No id means HEAD before its first commit; `target` is what a symbolic ref names.
pub fn write_ref(
    out: &mut Vec<u8>,
    oid: Option<&Oid>,
    name: &[u8],
    target: Option<&[u8]>,
    peeled: Option<&Oid>,
) {
    let mut line = oid.map_or_else(|| "unborn".to_owned(), Oid::to_hex).into_bytes();
    line.push(b' ');
    line.extend_from_slice(name);
    if let Some(target) = target {
        line.extend_from_slice(b" symref-target:");
        line.extend_from_slice(target);
    }
    if let Some(peeled) = peeled {
        line.extend_from_slice(format!(" peeled:{peeled}").as_bytes());
    }
    line.push(b'\n');
    pktline::write(out, &line);
}

/// Writes the acknowledgments: what is common, and `ready` if the pack follows; otherwise the answer ends here.
/// Never say ready to a client that waits until it is done.
pub fn write_acknowledgments(out: &mut Vec<u8>, common: &[Oid], ready: bool) {
    pktline::text(out, "acknowledgments");
    if common.is_empty() {
        pktline::text(out, "NAK");
    }
    for oid in common {
        pktline::text(out, &format!("ACK {oid}"));
    }
    if ready {
        pktline::text(out, "ready");
        pktline::delim(out);
    } else {
        pktline::flush(out);
    }
}

/// Writes what the wanted refs point at, in order; nothing if none were wanted by name.
pub fn write_wanted_refs(out: &mut Vec<u8>, refs: &[(Vec<u8>, Oid)]) {
    if refs.is_empty() {
        return;
    }
    pktline::text(out, "wanted-refs");
    for (name, oid) in refs {
        pktline::write(out, &[oid.to_hex().as_bytes(), b" ", name, b"\n"].concat());
    }
    pktline::delim(out);
}

/// Writes where the client's history ends; needed if it is shallow or asked for a depth.
pub fn write_shallow_info(out: &mut Vec<u8>, shallow: &[Oid], unshallow: &[Oid]) {
    pktline::text(out, "shallow-info");
    write_shallow(out, shallow, unshallow);
    pktline::delim(out);
}

/// Writes the head of the pack's section. Large side-bands follow, and a flush.
pub fn write_packfile(out: &mut Vec<u8>) {
    pktline::text(out, "packfile");
}
