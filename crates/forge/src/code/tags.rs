//! The list of tags: what each says, who made it and when, and what it names as an archive.

use axum::response::Response;
use gitflare_port::{
    Command, Reply,
    refs::{RefOrder, Tag, Tags},
};
use maud::{Markup, html};

use super::around::{self, Part, by, id, parts, short, stamp, subject};
use super::frame::{Tab, crumbs, tabs, title_row};
use super::refs::{BRANCHES, Sought, TAGS};
use crate::Result;
use crate::access::{Access, Action, InRepository, act::ReadCode};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, form, icon, text, time};

/// Bytes of a message on this page: a page of them must not make a heavy one.
const MESSAGE: usize = 1_500;

/// `GET /{owner}/{repo}/tags`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let repository = access.repository();
    let sought = Sought::of(&visit, (TAGS, BRANCHES), &format!("/{}", repository.full_name()));
    let query = sought.query(RefOrder::NameDescending);
    let command = Command::Tags { caller: access.caller(&visit.client), query };
    let found = match around::ask(&visit, &access, command).await {
        Ok(Reply::Tags(found)) => found,
        Ok(other) => return Err(visit::unexpected(&other)),
        Err(silence) => return Ok(silence.page(&visit, &access, "page of tags", &sought.after)),
    };
    let main = html! {
        (title_row(&access, &visit.frame))
        (parts(&sought.home, Part::Tags))
        h2.visually-hidden { "Tags" }
        @if found.total == 0 { (how(&access)) } @else { (content(&sought, &found, visit.forge.now())) }
    };
    let page = Page::new(format!("Tags · {}", repository.full_name()), main);
    Ok(page.crumbs(crumbs(repository)).tabs(tabs(&access, Tab::Code)).respond(&visit.frame))
}

fn content(sought: &Sought, found: &Tags, now: i64) -> Markup {
    html! {
        (sought.form())
        @if found.tags.is_empty() { (sought.none(found.next.is_some())) } @else {
            ol.rows.refs { @for tag in &found.tags { (row(&sought.home, tag, now)) } }
        }
        (sought.pager(found.total, found.next.as_deref()))
    }
}

/// For a repository without tags.
fn how(access: &Access<ReadCode>) -> Markup {
    html! {
        div.empty {
            p { "This repository has no tags yet. A tag gives a commit a name that stays, such as that of a version." }
            @if access.may(Action::Push) {
                (form::commands("Commands for a new tag", &[
                    "git tag -a v1.0 -m 'Version 1.0'".into(),
                    "git push origin v1.0".into(),
                ]))
            }
        }
    }
}

fn row(home: &str, tag: &Tag, now: i64) -> Markup {
    html! {
        li {
            (icon::tag())
            div.what {
                div.name {
                    a.title.ref href=(format!("{home}/tree/{}", text::path(&tag.name))) { (text::shown(&tag.name)) }
                    @match tag.kind.as_str() {
                        "tree" => span.badge { "A folder, not a commit" },
                        "blob" => span.badge { "A file, not a commit" },
                        _ => {},
                    }
                }
                (said(tag))
                p.meta { (made(tag, now)) }
            }
            div.side {
                @if tag.kind == "commit" { (id(home, &tag.target)) } @else { span.oid { (text::visible(short(&tag.target))) } }
                @if tag.kind != "blob" { (archives(home, tag)) }
            }
        }
    }
}

/// The message: its first line, and the rest on demand. A tag without one shows what the commit says.
fn said(tag: &Tag) -> Markup {
    let message = tag.message.as_deref().unwrap_or_default().trim();
    let shown = message.get(..message.floor_char_boundary(MESSAGE)).unwrap_or_default();
    let (first, rest) = shown.split_once('\n').unwrap_or((shown, ""));
    let is_cut = shown.len() < message.len();
    html! {
        div.last {
            @if !first.is_empty() {
                span { (text::visible(first.trim_end())) }
            } @else if let Some(commit) = &tag.commit {
                span { (subject(commit)) }
            }
            @if !rest.trim().is_empty() || is_cut {
                details.more {
                    summary { span aria-hidden="true" { "…" } span.visually-hidden { "The rest of the message" } }
                    pre { (text::visible_lines(rest.trim_matches('\n'))) @if is_cut { "…" } }
                    @if is_cut { p { "The message goes on: git shows all of it." } }
                }
            }
        }
    }
}

/// Who made it and when; of a tag that is a name alone, its commit.
fn made(tag: &Tag, now: i64) -> Markup {
    html! {
        @if let Some(tagger) = &tag.tagger {
            span.by {
                (stamp(&tagger.mail, 16))
                span.author title=(text::visible(&tagger.mail)) { (text::visible(&tagger.name)) }
                " tagged " (time::time(tagger.time, now))
            }
        } @else if let Some(commit) = &tag.commit {
            (by(commit, now))
        }
        @if tag.signed { " · carries a signature" }
    }
}

fn archives(home: &str, tag: &Tag) -> Markup {
    let name = text::path(&tag.name);
    html! {
        @for ending in ["zip", "tar.gz"] {
            a.button href=(format!("{home}/archive/refs/tags/{name}.{ending}")) download data-document rel="nofollow" {
                (icon::download()) (ending)
                span.visually-hidden { " of " (text::shown(&tag.name)) }
            }
        }
    }
}
