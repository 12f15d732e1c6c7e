//! The commit behind what is shown, in one line: who, what, when.

use gitflare_port::command::CommitSummary;
use maud::{Markup, html};

use super::around::{short, stamp, subject};
use crate::ui::{icon, text, time};

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
