//! A commit: what it says, who wrote it, what it stands on, and what it changed.

use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};
use gitflare_port::{
    Command, Reply,
    diff::{Diff, DiffQuery, DiffRange},
    log::{CommitDetail, CommitSummary, Person},
};
use maud::{Markup, html};

use super::around::{self, Part, id, parts, short, subject};
use super::frame::{Tab, crumbs, tabs, title_row};
use super::people::stamp;
use crate::access::{InRepository, act::ReadCode};
use crate::ui::diff::{Choice, Colours, FOLDED, LINES, View};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, icon, text, time};
use crate::{Error, Result};

/// What is asked for, of whichever range.
pub(super) fn query(range: DiffRange, choice: &Choice) -> DiffQuery {
    DiffQuery {
        ignore_space: choice.blind,
        context: choice.context,
        path: choice.only.clone(),
        from: if choice.only.is_some() { 0 } else { choice.from },
        texts: true,
        fold: FOLDED,
        about: true,
        ..DiffQuery::new(range, LINES)
    }
}

/// `GET /{owner}/{repo}/commit/{id}`: an id, the beginning of one, or a branch or tag, which leads to the id.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let rest = text::path(visit.rest().trim_end_matches('/'));
    let choice = Choice::of(&visit);
    let range = DiffRange::Commit { revision: Some(rest.clone()), parent: choice.parent };
    let command = Command::Diff { caller: access.caller(&visit.client), query: query(range, &choice) };
    let diff = match around::ask(&visit, &access, command).await {
        Ok(Reply::Diff(diff)) => Arc::new(diff),
        Ok(other) => return Err(visit::unexpected(&other)),
        Err(silence) => return Ok(silence.page(&visit, &access, "commit", &text::shown(&rest))),
    };
    let commit = diff.commit.as_ref().ok_or_else(|| Error::internal("a diff without its commit"))?;
    let repository = access.repository();
    let home = format!("/{}", repository.full_name());
    if commit.oid != rest {
        let query = visit.query_text().map(|query| format!("?{query}")).unwrap_or_default();
        return Ok(Redirect::to(&format!("{home}/commit/{}{query}", text::path(&commit.oid))).into_response());
    }
    let page = format!("{home}/commit/{rest}");
    let now = visit.forge.now();
    let said = summary(commit);
    let colours = Colours::of(&visit.forge, &diff).await;
    let main = html! {
        (title_row(&access, &visit.frame))
        (parts(&home, Part::Other))
        (about(&home, &page, commit, &diff, &choice, now))
        (View { diff: &diff, home: &home, page: &page, choice, colours }.show())
    };
    let title = format!("{} · {} · {}", said, short(&commit.oid), repository.full_name());
    let page = Page::new(title, main).crumbs(crumbs(repository)).tabs(tabs(&access, Tab::Code));
    Ok(page.respond(&visit.frame))
}

fn summary(commit: &CommitDetail) -> String {
    if commit.subject.is_empty() { "No message".to_owned() } else { text::visible(&commit.subject) }
}

/// The message without its first paragraph, which is the heading.
fn rest(commit: &CommitDetail) -> String {
    let message = commit.message.trim_start_matches(['\n', '\r']);
    let rest = message.split_once("\n\n").map(|(_, rest)| rest).unwrap_or_default();
    text::visible_lines(&flowed(rest.trim()))
}

/// A line at least this long was broken because it was full.
const FULL: usize = 56;

/// The text with its paragraphs set as paragraphs: lines that were broken to fit a terminal flow on. Lists, code, quotes
/// and whatever else has a shape of its own keep it.
fn flowed(text: &str) -> String {
    let keeps = |line: &str| {
        let word = line.split(' ').next().unwrap_or_default();
        let numbered = word.ends_with(['.', ')']) && word.starts_with(|c: char| c.is_ascii_digit());
        numbered
            || line.starts_with([' ', '\t', '-', '*', '+', '>', '#', '|', '`', '$', '['])
            || word.ends_with(':')
    };
    let mut out: Vec<String> = Vec::new();
    for paragraph in text.split("\n\n") {
        let lines: Vec<&str> = paragraph.lines().collect();
        let is_prose = !lines.iter().any(|line| keeps(line))
            && lines.iter().rev().skip(1).all(|line| line.chars().count() >= FULL);
        out.push(lines.join(if is_prose { " " } else { "\n" }));
    }
    out.join("\n\n")
}

fn about(home: &str, page: &str, commit: &CommitDetail, diff: &Diff, choice: &Choice, now: i64) -> Markup {
    let said = rest(commit);
    html! {
        section.commit {
            h2 { (summary(commit)) }
            @if !said.is_empty() { p.message { (said) } }
            dl.about {
                div { dt { "Author" } dd { (person(&commit.author, now)) } }
                @if (&commit.committer.name, &commit.committer.mail) != (&commit.author.name, &commit.author.mail) {
                    div { dt { "Committer" } dd { (person(&commit.committer, now)) } }
                }
                div { dt { "Commit" } dd { (id(home, &commit.oid)) } }
                div {
                    dt { @if commit.parents.len() == 1 { "Parent" } @else { "Parents" } }
                    dd {
                        @if commit.parents.is_empty() { "none: history begins here" }
                        ul { @for (n, parent) in commit.parents.iter().enumerate() { (ancestor(home, page, (n, parent), commit.parents.len(), choice)) } }
                    }
                }
            }
            p.buttons {
                a.button href=(format!("{home}/tree/{}", text::path(&commit.oid))) { (icon::browse()) "Browse files" }
                a href=(format!("{page}.diff")) data-document { ".diff" }
                a href=(format!("{page}.patch")) data-document { ".patch" }
            }
            @if diff.total == 0 && commit.parents.len() == 1 { p.meta { "This commit changes nothing." } }
        }
    }
}

fn ancestor(
    home: &str,
    page: &str,
    (n, parent): (usize, &CommitSummary),
    all: usize,
    choice: &Choice,
) -> Markup {
    let chosen = choice.parent as usize == n + 1;
    html! {
        li {
            a.oid href=(format!("{home}/commit/{}", text::path(&parent.oid))) { (text::visible(short(&parent.oid))) }
            " " (subject(parent))
            @if all > 1 {
                @if chosen {
                    span.meta { " · compared with this one" }
                } @else {
                    " · " a rel="nofollow" href=(format!("{page}?parent={}", n + 1)) { "compare with this one" }
                }
            }
        }
    }
}

fn person(person: &Person, now: i64) -> Markup {
    html! {
        (stamp(&person.mail, 16)) " "
        (text::visible(&person.name)) " " span.meta { "<" (text::visible(&person.mail)) "> " (time::time(person.time, now)) }
    }
}

#[cfg(test)]
mod tests {
    use super::flowed;

    #[test]
    fn what_was_broken_to_fit_flows_and_what_has_a_shape_keeps_it() {
        let full = "a line that is as long as somebody's terminal was wide, or so";
        assert_eq!(flowed(&format!("{full}\n{full}\nend")), format!("{full} {full} end"));
        assert_eq!(flowed(&format!("{full}\nx\n\n{full}\ny")), format!("{full} x\n\n{full} y"));
        for text in [
            format!("{full}\n- {full}\n- two"),
            format!("short\n{full}\nlines"),
            format!("    {full}\n    code"),
            format!("1. {full}\n2. two"),
            format!("Signed-off-by: {full}\nReviewed-by: Ada"),
        ] {
            assert_eq!(flowed(&text), text);
        }
    }
}
