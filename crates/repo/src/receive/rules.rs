//! What a command may not do, whoever sends it: names, hidden and locked refs, duplicates, the current branch.

use std::collections::HashSet;

use gitflare_git::{protocol::receive::PushCommand, refname};
use gitflare_port::Caller;

use crate::limits;

/// A command and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Update {
    /// The command.
    pub(super) command: PushCommand,
    /// Why it was refused, in git's words.
    pub(super) refusal: Option<String>,
}

impl Update {
    pub(super) fn refuse(&mut self, why: &str) {
        if self.refusal.is_none() {
            self.refusal = Some(why.to_owned());
        }
    }

    pub(super) fn creates(&self) -> bool {
        self.command.old.is_zero() && !self.is_delete()
    }

    pub(super) fn is_delete(&self) -> bool {
        self.command.new.is_zero()
    }
}

/// Judges commands by what they say alone.
pub(super) fn judge(commands: Vec<PushCommand>, caller: &Caller, head: &[u8]) -> Vec<Update> {
    let mut names = HashSet::new();
    let hidden = decoded(&caller.hidden);
    let locked = decoded(&caller.locked);
    let mut updates = Vec::with_capacity(commands.len());
    for command in commands {
        let twice = !names.insert(command.name.clone());
        let refusal = refusal(&command, head, &hidden, &locked, twice);
        updates.push(Update { command, refusal });
    }
    updates
}

fn refusal(
    command: &PushCommand,
    head: &[u8],
    hidden: &[Vec<u8>],
    locked: &[Vec<u8>],
    twice: bool,
) -> Option<String> {
    let (name, deletes) = (command.name.as_slice(), command.new.is_zero());
    if twice {
        return Some("multiple updates for one ref not allowed".into());
    }
    if hidden.iter().chain(locked).any(|prefix| name.starts_with(prefix)) {
        return Some(
            if deletes { "deny deleting a hidden ref" } else { "deny updating a hidden ref" }.into(),
        );
    }
    let branch = name.strip_prefix(b"refs/heads/");
    let is_unsafe = branch.is_some_and(|branch| !refname::is_safe_branch(branch));
    // As in git, what is directly below `refs/` may be deleted and not created.
    let well_formed = match name.strip_prefix(b"refs/") {
        Some(below) => refname::check(if deletes { name } else { below }),
        None => false,
    };
    if !well_formed || (is_unsafe && !deletes) || name.len() > limits::REF_NAME {
        return Some("funny refname".into());
    }
    if deletes && name == head {
        return Some("deletion of the current branch prohibited".into());
    }
    None
}

/// Decodes the percent-encoded prefixes of a caller. One that cannot be decoded hides nothing: the site writes them.
fn decoded(prefixes: &[String]) -> Vec<Vec<u8>> {
    prefixes.iter().filter_map(|prefix| refname::decode(prefix)).collect()
}
