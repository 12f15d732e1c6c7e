//! What the client hears: sections and lines, then the pack on side-band 1 with progress on 2, and signs of life.

use gitflare_git::{pktline, protocol::upload::SideBand};

use crate::{Error, limits};

/// The server's side of the conversation.
#[derive(Default)]
pub(super) struct Talk {
    pub(super) out: Vec<u8>,
    band: SideBand,
    quiet: bool,
    /// Whether what follows is the pack: only then do side-bands exist.
    in_pack: bool,
    last: Option<i64>,
    shown: Option<i64>,
}

impl Talk {
    /// From here on everything goes over side-bands.
    pub(super) fn begin_pack(&mut self, band: SideBand, quiet: bool) {
        (self.band, self.quiet, self.in_pack) = (band, quiet, true);
        self.shown = None;
    }

    /// What has to be sent now.
    pub(super) fn take(&mut self, now: i64) -> Option<Vec<u8>> {
        if self.out.is_empty() {
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.out))
    }

    /// Says something small when nothing was said for a while, so that no proxy cuts the connection.
    pub(super) fn keep_alive(&mut self, now: i64) {
        let last = *self.last.get_or_insert(now);
        if self.out.is_empty() && self.in_pack && now - last >= limits::KEEPALIVE {
            self.band.keepalive(&mut self.out);
        }
    }

    /// How far the search for objects got; said at most once a second.
    pub(super) fn counting(&mut self, objects: u64, now: i64) {
        if self.shown != Some(now) {
            if self.shown.is_some() {
                self.note(&format!("Enumerating objects: {objects}\r"));
            }
            self.shown = Some(now);
        }
    }

    /// How many objects follow.
    pub(super) fn counted(&mut self, objects: u64) {
        self.note(&format!("Enumerating objects: {objects}, done.\n"));
        self.note(&format!("Counting objects: 100% ({objects}/{objects}), done.\n"));
    }

    /// What was sent.
    pub(super) fn total(&mut self, objects: u64, made: u64) {
        let reused = objects.saturating_sub(made);
        self.note(&format!("Total {objects}, reused {reused}\n"));
    }

    /// A line for whoever fetches.
    pub(super) fn notice(&mut self, line: &str) {
        self.note(&format!("{line}\n"));
    }

    fn note(&mut self, line: &str) {
        if self.in_pack && !self.quiet {
            self.band.progress(&mut self.out, line);
        }
    }

    /// Bytes of the pack.
    pub(super) fn data(&mut self, bytes: &[u8]) {
        self.band.data(&mut self.out, bytes);
    }

    /// The end of the pack.
    pub(super) fn finish_pack(&mut self) {
        self.band.finish(&mut self.out);
        self.in_pack = false;
    }

    /// Whether rows of files can go out as packets.
    pub(super) fn takes_rows(&self) -> bool {
        self.band == SideBand::Large
    }

    /// The end of a conversation that went wrong.
    pub(super) fn fail(&mut self, error: &Error) {
        let text = error.public();
        if self.in_pack {
            self.band.error(&mut self.out, &format!("error: {text}\n"));
            return;
        }
        let prefix = if text.starts_with("protocol error") { "" } else { "upload-pack: " };
        pktline::error(&mut self.out, &format!("{prefix}{text}"));
    }
}
