//! What the pages of history share: asking the repository, who wrote a commit, and saying that a revision is not there.

use axum::response::{IntoResponse, Response};
use gitflare_port::{Command, ErrorKind, Reply, log::CommitSummary};
use http::StatusCode;
use maud::{Markup, html};

pub(super) use super::folder::short;
use super::frame::{Tab, crumbs, tabs, title_row};
pub(super) use super::people::{stamp, subject};
use crate::access::{Access, act::ReadCode};
use crate::ui::visit::Visit;
use crate::ui::{Page, form, icon, text, time};
use crate::{Error, Result};

/// The pages of history, as the row below the name lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Lists of commits.
    Commits,
    /// Branches.
    Branches,
    /// Tags.
    Tags,
    /// Two revisions beside each other.
    Compare,
    /// None of them.
    Other,
}

/// Why a repository gave no answer that can be shown.
pub(super) enum Silence {
    /// There is no such revision or path.
    Missing,
    /// The question cannot be answered, and this is why.
    Refused(String),
    /// Everything else.
    Error(Error),
}

/// Asks the repository.
pub(super) async fn ask(
    visit: &Visit,
    access: &Access<ReadCode>,
    command: Command,
) -> Result<Reply, Silence> {
    read(visit, access, command).await.map_err(|error| match error.kind {
        ErrorKind::NotFound | ErrorKind::Empty => Silence::Missing,
        ErrorKind::Invalid => Silence::Refused(error.message),
        _ => Silence::Error(error.into()),
    })
}

/// The repository's answer, or one that was kept since it last changed.
pub(super) async fn read(
    visit: &Visit,
    access: &Access<ReadCode>,
    command: Command,
) -> Result<Reply, gitflare_port::Error> {
    let repository = access.repository();
    visit.forge.host().read(repository.id, repository.pushed_at.unwrap_or_default(), command).await
}

impl Silence {
    /// The page that says so. `name` is what was asked for, to be read; `what` says what it should have been.
    pub(super) fn page(self, visit: &Visit, access: &Access<ReadCode>, what: &str, name: &str) -> Response {
        let words = match self {
            Self::Missing => html! { "There is no " (what) " " code.ref { (name) } " in this repository." },
            Self::Refused(message) => html! { (form::sentence(&text::visible(&message))) },
            Self::Error(error) => return error.into_response(),
        };
        nothing(visit, access, &words)
    }
}

/// A page for what is not there, inside the repository.
pub(super) fn nothing(visit: &Visit, access: &Access<ReadCode>, words: &Markup) -> Response {
    let repository = access.repository();
    let home = format!("/{}", repository.full_name());
    let main = html! {
        (title_row(access, &visit.frame))
        (parts(&home, Part::Other))
        div.empty {
            p { (words) }
            p { "Look for it among the " a href=(format!("{home}/commits")) { "commits" } " or the " a href=(home) { "files" } "." }
        }
    };
    let title = format!("Not found · {}", repository.full_name());
    let page = Page::new(title, main).crumbs(crumbs(repository)).tabs(tabs(access, Tab::Code));
    page.status(StatusCode::NOT_FOUND).respond(&visit.frame)
}

/// The row with the pages of history.
pub(super) fn parts(home: &str, current: Part) -> Markup {
    let all = [
        (Part::Commits, "commits", "Commits", icon::commit()),
        (Part::Branches, "branches", "Branches", icon::branch()),
        (Part::Tags, "tags", "Tags", icon::tag()),
        (Part::Compare, "compare", "Compare", icon::compare()),
    ];
    html! {
        nav.parts aria-label="History" {
            ul {
                @for (part, path, words, drawing) in all {
                    li { a href=(format!("{home}/{path}")) aria-current=[(part == current).then_some("page")] { (drawing) (words) } }
                }
            }
        }
    }
}

/// Who wrote a commit and when it was committed, in one line.
pub(super) fn by(commit: &CommitSummary, now: i64) -> Markup {
    html! {
        span.by {
            (stamp(&commit.author_mail, 16))
            span.author title=(text::visible(&commit.author_mail)) { (text::visible(&commit.author)) }
            @if commit.committer != commit.author && !commit.committer.is_empty() {
                " wrote, " span.author { (text::visible(&commit.committer)) }
            }
            " committed " (time::time(commit.time, now))
        }
    }
}

/// The id of a commit as a link to its page, with a button that copies all of it.
pub(super) fn id(home: &str, oid: &str) -> Markup {
    html! {
        span.id {
            a.oid href=(format!("{home}/commit/{}", text::path(oid))) title=(text::visible(oid)) { (text::visible(short(oid))) }
            (form::copy(oid, "the whole id"))
        }
    }
}
