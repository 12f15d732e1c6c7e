//! The list of changed files, by folder, beside their lines; a disclosure where there is no room beside them.

use gitflare_port::diff::{FileChange, FileStatus};
use maud::{Markup, html};

use super::{View, anchor, counts};
use crate::ui::text;

/// Files listed.
const MOST: usize = 1_000;

/// The list.
pub(super) fn show(view: &View<'_>) -> Markup {
    let files = view.diff.files.get(..MOST).unwrap_or(&view.diff.files);
    let folders = files.chunk_by(|a, b| folder(&a.path) == folder(&b.path));
    html! {
        details.diff-tree {
            summary { "Changed files" }
            div.menu {
                @if files.len() > 8 {
                    input type="search" data-filter placeholder="Find a file" aria-label="Find a changed file" autocomplete="off";
                }
                @for files in folders {
                    @if let Some(first) = files.first().filter(|first| !folder(&first.path).is_empty()) {
                        p.ref { (text::shown(folder(&first.path))) }
                    }
                    ul { @for file in files { (row(view, file)) } }
                }
                @if view.diff.files.len() > MOST { p.hint { (view.diff.files.len() - MOST) " more are not listed." } }
            }
        }
    }
}

fn row(view: &View<'_>, file: &FileChange) -> Markup {
    let here = view.diff.bodies.iter().any(|body| body.change.path == file.path);
    let to =
        if here { format!("#{}", anchor(&file.path)) } else { view.alone(&file.path, view.choice.context) };
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    html! {
        li {
            span class=(format!("kind {}", word(file.status))) title=(word(file.status)) { (letter(file.status)) }
            a href=(to) { span.visually-hidden { (word(file.status)) ": " } (text::shown(name)) }
            @if let Some(all) = file.counts { (counts(all)) }
        }
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What became of a file, in a word.
pub(super) const fn word(status: FileStatus) -> &'static str {
    match status {
        FileStatus::Added => "added",
        FileStatus::Deleted => "deleted",
        FileStatus::Modified => "modified",
        FileStatus::Renamed => "renamed",
        FileStatus::Copied => "copied",
        FileStatus::Retyped => "retyped",
    }
}

const fn letter(status: FileStatus) -> &'static str {
    match status {
        FileStatus::Added => "A",
        FileStatus::Deleted => "D",
        FileStatus::Modified => "M",
        FileStatus::Renamed => "R",
        FileStatus::Copied => "C",
        FileStatus::Retyped => "T",
    }
}
