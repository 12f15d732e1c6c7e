//! What is at a path: a file, a folder, a link or a submodule, in one question.

use gitflare_git::{Oid, object::Kind, refname};
use gitflare_port::{
    Bytes, Caller, Reply,
    command::EntryKind,
    data::{Contents, ContentsQuery, Item},
};

use super::{
    Scene, folder,
    tree::{self, Leaf},
};
use crate::{Error, Repository, Result, view::View};

/// Links followed one after another.
const LINKS: usize = 8;
/// Folders inside each other.
const DEPTH: usize = 2_048;

/// What is at a path.
pub(crate) fn contents(repository: &Repository, caller: &Caller, query: &ContentsQuery) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let shown = scene.exact(query.revision.as_deref())?;
        let look = Look { view: &scene.view, root: shown.tree(&scene.view)?, limit: query.limit };
        let mut answer = Contents { revision: shown.name, ..Contents::default() };
        look.fill(query, &mut answer)?;
        Ok(Reply::Contents(answer))
    })
}

struct Look<'a> {
    view: &'a View<'a>,
    root: Option<Oid>,
    limit: u64,
}

impl Look<'_> {
    fn fill(&self, query: &ContentsQuery, answer: &mut Contents) -> Result<()> {
        let mut path = tree::decode(&query.path)?;
        let Some(mut leaf) = self.leaf(&path)? else { return Ok(()) };
        if query.readme {
            let readme = match leaf.kind {
                EntryKind::Folder => tree::list(self.view, &leaf.oid)?.readme().cloned(),
                _ => None,
            };
            let Some(readme) = readme else { return Ok(()) };
            path.push(readme.name.clone());
            leaf = readme;
        }
        let whole = path.join(&b'/');
        answer.path = refname::encode(&whole);
        answer.oid = leaf.oid.to_hex();
        if leaf.kind == EntryKind::Symlink
            && let Some(target) = self.led_to(&path, &leaf)?
        {
            answer.oid = target.oid.to_hex();
            leaf = target;
        }
        answer.item = Some(self.item(&whole, &leaf)?);
        Ok(())
    }

    fn item(&self, path: &[u8], leaf: &Leaf) -> Result<Item> {
        Ok(match leaf.kind {
            EntryKind::File | EntryKind::Executable => {
                let file = folder::read(self.view, leaf, self.limit)?;
                Item::File { size: file.size, content: file.content.map(Bytes::from) }
            }
            EntryKind::Symlink => {
                let target = self.target(leaf)?;
                Item::Symlink { size: target.len() as u64, target: refname::encode(&target) }
            }
            EntryKind::Folder => {
                let (entries, _) =
                    tree::list(self.view, &leaf.oid)?.entries(self.view, None, &[], &mut Vec::new())?;
                Item::Folder { entries: self.named(path, entries)? }
            }
            EntryKind::Submodule => {
                let urls = self.root.as_ref().map(|root| folder::modules(self.view, root)).transpose()?;
                Item::Submodule { url: urls.unwrap_or_default().get(path).map(|url| refname::encode(url)) }
            }
        })
    }

    /// Entries with the URLs of submodules.
    fn named(
        &self,
        path: &[u8],
        mut entries: Vec<gitflare_port::command::Entry>,
    ) -> Result<Vec<gitflare_port::command::Entry>> {
        if let Some(root) = &self.root {
            folder::name_submodules(self.view, root, path, &mut entries)?;
        }
        Ok(entries)
    }

    /// The entry at a path.
    fn leaf(&self, path: &[Vec<u8>]) -> Result<Option<Leaf>> {
        let Some(root) = self.root else { return Ok(None) };
        let mut at = Leaf { name: Vec::new(), oid: root, kind: EntryKind::Folder };
        for name in path {
            if !at.is_folder() || path.len() > DEPTH {
                return Ok(None);
            }
            let Some(found) = tree::entry(self.view, &at.oid, name)? else { return Ok(None) };
            at = found;
        }
        Ok(Some(at))
    }

    /// The file a link leads to in the end, if it is one of this revision.
    fn led_to(&self, path: &[Vec<u8>], link: &Leaf) -> Result<Option<Leaf>> {
        let (mut at, mut leaf) = (path.to_vec(), link.clone());
        for _ in 0..LINKS {
            let target = self.target(&leaf)?;
            at.pop();
            if !follow(&mut at, &target) {
                return Ok(None);
            }
            match self.leaf(&at)? {
                Some(found) if found.kind == EntryKind::Symlink => leaf = found,
                found => {
                    let is_file = |leaf: &Leaf| matches!(leaf.kind, EntryKind::File | EntryKind::Executable);
                    return Ok(found.filter(is_file));
                }
            }
        }
        Ok(None)
    }

    fn target(&self, link: &Leaf) -> Result<Vec<u8>> {
        let found = self.view.find(&link.oid)?.ok_or(Error::Missing(link.oid))?;
        // No system opens a longer path.
        if found.entry.size > 4_096 || found.entry.kind != Kind::Blob {
            return Ok(Vec::new());
        }
        Ok(self.view.object_at(&found)?.data.clone())
    }
}

/// Goes where a link in the folder `at` leads; whether that is inside.
fn follow(at: &mut Vec<Vec<u8>>, target: &[u8]) -> bool {
    if target.is_empty() || target.starts_with(b"/") {
        return false;
    }
    for name in target.split(|byte| *byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => {
                if at.pop().is_none() {
                    return false;
                }
            }
            name => at.push(name.to_vec()),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::follow;

    #[test]
    fn links_stay_inside() {
        let led = |target: &[u8]| {
            let mut at = vec![b"a".to_vec(), b"b".to_vec()];
            follow(&mut at, target).then(|| at.join(&b'/'))
        };
        assert_eq!(led(b"../c"), Some(b"a/c".to_vec()));
        assert_eq!(led(b"./c//d"), Some(b"a/b/c/d".to_vec()));
        assert_eq!((led(b"/etc"), led(b"../../../x"), led(b"")), (None, None, None));
    }
}
