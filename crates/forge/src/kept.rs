//! Which answers never change, so that a host may keep them near their readers.

use gitflare_port::{Command, Reply, diff::DiffRange};

/// Changes whenever the encoding of an answer, or what is in it, does.
const VERSION: u32 = 4;

/// The path under which the answer to `command` may be kept, if it can never be another while the repository is as it was
/// `changed`: then what is asked for is named by object ids alone. A push may take from every ref what an id names, and
/// what no ref reaches is not shown; so it leads to other paths. The path begins with the repository and holds everything
/// the answer depends on; what it does not hold is whether somebody may see it, so that has to be decided before anybody
/// looks here.
pub fn path(repository: i64, changed: i64, command: &Command) -> Option<String> {
    let (caller, rest) = match command {
        Command::ReadFile { caller, revision, path, limit } => {
            (caller, format!("file/{}/{limit}/{path}", oid(revision.as_ref())?))
        }
        Command::Lines { caller, revision, path, first, last } => {
            (caller, format!("lines/{}/{first}/{last}/{path}", oid(revision.as_ref())?))
        }
        Command::Blame { caller, query } => {
            oid(query.revision.as_ref())?;
            (caller, format!("blame/{query:?}"))
        }
        Command::Diff { caller, query } => {
            match &query.range {
                DiffRange::Commit { revision, .. } => oid(revision.as_ref())?,
                DiffRange::Between { base, head } | DiffRange::Since { base, head } => {
                    oid(base.as_ref()).and(oid(Some(head)))?
                }
            };
            (caller, format!("diff/{query:?}"))
        }
        Command::Tree { caller, revision, recursive } => {
            (caller, format!("tree/{}/{recursive}", oid(revision.as_ref())?))
        }
        Command::Contents { caller, query } => {
            oid(query.revision.as_ref())?;
            (caller, format!("contents/{query:?}"))
        }
        Command::Paths { caller, revision, after } => {
            (caller, format!("paths/{}/{}", oid(revision.as_ref())?, after.as_deref().unwrap_or_default()))
        }
        _ => return None,
    };
    // What is hidden is told apart in the answer, so it would have to be told apart here.
    caller.hidden.is_empty().then(|| format!("{VERSION}/{repository}/{changed}/{rest}"))
}

/// Whether this answer is the last word, and not one that work still going on will complete.
pub fn is_final(reply: &Reply) -> bool {
    match reply {
        Reply::File(file) => !file.last_pending,
        Reply::Blame(blame) => !blame.pending,
        Reply::Lines(_) | Reply::Diff(_) | Reply::Paths(_) | Reply::Tree(_) | Reply::Contents(_) => true,
        _ => false,
    }
}

fn oid(revision: Option<&String>) -> Option<&str> {
    revision.map(String::as_str).filter(|revision| is_oid(revision))
}

/// A whole object id, as git writes it: every other spelling may be a branch.
fn is_oid(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::path;
    use gitflare_port::{
        Caller, Command,
        diff::{DiffQuery, DiffRange},
    };

    const OID: &str = "4a5aaa1f1fd8b0b5a7a9eb6ed2d04c0f0f3e1c11";

    fn caller() -> Caller {
        Caller { identity: None, hidden: Vec::new(), locked: Vec::new() }
    }

    fn read(revision: Option<&str>, path: &str) -> Command {
        Command::ReadFile {
            caller: caller(),
            revision: revision.map(str::to_owned),
            path: path.to_owned(),
            limit: 9,
        }
    }

    #[test]
    fn only_what_is_named_by_a_whole_id_is_kept() {
        assert_eq!(path(7, 5, &read(Some(OID), "a/b")), Some(format!("4/7/5/file/{OID}/9/a/b")));
        for revision in [None, Some("main"), Some(&OID[..39]), Some(&OID.to_uppercase()), Some("")] {
            assert_eq!(path(7, 5, &read(revision, "a")), None, "{revision:?}");
        }
        let home = Command::Browse {
            caller: caller(),
            revision: Some(OID.into()),
            path: String::new(),
            after: None,
        };
        assert_eq!(path(7, 5, &home), None, "branches are on it");
        assert_eq!(path(7, 5, &Command::Stat), None);
        let diff = |base: &str, head: &str| {
            let range = DiffRange::Since { base: Some(base.into()), head: head.into() };
            let query = DiffQuery::new(range, 0);
            path(7, 5, &Command::Diff { caller: caller(), query })
        };
        assert!(diff(OID, OID).is_some());
        assert_eq!((diff("main", OID), diff(OID, "main")), (None, None));
    }

    #[test]
    fn no_two_repositories_and_no_two_files_share_a_path() {
        let mut paths = vec![
            path(1, 5, &read(Some(OID), "a")),
            path(11, 5, &read(Some(OID), "a")),
            path(1, 5, &read(Some(OID), "b")),
            path(1, 5, &read(Some(OID), "a/../b")),
            // After a push nothing is taken from before it: what the push removed is gone.
            path(1, 6, &read(Some(OID), "a")),
        ];
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 5);
    }

    #[test]
    fn what_is_hidden_from_somebody_is_not_kept_for_anybody() {
        let mut command = read(Some(OID), "a");
        if let Command::ReadFile { caller, .. } = &mut command {
            caller.hidden.push("refs/secret/".into());
        }
        assert_eq!(path(7, 5, &command), None);
    }
}
