//! Downloads: raw files, archives and patches, a bounded piece at a time.
//!
//! A download is pulled like a transfer and sees the packs that were live when it began: each pull is a short read
//! transaction, so that a slow client holds nothing but a little memory.

mod archive;
mod blob;
mod mail;
mod patch;

use std::sync::Arc;

use gitflare_git::{Oid, object::Kind, refname};
use gitflare_port::download::{ArchiveFormat, Body, Download as Request, DownloadHead, Span, Wanted};

use self::{archive::Files, blob::Content, patch::Patches};
use crate::{
    Error, Repository, Result,
    browse::{self, Scene},
    packs::Live,
    view::View,
};

/// Bytes of a piece, roughly: a piece ends when it has as many.
const PIECE: usize = 256 << 10;
/// Bytes a type is told from.
const START: usize = 8_000;

/// One download.
pub struct Download {
    repository: Repository,
    live: Arc<Live>,
    head: DownloadHead,
    source: Source,
}

enum Source {
    Blob(Content),
    Archive(Box<Files>),
    Patch(Box<Patches>),
    Done,
}

impl Download {
    pub(crate) fn begin(repository: &Repository, request: &Request) -> Result<Self> {
        repository.db().read(|sql| {
            let scene = Scene::new(repository, sql, &request.caller)?;
            let live = Arc::clone(&scene.view.live);
            let (head, mut source) = match &request.what {
                Wanted::Raw { revision, path, span, part_of } => {
                    let part = Part { span: *span, of: part_of.as_deref() };
                    raw(repository, &scene, revision.as_deref(), path, &part)?
                }
                Wanted::Archive { revision, format, prefix } => {
                    files(&scene, revision.as_deref(), *format, prefix)?
                }
                Wanted::Patch { range, format } => {
                    let patches = Patches::begin(&scene, range, *format)?;
                    let head = DownloadHead { oid: patches.named(), ..DownloadHead::default() };
                    (head, Source::Patch(Box::new(patches)))
                }
            };
            let is_wanted = match &request.body {
                Body::Wanted => true,
                Body::Unless(known) => !known.contains(&head.oid),
                Body::Unwanted => false,
            };
            if !is_wanted {
                source = Source::Done;
            }
            Ok(Self { repository: repository.clone(), live, head, source })
        })
    }

    /// What is known before the first byte.
    pub fn head(&self) -> &DownloadHead {
        &self.head
    }

    /// The next bytes, none when that was work without a result yet; `None` at the end.
    pub fn pull(&mut self, now: i64) -> Result<Option<Vec<u8>>, gitflare_port::Error> {
        self.live.renew(now);
        let mut out = Vec::new();
        match self.step(&mut out, now) {
            Ok(is_over) => {
                if is_over {
                    self.source = Source::Done;
                }
                Ok(if is_over && out.is_empty() { None } else { Some(out) })
            }
            Err(error) => {
                self.source = Source::Done;
                Err(error.into())
            }
        }
    }

    /// Adds to `out`; whether that was all.
    fn step(&mut self, out: &mut Vec<u8>, now: i64) -> Result<bool> {
        let (repository, live, source) = (&self.repository, &self.live, &mut self.source);
        match source {
            Source::Blob(content) if content.is_made() => return content.make(out, now),
            Source::Archive(files) if files.is_made() => return files.make(out, now).map(|()| false),
            _ => {}
        }
        repository.db().read(|sql| {
            let view = repository.view_of(sql, Arc::clone(live));
            match source {
                Source::Blob(content) => content.fill(&view, out, PIECE),
                Source::Archive(files) => files.fill(repository, &view, out, PIECE),
                Source::Patch(patches) => patches.fill(&view, out, PIECE),
                Source::Done => Ok(true),
            }
        })
    }
}

/// Which part of a file.
struct Part<'a> {
    span: Span,
    /// Of which blob.
    of: Option<&'a str>,
}

impl Part<'_> {
    /// The first byte and how many follow, of a blob of this size.
    fn within(&self, oid: &str, size: u64) -> (u64, u64) {
        match self.span {
            _ if self.of.is_some_and(|of| of != oid) => (0, size),
            Span::Whole => (0, size),
            Span::From { from, count } => {
                let from = from.min(size);
                (from, count.unwrap_or(u64::MAX).min(size - from))
            }
            Span::Last { count } => (size - count.min(size), count.min(size)),
        }
    }
}

fn raw(
    repository: &Repository,
    scene: &Scene<'_>,
    revision: Option<&str>,
    path: &str,
    part: &Part<'_>,
) -> Result<(DownloadHead, Source)> {
    let (shown, path, leaf) = browse::leaf(scene, revision, path)?;
    let view = &scene.view;
    let found = view.find(&leaf.oid)?.ok_or(Error::Missing(leaf.oid))?;
    if found.entry.kind != Kind::Blob {
        return Err(Error::NotFound("that is no file".into()));
    }
    let size = found.entry.size;
    let (from, count) = part.within(&leaf.oid.to_hex(), size);
    let mut start = Vec::new();
    if view.is_at_hand(&found) {
        let mut content = Content::begin(repository, view, &found, 0, size.min(START as u64))?;
        content.fill(view, &mut start, START)?;
    }
    let head = DownloadHead {
        oid: leaf.oid.to_hex(),
        size: Some(size),
        from,
        count: Some(count),
        start,
        name: refname::encode(path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()),
        commit: shown.commit().as_ref().map(Oid::to_hex).unwrap_or_default(),
        time: time(view, shown.commit())?,
    };
    Ok((head, Source::Blob(Content::begin(repository, view, &found, from, count)?)))
}

fn files(
    scene: &Scene<'_>,
    revision: Option<&str>,
    format: ArchiveFormat,
    prefix: &str,
) -> Result<(DownloadHead, Source)> {
    let shown = scene.must(revision)?;
    let view = &scene.view;
    let tree = shown.tree(view)?.ok_or_else(|| Error::NotFound(format!("{} has no files", shown.name)))?;
    let bad = || Error::Refused("that is no name for a folder".into());
    let prefix = refname::decode(prefix).ok_or_else(bad)?;
    if prefix.split(|byte| *byte == b'/').any(|name| name == b".." || name == b".")
        || prefix.starts_with(b"/")
    {
        return Err(bad());
    }
    let time = time(view, shown.commit())?;
    let head = DownloadHead {
        oid: shown.object.0.to_hex(),
        commit: shown.commit().as_ref().map(Oid::to_hex).unwrap_or_default(),
        name: shown.name.clone(),
        time,
        ..DownloadHead::default()
    };
    let files = Files::begin(format, shown.commit(), time, tree, &prefix);
    Ok((head, Source::Archive(Box::new(files))))
}

fn time(view: &View<'_>, commit: Option<Oid>) -> Result<i64> {
    let Some(commit) = commit else { return Ok(0) };
    let object = view.object_of(&commit, Kind::Commit)?;
    Ok(gitflare_git::object::commit_head(&object.data, view.format)?.time)
}

impl Repository {
    /// Begins a download.
    pub fn download(&self, request: &Request) -> Result<Download, gitflare_port::Error> {
        Download::begin(self, request).map_err(Into::into)
    }
}
