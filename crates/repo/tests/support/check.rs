//! What must hold of a repository after every step, and what must be gone.

use std::collections::{BTreeMap, BTreeSet};

use gitflare_db::{Sql, ValueRef};
use gitflare_git::{Oid, hash::Checksum, hash::hash_object, pack::pack_header};
use gitflare_repo::{Error, Repository, commits, files, index::Form, refs, state};

use super::{World, git_bytes, packs::SHA1};

/// One number a statement answers.
pub fn number(sql: &dyn Sql, text: &str) -> i64 {
    let mut found = 0;
    sql.run(text, &[], &mut |row| {
        if let ValueRef::Int(n) = row.get(0)? {
            found = n;
        }
        Ok(())
    })
    .unwrap();
    found
}

/// Rows of the tables that hold objects, and commit rows above the counter.
pub fn rows(repository: &Repository) -> BTreeMap<&'static str, i64> {
    let read = |sql: &dyn Sql| {
        let count = |table| (table, number(sql, &format!("SELECT COUNT(*) FROM {table}")));
        let mut rows: BTreeMap<_, _> =
            ["file", "chunk", "pack", "pidx", "poff", "commits", "commit_parent", "ref", "reflog", "outbox"]
                .into_iter()
                .map(count)
                .collect();
        rows.insert("cid", state::get(sql)?.next_cid);
        Ok::<_, Error>(rows)
    };
    repository.db().read(read).unwrap()
}

/// Removes the rows of dead files, as maintenance does.
pub fn sweep(repository: &Repository) {
    while repository.db().write("test: sweep", |sql| files::sweep(sql, 256)).unwrap().is_some() {}
}

/// Every object of the live packs.
pub fn objects(repository: &Repository) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let read = |sql: &dyn Sql| {
        let view = repository.view(sql)?;
        for pack in &view.live.packs {
            view.index().each(pack, &mut |entry| {
                assert!(found.insert(entry.oid.to_hex()), "{} is stored twice", entry.oid);
                Ok(())
            })?;
        }
        Ok::<_, Error>(())
    };
    repository.db().read(read).unwrap();
    found
}

/// Checks the invariants of storage: objects once, bases first, spans without gaps, parents first, every hash.
pub fn invariants(repository: &Repository) {
    objects(repository);
    let read = |sql: &dyn Sql| {
        let view = repository.view(sql)?;
        for (age, pack) in view.live.packs.iter().enumerate() {
            let mut end = 0;
            let (mut refs, count) = (0, pack.row.objects);
            for position in 0..count as u32 {
                let entry = view.index().by_position(pack, position)?;
                assert_eq!(entry.offset, end, "a gap before {}", entry.oid);
                end = entry.offset + u64::from(entry.packed);
                // What only comes in pieces is left to stock git, which reads all of it.
                if view.is_at_hand(&view.find(&entry.oid)?.unwrap()) {
                    let object = view.object(&entry.oid)?;
                    assert_eq!(hash_object(SHA1, object.kind, &object.data).unwrap(), entry.oid);
                    assert_eq!((object.kind, object.data.len() as u64), (entry.kind, entry.size));
                }
                match entry.form {
                    Form::Whole => assert_eq!(entry.depth, 0),
                    Form::Ofs(distance) => {
                        let base = view.index().by_offset(pack, entry.offset - distance)?;
                        assert_eq!(entry.depth, base.depth + 1);
                    }
                    Form::Ref => {
                        refs += 1;
                        let base = base_of(repository, sql, pack.file(), entry.offset)?;
                        let found = view.find(&base)?.unwrap();
                        assert!(found.age < age, "the base of {} is not older", entry.oid);
                        assert_eq!(entry.depth, found.entry.depth + 1);
                    }
                }
                if entry.cid > 0 {
                    let commit = commits::get(sql, entry.cid)?;
                    assert_eq!(commit.oid, entry.oid);
                    assert!(commit.parents.iter().all(|parent| *parent < entry.cid));
                }
            }
            assert_eq!((end, refs), (pack.size(), pack.row.ref_deltas));
        }
        Ok::<_, Error>(())
    };
    repository.db().read(read).unwrap();
}

fn base_of(
    repository: &Repository,
    sql: &dyn Sql,
    file: files::FileId,
    offset: u64,
) -> gitflare_repo::Result<Oid> {
    let row = offset / files::ROW as u64;
    let mut bytes = files::fresh_row(sql, file, row)?;
    bytes.extend(files::fresh_row(sql, file, row + 1).unwrap_or_default());
    let view = repository.view(sql)?;
    let header =
        gitflare_git::pack::EntryHeader::parse(&bytes[(offset % files::ROW as u64) as usize..], view.format)?;
    match header.unwrap().0.kind {
        gitflare_git::pack::EntryKind::Ref(base) => Ok(base),
        other => panic!("{other:?}"),
    }
}

/// All live packs as one, oldest first: what a clone would send.
pub fn stream(repository: &Repository) -> Vec<u8> {
    let read = |sql: &dyn Sql| {
        let view = repository.view(sql)?;
        let mut out = pack_header(view.live.objects() as u32).to_vec();
        for pack in &view.live.packs {
            for n in 0..pack.size().div_ceil(files::ROW as u64) {
                files::append_row(sql, pack.file(), n, &mut out)?;
            }
        }
        let mut sum = Checksum::new(view.format);
        sum.update(&out);
        out.extend_from_slice(sum.finish().as_bytes());
        Ok::<_, Error>(out)
    };
    repository.db().read(read).unwrap()
}

impl World {
    /// Everything of the live packs and all refs, in a repository of stock git that finds nothing wrong with it.
    pub fn exported(&self) -> std::path::PathBuf {
        let bare = tempfile::tempdir_in(self.dir.path()).unwrap().keep();
        git_bytes(&bare, &["init", "-q", "--bare", "-b", "main"], &[]);
        git_bytes(&bare, &["index-pack", "--strict", "--stdin"], &stream(&self.repository));
        for found in self.repository.db().read(refs::all).unwrap() {
            let name = String::from_utf8(found.name).unwrap();
            git_bytes(&bare, &["update-ref", &name, &found.oid.to_hex()], &[]);
        }
        git_bytes(&bare, &["fsck", "--strict"], &[]);
        invariants(&self.repository);
        bare
    }

    /// Asserts that nothing of a push that was refused is left, once dead files are swept.
    pub fn nothing_stays(&self) {
        self.same_rows_as(&BTreeMap::from([("cid", 1)]));
    }

    /// Asserts that the tables hold what they held at `before`.
    pub fn same_rows_as(&self, before: &BTreeMap<&'static str, i64>) {
        sweep(&self.repository);
        for (table, count) in rows(&self.repository) {
            assert_eq!(count, before.get(table).copied().unwrap_or(0), "rows in {table}");
        }
    }

    pub fn rows(&self) -> BTreeMap<&'static str, i64> {
        sweep(&self.repository);
        rows(&self.repository)
    }
}
