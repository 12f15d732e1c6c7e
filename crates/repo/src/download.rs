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
use gitflare_port::download::{ArchiveFormat, Download as Request, DownloadHead, Wanted};

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
            let (head, source) = match &request.what {
                Wanted::Raw { revision, path, from, count } => {
                    raw(&scene, revision.as_deref(), path, *from, count.unwrap_or(u64::MAX))?
                }
                Wanted::Archive { revision, format, prefix } => {
                    files(&scene, revision.as_deref(), *format, prefix)?
                }
                Wanted::Patch { range, format } => {
                    let patches = Patches::begin(&scene, range, *format)?;
                    let head = DownloadHead { oid: patches.head(), ..DownloadHead::default() };
                    (head, Source::Patch(Box::new(patches)))
                }
            };
            Ok(Self { repository: repository.clone(), live, head, source })
        })
    }

    /// What is known before the first byte.
    pub fn head(&self) -> &DownloadHead {
        &self.head
    }

    /// The next bytes; `None` at the end.
    pub fn pull(&mut self) -> Result<Option<Vec<u8>>, gitflare_port::Error> {
        let (repository, live, source) = (&self.repository, &self.live, &mut self.source);
        let pulled = repository.db().read(|sql| {
            let view = repository.view_of(sql, Arc::clone(live));
            let mut out = Vec::new();
            let is_over = match source {
                Source::Blob(content) => content.fill(&view, &mut out, PIECE)?,
                Source::Archive(files) => files.fill(&view, &mut out, PIECE)?,
                Source::Patch(patches) => patches.fill(&view, &mut out, PIECE)?,
                Source::Done => true,
            };
            Ok::<_, Error>((out, is_over))
        });
        match pulled {
            Ok((out, is_over)) => {
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
}

fn raw(
    scene: &Scene<'_>,
    revision: Option<&str>,
    path: &str,
    from: u64,
    count: u64,
) -> Result<(DownloadHead, Source)> {
    let (shown, path, leaf) = browse::leaf(scene, revision, path)?;
    let view = &scene.view;
    let found = view.find(&leaf.oid)?.ok_or(Error::Missing(leaf.oid))?;
    if found.entry.kind != Kind::Blob {
        return Err(Error::NotFound("that is no file".into()));
    }
    let size = found.entry.size;
    let from = from.min(size);
    let count = count.min(size - from);
    let mut start = Vec::new();
    Content::begin(view, &found, 0, size.min(START as u64))?.fill(view, &mut start, START)?;
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
    Ok((head, Source::Blob(Content::begin(view, &found, from, count)?)))
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
