//! All files of a revision in one.

use axum::response::Response;
use gitflare_port::download::{ArchiveFormat, Wanted};
use http::{StatusCode, header};

use super::{Answer, Asked, begin, is_fixed};
use crate::{
    Access, Error, Result,
    access::{InRepository, act::ReadCode},
    ui::{text, visit::Visit},
};

/// `GET /{owner}/{repo}/archive/{ref}.zip` and `.tar.gz`.
pub(crate) async fn show(visit: Visit, asked: Asked, access: InRepository<ReadCode>) -> Result<Response> {
    let rest = text::path(visit.rest());
    let zip = rest.strip_suffix(".zip").map(|revision| (revision, ArchiveFormat::Zip));
    let tar = || rest.strip_suffix(".tar.gz").map(|revision| (revision, ArchiveFormat::TarGz));
    let (revision, format) =
        zip.or_else(tar).filter(|(it, _)| !it.is_empty()).ok_or_else(Error::not_found)?;
    send(&visit, &asked, &access, revision, format).await
}

/// Sends the archive of a revision, percent-encoded.
async fn send(
    visit: &Visit,
    asked: &Asked,
    access: &Access<ReadCode>,
    revision: &str,
    format: ArchiveFormat,
) -> Result<Response> {
    let name = format!("{}-{}", access.repository().name, label(revision));
    let what = Wanted::Archive { revision: Some(revision.to_owned()), format, prefix: name.clone() };
    let download = begin(visit, access, what, asked.body()).await?;
    let mut answer = Answer::new(access, is_fixed(revision, &download.head.commit));
    // How well bytes are packed may change, so the tag is that of what is in them.
    answer.set(header::ETAG, &format!("W/\"{}\"", download.head.oid));
    if asked.has(&download.head.oid) {
        answer.status = StatusCode::NOT_MODIFIED;
        return Ok(answer.empty());
    }
    let (kind, ending) = match format {
        ArchiveFormat::Zip => ("application/zip", "zip"),
        ArchiveFormat::TarGz => ("application/gzip", "tar.gz"),
        ArchiveFormat::Tar => ("application/x-tar", "tar"),
    };
    answer.set(header::CONTENT_TYPE, kind);
    answer.disposition("attachment", &format!("{name}.{ending}"));
    Ok(answer.with(download))
}

/// What a revision is called in names of files: without what says which kind of ref it is, without slashes, and a version
/// without its letter, as people are used to.
fn label(revision: &str) -> String {
    let short = ["refs/heads/", "refs/tags/"].iter().find_map(|prefix| revision.strip_prefix(prefix));
    let short = short.unwrap_or(revision);
    let is_branch = revision.starts_with("refs/heads/");
    let version = short.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    version.filter(|_| !is_branch).unwrap_or(short).replace('/', "-")
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn names_of_archives() {
        for (revision, wanted) in [
            ("main", "main"),
            ("refs/heads/feature/x", "feature-x"),
            ("refs/tags/v1.0", "1.0"),
            ("v2.0-rc1", "2.0-rc1"),
            ("refs/heads/v3", "v3"),
            ("vendor", "vendor"),
        ] {
            assert_eq!(label(revision), wanted);
        }
    }
}
