//! Git's protocol by hand: what stock git never sends, or not at the wanted moment.

use super::{Reply, Request, Site, User};

pub(crate) const ZERO: &str = "0000000000000000000000000000000000000000";
pub(crate) const UPLOAD: &str = "git-upload-pack";
pub(crate) const RECEIVE: &str = "git-receive-pack";

/// A packet line.
pub(crate) fn pkt(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    [format!("{:04x}", text.len() + 4).as_bytes(), text].concat()
}

/// The request that lists what a service offers.
pub(crate) fn advertisement(repository: &str, service: &str) -> Request {
    Request::get(format!("/{repository}.git/info/refs?service={service}"))
}

/// A request to a service, still without its body.
pub(crate) fn exchange(repository: &str, service: &str) -> Request {
    Request::post(format!("/{repository}.git/{service}"))
        .header("Content-Type", format!("application/x-{service}-request"))
}

/// `ls-refs` of protocol version 2.
pub(crate) fn ls_refs(repository: &str) -> Request {
    exchange(repository, UPLOAD).header("Git-Protocol", "version=2").body(ls_refs_body())
}

pub(crate) fn ls_refs_body() -> Vec<u8> {
    [pkt("command=ls-refs\n"), b"0001".to_vec(), pkt("peel\n"), b"0000".to_vec()].concat()
}

/// The body of a push: commands `(old, new, name)` and a pack. The report comes as it is, not in a side band.
pub(crate) fn push_body(commands: &[(&str, &str, &str)], capabilities: &str, pack: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (n, (old, new, name)) in commands.iter().enumerate() {
        let capabilities = if n == 0 { format!("\0{capabilities}") } else { String::new() };
        body.extend(pkt(format!("{old} {new} {name}{capabilities}")));
    }
    body.extend(b"0000");
    body.extend(pack);
    body
}

/// A push by hand.
pub(crate) fn push(user: &User, repository: &str, commands: &[(&str, &str, &str)], pack: &[u8]) -> Reply {
    let body = push_body(commands, "report-status", pack);
    user.site.send(&exchange(repository, RECEIVE).token(&user.token).body(body))
}

/// The lines of a report, or whatever else was answered.
pub(crate) fn report(reply: &Reply) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = reply.body.as_slice();
    while let Some((head, more)) = rest.split_at_checked(4) {
        let length = std::str::from_utf8(head).ok().and_then(|head| usize::from_str_radix(head, 16).ok());
        match length {
            Some(0..=3) => rest = more,
            Some(length) if length <= rest.len() => {
                lines.push(super::text(&rest[4..length]).trim_end().to_owned());
                rest = &rest[length..];
            }
            _ => {
                lines.push(super::text(rest));
                break;
            }
        }
    }
    lines
}

/// What the repository's refs are, as anybody with this token sees them.
pub(crate) fn refs(site: &Site, token: &str, repository: &str) -> Vec<String> {
    let reply = site.send(&ls_refs(repository).token(token)).expect(200);
    report(&reply)
}
