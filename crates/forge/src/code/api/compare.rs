//! Two revisions beside each other.

use axum::response::{IntoResponse as _, Response};
use gitflare_port::{
    diff::{Diff, DiffQuery, Part},
    download::PatchFormat,
    log::CommitDetail,
};
use serde_json::{Value, json};

use super::{Question, commits, files, people::People, question::missing};
use crate::{
    Error, Result,
    access::{Access, act::ReadCode},
    api::{Answer, End, Media, OnRepository, Paging},
    code::range,
    error::Kind,
    ui::text,
};

/// Commits on a page of which no size was asked for.
const COMMITS: i64 = 250;
/// Files on the first page.
const FILES: usize = 300;

/// `GET /repos/{owner}/{repo}/compare/{basehead}`.
pub(super) async fn show(access: OnRepository<ReadCode>, question: Question) -> Result<Response> {
    let names = own(&question.rest("compare"), access.repository().owner.as_str());
    let range = range(&names).ok_or_else(Error::not_found)?;
    let paging = question.paging.usually(COMMITS);
    let found = match question.media {
        Media::Diff => commits::patch(&question, &access, range, PatchFormat::Diff).await.map(Ok),
        Media::Patch => commits::patch(&question, &access, range, PatchFormat::Mail).await.map(Ok),
        _ => {
            let (from, count) = paging.part();
            let query = DiffQuery { commits: Some(Part { from, count }), ..commits::query(range) };
            match commits::diff(&question, &access, query).await {
                Ok(Ok(diff)) => Ok(answer(&question, &access, &names, &paging, &diff).await),
                Ok(Err(error)) => Ok(Err(error)),
                Err(error) => Err(error),
            }
        }
    };
    match found {
        Ok(response) => response,
        Err(error) => Err(missing(error, Error::not_found)),
    }
}

/// Names of this repository's branches may say whose it is: `ada:main...ada:topic`.
fn own(names: &str, owner: &str) -> String {
    let prefix = format!("{owner}%3A").to_ascii_lowercase();
    let bare = |name: &str| match name.get(..prefix.len()) {
        Some(start) if start.to_ascii_lowercase() == prefix => {
            name.get(prefix.len()..).unwrap_or_default().to_owned()
        }
        _ => name.to_owned(),
    };
    match names.split_once("..") {
        Some((base, head)) => {
            let (dot, head) = head.strip_prefix('.').map_or(("", head), |head| (".", head));
            format!("{}..{dot}{}", bare(base), bare(head))
        }
        None => names.to_owned(),
    }
}

async fn answer(
    question: &Question,
    access: &Access<ReadCode>,
    names: &str,
    paging: &Paging,
    diff: &Diff,
) -> Result<Response> {
    let (Some(found), Some(commits)) = (&diff.comparison, &diff.commits) else {
        return Err(Error::not_found());
    };
    let Some((base, common)) = &diff.ends else {
        let names = text::decoded(names);
        return Err(Error::new(Kind::NotFound, format!("No common ancestor in {names}.")));
    };
    let listed: Vec<&CommitDetail> =
        commits.commits.iter().filter_map(|entry| entry.detail.as_ref()).collect();
    let mut everybody = listed.clone();
    everybody.extend([base, common]);
    let people = People::of(question, &everybody).await?;
    let links = question.links(access);
    let (ahead, behind) = (found.ahead.unwrap_or_default(), found.behind.unwrap_or_default());
    let status = match (ahead, behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    // Which files differ is the same on every page.
    let shown = if paging.page == 1 { diff.files.len().min(FILES) } else { 0 };
    let html = links.html(&format!("compare/{names}"));
    let json = json!({
        "url": links.api(&format!("compare/{names}")),
        "permalink_url": links.html(&format!("compare/{}...{}", found.base, found.head)),
        "diff_url": format!("{html}.diff"),
        "patch_url": format!("{html}.patch"),
        "html_url": html,
        "base_commit": people.commit(&links, base),
        "merge_base_commit": people.commit(&links, common),
        "status": status,
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": listed.iter().map(|commit| people.commit(&links, commit)).collect::<Value>(),
        "files": files::list(&links, diff, 0..shown),
    });
    Ok(Answer::ok(json).linked(paging, End::Total(i64::from(ahead))).into_response())
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn names_may_say_whose_they_are() {
        for (names, wanted) in [
            ("main...topic", "main...topic"),
            ("Ada%3Amain...ada%3Atopic/x", "main...topic/x"),
            ("ada%3Amain..v1", "main..v1"),
            ("linus%3Amain...topic", "linus%3Amain...topic"),
        ] {
            assert_eq!(own(names, "ada"), wanted);
        }
    }
}
