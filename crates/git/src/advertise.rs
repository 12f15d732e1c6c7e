//! The first thing a server says: its refs and what it can do.

use crate::{ObjectFormat, Oid, pktline};

/// How the server names itself.
pub const AGENT: &str = concat!("gitflare/", env!("CARGO_PKG_VERSION"));

/// One ref of an advertisement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvertisedRef {
    /// Full name.
    pub name: Vec<u8>,
    /// What it points at.
    pub oid: Oid,
    /// What the annotated tag it points at leads to, if it is one. Only `upload-pack` says so.
    pub peeled: Option<Oid>,
}

/// What `upload-pack` can do in versions 0 and 1; [`advertise`] adds where HEAD points.
pub fn upload_capabilities(agent: &str, format: ObjectFormat) -> String {
    format!(
        "multi_ack thin-pack side-band side-band-64k ofs-delta shallow deepen-since deepen-not deepen-relative \
         no-progress include-tag multi_ack_detailed allow-tip-sha1-in-want allow-reachable-sha1-in-want no-done \
         filter object-format={} agent={agent}",
        format.name()
    )
}

/// What `receive-pack` can do.
pub fn receive_capabilities(agent: &str, format: ObjectFormat) -> String {
    format!(
        "report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta push-options \
         object-format={} agent={agent}",
        format.name()
    )
}

/// Writes the advertisement of version 0 or 1. `service_line` is the service's name over smart HTTP, `head` is
/// what HEAD points at and the branch it names, if that is born; `receive-pack` has none. Refs come in order.
pub fn advertise(
    out: &mut Vec<u8>,
    service_line: Option<&str>,
    version: u8,
    head: Option<(Oid, &[u8])>,
    refs: &mut dyn Iterator<Item = AdvertisedRef>,
    capabilities: &str,
    format: ObjectFormat,
) {
    let mut advertisement = Advertisement::begin(out, service_line, version, head, capabilities);
    for advertised in refs {
        advertisement.add(out, &advertised);
    }
    advertisement.finish(out, format);
}

/// The same in pieces, for repositories with many refs.
#[derive(Clone, Debug)]
pub struct Advertisement {
    /// What the first line carries behind its name; taken by it.
    capabilities: Option<Vec<u8>>,
}

impl Advertisement {
    /// Writes what comes before the refs, and HEAD.
    pub fn begin(
        out: &mut Vec<u8>,
        service_line: Option<&str>,
        version: u8,
        head: Option<(Oid, &[u8])>,
        capabilities: &str,
    ) -> Self {
        service(out, service_line);
        if version == 1 {
            pktline::text(out, "version 1");
        }
        let mut own = Self { capabilities: Some(capabilities.as_bytes().to_vec()) };
        if let Some((oid, target)) = head {
            if let Some(list) = own.capabilities.as_mut().filter(|_| !target.is_empty()) {
                list.extend_from_slice(b" symref=HEAD:");
                list.extend_from_slice(target);
            }
            own.line(out, &oid, b"HEAD");
        }
        own
    }

    /// Writes one ref.
    pub fn add(&mut self, out: &mut Vec<u8>, advertised: &AdvertisedRef) {
        self.line(out, &advertised.oid, &advertised.name);
        if let Some(peeled) = &advertised.peeled {
            self.line(out, peeled, &[advertised.name.as_slice(), b"^{}"].concat());
        }
    }

    /// Writes the end, and the line that stands in for refs where there are none.
    pub fn finish(mut self, out: &mut Vec<u8>, format: ObjectFormat) {
        if self.capabilities.is_some() {
            self.line(out, &Oid::zero(format), b"capabilities^{}");
        }
        pktline::flush(out);
    }

    fn line(&mut self, out: &mut Vec<u8>, oid: &Oid, name: &[u8]) {
        let mut line = format!("{oid} ").into_bytes();
        line.extend_from_slice(name);
        if let Some(capabilities) = self.capabilities.take() {
            line.push(0);
            line.extend_from_slice(&capabilities);
        }
        line.push(b'\n');
        pktline::write(out, &line);
    }
}

/// Writes the capabilities of version 2. Stock git expects no service line there, even over HTTP.
pub fn capabilities_v2(out: &mut Vec<u8>, service_line: Option<&str>, agent: &str, format: ObjectFormat) {
    service(out, service_line);
    pktline::text(out, "version 2");
    pktline::text(out, &format!("agent={agent}"));
    pktline::text(out, "ls-refs=unborn");
    pktline::text(out, "fetch=shallow wait-for-done filter ref-in-want");
    pktline::text(out, "server-option");
    pktline::text(out, &format!("object-format={}", format.name()));
    pktline::flush(out);
}

fn service(out: &mut Vec<u8>, name: Option<&str>) {
    if let Some(name) = name {
        pktline::text(out, &format!("# service={name}"));
        pktline::flush(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(digit: &str) -> Oid {
        Oid::from_hex(digit.repeat(40)).unwrap()
    }

    /// The packets as text, one a line, with the ids cut short.
    fn shown(out: &[u8]) -> String {
        let mut rest = out;
        let mut text = String::new();
        while let Some((packet, used)) = pktline::parse(rest).unwrap() {
            match packet {
                pktline::Packet::Data(line) => text += &String::from_utf8_lossy(line).replace('\0', "|"),
                other => text += &format!("{other:?}\n"),
            }
            rest = &rest[used..];
        }
        for digit in ["0", "a", "b"] {
            text = text.replace(&digit.repeat(40), digit);
        }
        text
    }

    #[test]
    fn refs_follow_head() {
        let refs = [
            AdvertisedRef { name: b"refs/heads/main".to_vec(), oid: oid("a"), peeled: None },
            AdvertisedRef { name: b"refs/tags/v1".to_vec(), oid: oid("b"), peeled: Some(oid("a")) },
        ];
        let mut out = Vec::new();
        let head = Some((oid("a"), &b"refs/heads/main"[..]));
        let mut given = refs.into_iter();
        advertise(&mut out, Some("git-upload-pack"), 1, head, &mut given, "x y", ObjectFormat::Sha1);
        let expected = "# service=git-upload-pack\nFlush\nversion 1\na HEAD|x y symref=HEAD:refs/heads/main\n\
                        a refs/heads/main\nb refs/tags/v1\na refs/tags/v1^{}\nFlush\n";
        assert_eq!(shown(&out), expected);
    }

    #[test]
    fn an_empty_repository_still_says_what_it_can_do() {
        let mut out = Vec::new();
        advertise(&mut out, None, 0, None, &mut std::iter::empty(), "x", ObjectFormat::Sha1);
        assert_eq!(shown(&out), "0 capabilities^{}|x\nFlush\n");
    }

    #[test]
    fn version_two_lists_commands() {
        let mut out = Vec::new();
        capabilities_v2(&mut out, None, "a/1", ObjectFormat::Sha256);
        let expected = "version 2\nagent=a/1\nls-refs=unborn\nfetch=shallow wait-for-done filter ref-in-want\n\
                        server-option\nobject-format=sha256\nFlush\n";
        assert_eq!(shown(&out), expected);
    }
}
