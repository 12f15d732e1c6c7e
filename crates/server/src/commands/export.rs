//! `repo export`: a bare git repository, made of what a clone of everything would get. Like a clone, it is written by the
//! process that was started for it; the owner of the data folder answers fetches.

mod fetch;
mod index;
mod resolve;

use std::{
    fs::{self, File},
    io::{BufWriter, ErrorKind, Write},
    path::Path,
};

use crate::{
    error::{Failure, Result},
    io::Io,
    place::Place,
};
use fetch::Listing;

/// Writes the repository `name` as a bare git repository into the folder `path`, which must not exist.
pub(crate) fn run(place: &Place, name: &str, path: &Path, io: &mut dyn Io) -> Result<()> {
    let listing = fetch::list(place, name, io)?;
    fs::create_dir(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::new(format_args!("{} exists already", path.display())),
        _ => Failure::during(format_args!("cannot create {}", path.display()), error),
    })?;
    let outcome = write(place, name, &listing, path, io);
    if outcome.is_err() {
        // Nothing half made stays; the first failure is the one to tell.
        let _ = fs::remove_dir_all(path);
    }
    let (refs, objects) = outcome?;
    io.note(&format!("{name}: {refs} refs, {objects} objects"))?;
    Ok(())
}

fn write(
    place: &Place,
    name: &str,
    listing: &Listing,
    path: &Path,
    io: &mut dyn Io,
) -> Result<(usize, usize)> {
    for folder in ["objects/pack", "objects/info", "refs/heads", "refs/tags", "info"] {
        fs::create_dir_all(path.join(folder))?;
    }
    let config = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
    write_file(&path.join("config"), config.as_bytes())?;
    let objects =
        if listing.refs.is_empty() { 0 } else { pack(place, name, listing, &path.join("objects/pack"), io)? };
    write_file(&path.join("packed-refs"), &packed_refs(listing))?;
    // Last, because git takes a folder without it for no repository.
    write_file(&path.join("HEAD"), &[b"ref: ", listing.head.as_slice(), b"\n"].concat())?;
    Ok((listing.refs.len(), objects))
}

/// Fetches everything into one pack, and indexes it. Answers how many objects there are.
fn pack(place: &Place, name: &str, listing: &Listing, folder: &Path, io: &mut dyn Io) -> Result<usize> {
    let temporary = folder.join("incoming.pack");
    let mut file = BufWriter::with_capacity(256 << 10, File::create(&temporary)?);
    let fetched = fetch::pack(place, name, listing, &mut file, io)?;
    let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    let read = File::open(&temporary)?;
    let fetch::Fetched { mut entries, trailer } = fetched;
    resolve::checksums(&read, &mut entries)?;
    resolve::deltas(&read, &mut entries, io)?;
    let index = index::build(&entries, trailer)?;
    write_file(&folder.join(format!("pack-{trailer}.idx")), &index)?;
    fs::rename(&temporary, folder.join(format!("pack-{trailer}.pack")))?;
    Ok(entries.len())
}

fn packed_refs(listing: &Listing) -> Vec<u8> {
    let mut text = b"# pack-refs with: peeled fully-peeled sorted \n".to_vec();
    for found in &listing.refs {
        text.extend_from_slice(format!("{} ", found.oid).as_bytes());
        text.extend_from_slice(&found.name);
        text.push(b'\n');
        if let Some(peeled) = found.peeled {
            text.extend_from_slice(format!("^{peeled}\n").as_bytes());
        }
    }
    text
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| Failure::during(path.display(), error))
}
