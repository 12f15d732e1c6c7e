//! Refs as the site itself moves them: a branch that is deleted on its page, and whatever else writes refs without a push.

use gitflare_git::refname;
use gitflare_port::{Command, ErrorKind, RefUpdate, Reply, refs::RefChange};

use crate::{
    Error, Result,
    access::{Access, act::Push},
    audit,
    host::Forge,
    http::Client,
    ui::visit,
};

/// Moves refs: all or none, and each only from where it was seen. `note` is what the reflog calls it. The host tells the
/// site of it as of a push.
pub(crate) async fn change(
    forge: &Forge,
    access: &Access<Push>,
    client: &Client,
    changes: Vec<RefChange>,
    note: &str,
) -> Result<Vec<RefUpdate>> {
    let command = Command::MoveRefs { caller: access.caller(client), changes, note: note.to_owned() };
    match forge.host().command(access.repository().id, command).await {
        Ok(Reply::Moved { updates }) => Ok(updates),
        Ok(other) => Err(visit::unexpected(&other)),
        Err(error) if error.kind == ErrorKind::Invalid => Err(Error::invalid("ref", error.message)),
        Err(error) => Err(error.into()),
    }
}

/// Deletes a branch that was seen at the hexadecimal id `seen`. `branch` is its short name, percent-encoded. That it is
/// gone already is no failure.
pub(crate) async fn delete_branch(
    forge: &Forge,
    access: &Access<Push>,
    client: &Client,
    branch: &str,
    seen: &str,
) -> Result<()> {
    let change_of_it = RefChange {
        name: format!("refs/heads/{branch}"),
        old: seen.to_owned(),
        new: "0".repeat(seen.len()),
        forward: false,
    };
    let gone = change(forge, access, client, vec![change_of_it], "deleted on the site").await?;
    let subject = access.repository().full_name().to_string();
    // With the id by which it can be made again.
    let entries = gone.iter().map(|gone| {
        let name = refname::decode(&gone.name).unwrap_or_default();
        let detail = format!("{} was {}", String::from_utf8_lossy(&name), gone.old);
        audit::entry(forge, access.actor(), "branch.delete", &subject, &detail)
    });
    let entries: Vec<_> = entries.collect();
    if !entries.is_empty() {
        forge.site().batch(entries).await?;
    }
    Ok(())
}
