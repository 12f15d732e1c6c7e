//! A git repository on disk: its objects, its refs and its HEAD, read without running git.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use gitflare_git::{Oid, refname};

use crate::error::{Failure, Result};

/// A handle on the objects: loose, packed, and those of alternates.
pub(super) type Objects = gix_odb::Handle;

/// Memory for the bases of deltas while objects are read.
const CACHE: usize = 48 << 20;

/// A git repository on disk.
pub(super) struct Folder {
    /// Where HEAD is.
    git: PathBuf,
    /// Where refs and objects are: another folder for a linked worktree.
    common: PathBuf,
    bare: bool,
}

/// A ref, with symbolic ones followed.
pub(super) struct Ref {
    pub(super) name: Vec<u8>,
    pub(super) oid: Oid,
}

/// What HEAD says.
pub(super) enum Head {
    Branch(Vec<u8>),
    Detached,
}

impl Folder {
    /// Finds the repository at `path`: a bare one, a checkout, or the `.git` of one.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let dot_git = path.join(".git");
        let (git, bare) = if dot_git.is_dir() {
            (dot_git, false)
        } else if dot_git.is_file() {
            (pointed(&dot_git)?, false)
        } else {
            (path.to_owned(), path.file_name().is_none_or(|name| name != ".git"))
        };
        if !git.join("HEAD").exists() {
            return Err(Failure::new(format_args!("{} is not a git repository", path.display())));
        }
        let common = match read_line(&git.join("commondir"))? {
            Some(line) => git.join(line),
            None => git.clone(),
        };
        let folder = Self { git, common, bare };
        folder.check()?;
        Ok(folder)
    }

    /// Refuses what would be imported wrongly.
    fn check(&self) -> Result<()> {
        let config = read(&self.common.join("config"))?.unwrap_or_default();
        let config = String::from_utf8_lossy(&config).to_ascii_lowercase();
        let setting = |key: &str| {
            let mut values = config.lines().filter_map(|line| line.split_once('='));
            values.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned())
        };
        if setting("refstorage").is_some_and(|value| value != "files")
            || self.common.join("reftable").exists()
        {
            return Err(Failure::new(
                "its refs are stored as a reftable, which import cannot read; run `git refs migrate --ref-format=files` in it first",
            ));
        }
        if setting("objectformat").is_some_and(|value| value != "sha1") {
            return Err(Failure::new("its object format is not SHA-1, the only one repositories have here"));
        }
        if self.common.join("shallow").exists() {
            return Err(Failure::new("it is a shallow clone; run `git fetch --unshallow` in it first"));
        }
        Ok(())
    }

    /// Its objects.
    pub(super) fn objects(&self) -> Result<Objects> {
        let path = self.common.join("objects");
        let mut handle = gix_odb::at(&path, gix_hash::Kind::Sha1)
            .map_err(|error| Failure::during(path.display(), error))?;
        handle.prevent_pack_unload();
        handle.set_pack_cache(|| Box::new(gix_pack::cache::lru::MemoryCappedHashmap::new(CACHE)));
        Ok(handle)
    }

    /// What HEAD says.
    pub(super) fn head(&self) -> Result<Head> {
        let line = read_line(&self.git.join("HEAD"))?.unwrap_or_default();
        let line = line.into_os_string().into_vec();
        Ok(match line.strip_prefix(b"ref: ") {
            Some(name) if refname::check(name) => Head::Branch(name.to_owned()),
            _ => Head::Detached,
        })
    }

    /// Its refs by name. Of a checkout without what only that checkout knows: what it last saw of others, stashes,
    /// half-done rebases.
    pub(super) fn refs(&self) -> Result<Vec<Ref>> {
        let mut found = self.packed()?;
        self.loose(&self.common.join("refs"), b"refs".to_vec(), &mut found)?;
        let mut refs = Vec::new();
        for (name, value) in &found {
            if !self.wanted(name) || !refname::check(name) {
                continue;
            }
            if let Some(oid) = follow(&found, value) {
                refs.push(Ref { name: name.clone(), oid });
            }
        }
        Ok(refs)
    }

    fn wanted(&self, name: &[u8]) -> bool {
        let private: &[&[u8]] = &[b"refs/bisect/", b"refs/worktree/", b"refs/rewritten/"];
        let of_checkouts: &[&[u8]] = &[b"refs/remotes/", b"refs/stash"];
        !private.iter().any(|start| name.starts_with(start))
            && (self.bare || !of_checkouts.iter().any(|start| name.starts_with(start)))
    }

    fn packed(&self) -> Result<BTreeMap<Vec<u8>, Vec<u8>>> {
        let text = read(&self.common.join("packed-refs"))?.unwrap_or_default();
        let lines = text.split(|byte| *byte == b'\n');
        // Comments, and lines that give the object behind the tag above.
        let lines = lines.filter(|line| !line.starts_with(b"#") && !line.starts_with(b"^"));
        Ok(lines
            .filter_map(|line| {
                let space = line.iter().position(|byte| *byte == b' ')?;
                let (oid, name) = line.split_at_checked(space)?;
                Some((name.get(1..)?.trim_ascii_end().to_owned(), oid.to_owned()))
            })
            .collect())
    }

    fn loose(&self, folder: &Path, prefix: Vec<u8>, found: &mut BTreeMap<Vec<u8>, Vec<u8>>) -> Result<()> {
        let mut left = vec![(folder.to_owned(), prefix)];
        while let Some((folder, prefix)) = left.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(Failure::during(folder.display(), error)),
            };
            for entry in entries {
                let entry = entry?;
                let mut name = prefix.clone();
                name.push(b'/');
                name.extend_from_slice(entry.file_name().as_bytes());
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    left.push((entry.path(), name));
                } else if kind.is_symlink() {
                    // Never a folder behind one: it might lead round in a circle.
                    if let Some(value) = linked(&entry.path())? {
                        found.insert(name, value);
                    }
                } else if !name.ends_with(b".lock")
                    && let Some(line) = read_line(&entry.path())?
                {
                    found.insert(name, line.into_os_string().into_vec());
                }
            }
        }
        Ok(())
    }
}

