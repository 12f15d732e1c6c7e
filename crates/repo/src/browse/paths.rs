//! The paths of all files, for the file finder.

use gitflare_git::{
    Oid,
    object::{Kind, tree_entries},
    refname,
};
use gitflare_port::{Caller, Reply, command::Paths};

use super::Scene;
use crate::{Error, Repository, Result, view::View};

/// Bytes of paths in one answer.
const BYTES: usize = 512 << 10;
/// Folders read for one answer.
const FOLDERS: usize = 20_000;
/// Folders inside each other.
const DEPTH: usize = 256;

/// Paths of files, from the one after `after` on.
pub(crate) fn paths(
    repository: &Repository,
    caller: &Caller,
    revision: Option<&str>,
    after: Option<&str>,
) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let shown = scene.must(revision)?;
        let root = shown.tree(&scene.view)?;
        let root = root.ok_or_else(|| Error::NotFound(format!("{} has no files", shown.name)))?;
        let bad = || Error::Refused("that is no place in a list of paths".into());
        let after = after.map(|after| refname::decode(after).ok_or_else(bad)).transpose()?;
        let mut answer = Paths {
            tree: root.to_hex(),
            commit: shown.commit().as_ref().map(Oid::to_hex).unwrap_or_default(),
            ..Paths::default()
        };
        list(&scene.view, root, after.as_deref(), &mut answer)?;
        Ok(Reply::Paths(answer))
    })
}

/// Something that waits to be listed.
struct Open {
    path: Vec<u8>,
    tree: Option<Oid>,
    depth: usize,
}

fn list(view: &View<'_>, root: Oid, after: Option<&[u8]>, answer: &mut Paths) -> Result<()> {
    let mut open = vec![Open { path: Vec::new(), tree: Some(root), depth: 0 }];
    let mut folders = 0;
    while let Some(Open { path, tree, depth }) = open.pop() {
        let Some(tree) = tree else {
            answer.paths.push_str(&refname::encode(&path));
            answer.paths.push('\n');
            if answer.paths.len() >= BYTES && !open.is_empty() {
                answer.next = Some(refname::encode(&path));
                return Ok(());
            }
            continue;
        };
        folders += 1;
        if folders > FOLDERS {
            // The next answer begins with this folder: all of its paths are above its own name.
            answer.next = Some(refname::encode(&path));
            return Ok(());
        }
        let object = view.object_of(&tree, Kind::Tree)?;
        let from = open.len();
        let slash: &[u8] = if path.is_empty() { b"" } else { b"/" };
        for entry in tree_entries(&object.data, view.format) {
            let entry = entry?;
            let below = [path.as_slice(), slash, entry.name].concat();
            if is_done(&below, entry.is_tree(), after) || (entry.is_tree() && depth >= DEPTH) {
                continue;
            }
            let tree = entry.is_tree().then_some(entry.oid);
            open.push(Open { path: below, tree, depth: depth + 1 });
        }
        if let Some(added) = open.get_mut(from..) {
            added.reverse();
        }
    }
    Ok(())
}

/// Whether a path, or all that is in a folder, comes no later than `after`. The order is that of whole paths.
fn is_done(path: &[u8], is_folder: bool, after: Option<&[u8]>) -> bool {
    let Some(after) = after else { return false };
    if !is_folder {
        return path <= after;
    }
    // Everything in a folder begins with its name and a slash.
    let start = [path, b"/"].concat();
    start.as_slice() <= after && !after.starts_with(&start)
}
