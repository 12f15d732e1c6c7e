//! Commits in one line: who, what, when.

use gitflare_port::command::CommitSummary;
use maud::{Markup, html};
use sha2::{Digest as _, Sha256};

use super::folder::short;
use crate::ui::{avatar, icon, text, time};

/// A picture for an address that need not belong to an account: the same for the same address, and telling nobody more.
pub(super) fn stamp(mail: &str, size: u8) -> Markup {
    let digest = Sha256::digest(mail.trim().to_lowercase().as_bytes());
    let id = digest.iter().take(8).fold(0_i64, |id, byte| id << 8 | i64::from(*byte));
    avatar::stamp(id, size)
}

/// A subject to be read; git allows an empty one.
pub(super) fn subject(commit: &CommitSummary) -> String {
    if commit.subject.is_empty() { "No message".to_owned() } else { text::visible(&commit.subject) }
}

/// The strip with the commit that made what is shown.
pub(super) fn latest(base: &str, commit: &CommitSummary, now: i64) -> Markup {
    let href = format!("{base}/commit/{}", text::path(&commit.oid));
    html! {
        div.latest {
            (stamp(&commit.author_mail, 20))
            span.author title=(text::visible(&commit.author_mail)) { (text::visible(&commit.author)) }
            a.subject href=(href) { (subject(commit)) }
            span.side {
                a.oid href=(href) aria-label=(format!("Commit {}", text::visible(short(&commit.oid)))) {
                    (icon::commit()) (text::visible(short(&commit.oid)))
                }
                span.meta { (time::time(commit.time, now)) }
            }
        }
    }
}
