//! What a filter lets pass.

use gitflare_git::{Kind, protocol::upload::Filter};

/// A filter, resolved into independent questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) commits: bool,
    pub(super) trees: bool,
    pub(super) blobs: bool,
    pub(super) tags: bool,
    /// Blobs of this size or more are left out.
    pub(super) blob_limit: u64,
    /// Trees and blobs this deep or deeper are left out; a root tree's depth is 0.
    pub(super) depth: u64,
}

impl Rules {
    /// The rules of a filter, or of none.
    pub(super) fn of(filter: Option<&Filter>) -> Self {
        let mut rules = Self {
            commits: true,
            trees: true,
            blobs: true,
            tags: true,
            blob_limit: u64::MAX,
            depth: u64::MAX,
        };
        if let Some(filter) = filter {
            rules.add(filter);
        }
        if rules.depth == 0 {
            (rules.trees, rules.blobs) = (false, false);
        }
        rules
    }

    fn add(&mut self, filter: &Filter) {
        match filter {
            Filter::BlobNone => self.blobs = false,
            Filter::BlobLimit(limit) => self.blob_limit = self.blob_limit.min(*limit),
            Filter::Tree(depth) => self.depth = self.depth.min(*depth),
            Filter::ObjectType(kind) => {
                self.commits &= *kind == Kind::Commit;
                self.trees &= *kind == Kind::Tree;
                self.blobs &= *kind == Kind::Blob;
                self.tags &= *kind == Kind::Tag;
            }
            Filter::Combine(parts) => parts.iter().for_each(|part| self.add(part)),
        }
    }

    /// Whether type and size alone decide, so that no tree has to be read.
    pub(super) const fn by_index(&self) -> bool {
        self.depth == u64::MAX || !self.walks_trees()
    }

    /// Whether anything in trees can pass.
    pub(super) const fn walks_trees(&self) -> bool {
        self.trees || self.blobs
    }

    /// Whether an object passes, as far as type and size decide.
    pub(super) const fn passes(&self, kind: Kind, size: u64) -> bool {
        match kind {
            Kind::Commit => self.commits,
            Kind::Tree => self.trees,
            Kind::Blob => self.blobs && size < self.blob_limit,
            Kind::Tag => self.tags,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(spec: &str) -> Rules {
        Rules::of(Some(&Filter::parse(spec.as_bytes()).unwrap()))
    }

    #[test]
    fn parts_of_a_filter_all_hold() {
        assert!(rules("blob:none").by_index() && !rules("blob:none").passes(Kind::Blob, 0));
        assert!(
            rules("blob:limit=10").passes(Kind::Blob, 9) && !rules("blob:limit=10").passes(Kind::Blob, 10)
        );
        assert!(rules("tree:0").by_index() && !rules("tree:0").walks_trees());
        assert!(!rules("tree:2").by_index());
        assert!(
            rules("object:type=tag").passes(Kind::Tag, 1)
                && !rules("object:type=tag").passes(Kind::Commit, 1)
        );
        assert!(rules("combine:tree:3+object:type=commit").by_index());
        assert!(Rules::of(None).passes(Kind::Blob, u64::MAX - 1));
    }
}