/// What a ref that is a symbolic link says: git takes one to the name of a ref for a symbolic ref, and reads others as a
/// file.
fn linked(path: &Path) -> Result<Option<Vec<u8>>> {
    let target = fs::read_link(path).map_err(|error| Failure::during(path.display(), error))?;
    let target = target.into_os_string().into_vec();
    if target.starts_with(b"refs/") && refname::check(&target) {
        return Ok(Some([b"ref: ", target.as_slice()].concat()));
    }
    if !path.is_file() {
        return Ok(None);
    }
    Ok(read_line(path)?.map(|line| line.into_os_string().into_vec()))
}

/// The object a ref names, through symbolic refs.
fn follow(found: &BTreeMap<Vec<u8>, Vec<u8>>, value: &[u8]) -> Option<Oid> {
    let mut value = value;
    for _ in 0..5 {
        match value.strip_prefix(b"ref: ") {
            Some(name) => value = found.get(name)?,
            None => return Oid::from_hex(value),
        }
    }
    None
}

/// What a `.git` file points at.
fn pointed(file: &Path) -> Result<PathBuf> {
    let line = read_line(file)?.unwrap_or_default().into_os_string().into_vec();
    let target = line
        .strip_prefix(b"gitdir: ")
        .map(|path| PathBuf::from(std::ffi::OsString::from_vec(path.to_owned())));
    let target =
        target.ok_or_else(|| Failure::new(format_args!("{} names no repository", file.display())))?;
    Ok(file.parent().unwrap_or(Path::new("")).join(target))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::during(path.display(), error)),
    }
}

/// The first line, which may be a path of any bytes.
fn read_line(path: &Path) -> Result<Option<PathBuf>> {
    Ok(read(path)?.map(|bytes| {
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
        PathBuf::from(std::ffi::OsString::from_vec(line.to_owned()))
    }))
}
