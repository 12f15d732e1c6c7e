//! Events of repositories, applied to the site's own tables: once each, in one batch with the row that remembers them.

use gitflare_git::refname;
use gitflare_port::Event;

use crate::{Error, Result, audit, host::Forge, ids::RepositoryId, repositories::queries};

/// A repository repeats an event for at most a week after it was delivered.
const REMEMBER: i64 = 8 * 86_400;

/// Applies an event.
pub(super) async fn apply(forge: &Forge, id: RepositoryId, seq: i64, event: &Event) -> Result<()> {
    let now = forge.now();
    let mut batch = vec![
        queries::APPLY.bind(vec![id.into(), seq.into(), now.into()]),
        queries::FORGET_APPLIED.bind(vec![(now - REMEMBER).into(), id.into()]),
    ];
    match event {
        Event::Pushed { at, size, head, .. } => {
            let size =
                i64::try_from(*size).map_err(|_| Error::internal("a repository of more than 2^63 bytes"))?;
            batch.push(queries::PUSHED.bind(vec![
                id.into(),
                size.into(),
                (*at).into(),
                short_branch(head).into(),
            ]));
        }
    }
    match forge.site().batch(batch).await {
        Err(gitflare_db::Error::Constraint(text)) if text.contains("applied_event") => Ok(()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Notes in the audit log that an event is left out. Once: whoever left it out may have been cut off before it noted so.
pub(super) async fn leave_out(forge: &Forge, id: RepositoryId, seq: i64, cause: &str) -> Result<()> {
    let subject = format!("event {seq} of repository {}", id.0);
    audit::left_out(forge, &subject, cause).await
}

/// `main` of `refs/heads/main`, both percent-encoded.
fn short_branch(head: &str) -> String {
    let bytes = refname::decode(head).unwrap_or_default();
    refname::encode(bytes.strip_prefix(b"refs/heads/").unwrap_or(&bytes))
}
