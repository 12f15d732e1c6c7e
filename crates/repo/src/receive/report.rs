//! What the client hears: progress and notes on side-band 2, the report on side-band 1, keep-alives in between.

use gitflare_git::{
    pktline,
    protocol::receive::{PushCapabilities, RefStatus, write_report},
};

use super::rules::Update;
use crate::limits;

/// The server's side of the conversation.
#[derive(Default)]
pub(super) struct Talk {
    out: Vec<u8>,
    capabilities: PushCapabilities,
    begun: bool,
    last: Option<i64>,
    shown: Option<Shown>,
}

/// The steps of a push that may take a while.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Title {
    Receiving,
    Resolving,
    Connectivity,
    Indexing,
}

impl Title {
    /// As git calls it.
    const fn text(self) -> &'static str {
        match self {
            Self::Receiving => "Receiving objects",
            Self::Resolving => "Resolving deltas",
            Self::Connectivity => "Checking connectivity",
            Self::Indexing => "Indexing objects",
        }
    }
}

/// What was said of the present step.
struct Shown {
    title: Title,
    /// When: at its begin, as if something had been.
    last: i64,
    any: bool,
}

impl Talk {
    /// From here on the client's capabilities are known.
    pub(super) fn begin(&mut self, capabilities: &PushCapabilities) {
        self.capabilities = capabilities.clone();
        self.begun = true;
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
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
        if self.out.is_empty()
            && self.begun
            && self.capabilities.side_band_64k
            && now - last >= limits::KEEPALIVE
        {
            pktline::keepalive(&mut self.out);
        }
    }

    /// A line for the user, shown as `remote: …`.
    pub(super) fn note(&mut self, line: &str) {
        if self.capabilities.side_band_64k {
            let clean: String = line.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
            pktline::sideband(&mut self.out, 2, pktline::SIDEBAND_ROW, format!("{clean}\n").as_bytes());
        }
    }

    /// How far a step has come, at most once a second. A step that takes no second is not worth a word.
    pub(super) fn progress(&mut self, title: Title, done: u64, all: u64, now: i64) {
        let Some(shown) = self.meter(title, now) else { return };
        if shown.last == now || all == 0 {
            return;
        }
        (shown.last, shown.any) = (now, true);
        let percent = done.min(all) * 100 / all;
        self.say(&format!("{}: {percent:3}% ({done}/{all})\r", title.text()));
    }

    /// The end of a step, if it was ever spoken of.
    pub(super) fn complete(&mut self, title: Title, all: u64, now: i64) {
        if self.meter(title, now).is_some_and(|shown| shown.any) {
            self.complete_with(title, all, "done", now);
        }
    }

    /// The end of a step, in so many words.
    pub(super) fn complete_with(&mut self, title: Title, all: u64, how: &str, now: i64) {
        if self.meter(title, now).is_some() {
            self.say(&format!("{}: 100% ({all}/{all}), {how}.\n", title.text()));
        }
    }

    /// What was said of this step; none to clients that do not want to hear it.
    fn meter(&mut self, title: Title, now: i64) -> Option<&mut Shown> {
        if self.capabilities.quiet || !self.capabilities.side_band_64k {
            return None;
        }
        if self.shown.as_ref().is_none_or(|shown| shown.title != title) {
            self.shown = Some(Shown { title, last: now, any: false });
        }
        self.shown.as_mut()
    }

    fn say(&mut self, text: &str) {
        pktline::sideband(&mut self.out, 2, pktline::SIDEBAND_ROW, text.as_bytes());
    }

    /// The report, if the client asked for one.
    pub(super) fn report(&mut self, unpack: &Result<(), String>, updates: &[Update]) {
        let capabilities = &self.capabilities;
        if capabilities.report_status || capabilities.report_status_v2 {
            let statuses: Vec<_> = updates
                .iter()
                .map(|update| RefStatus {
                    name: &update.command.name,
                    result: update.refusal.as_deref().map_or(Ok(None), Err),
                })
                .collect();
            let mut report = Vec::new();
            let unpack = unpack.as_ref().copied().map_err(String::as_str);
            write_report(&mut report, unpack, &statuses, capabilities.report_status_v2);
            if capabilities.side_band_64k {
                pktline::sideband(&mut self.out, 1, pktline::SIDEBAND_ROW, &report);
            } else {
                self.out.extend_from_slice(&report);
            }
        }
        if capabilities.side_band_64k {
            pktline::flush(&mut self.out);
        }
    }

    /// The end of a conversation that went wrong before any command was understood.
    pub(super) fn fatal(&mut self, text: &str) {
        pktline::error(&mut self.out, text);
    }
}
