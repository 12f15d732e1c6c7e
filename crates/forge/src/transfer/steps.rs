//! A push larger than the host takes at once: what the client is told, and how to push the history in steps.

use gitflare_port::BodyLimit;

use crate::ui::bytes;

/// Commits between two steps: a guess that suits most histories, and the reader may change.
const STEP: u32 = 500;

/// The limit as a repository enforces it.
pub(super) fn limit(bytes: u64, url: &str) -> BodyLimit {
    let mut lines = vec![
        format!("the push is larger than {}, the most this site takes at once", bytes::size(bytes)),
        "Push the history in steps, each of them smaller:".to_owned(),
    ];
    lines.extend(commands(url, "\"$(git branch --show-current)\"").map(|command| format!("  {command}")));
    lines.push(format!("If a step is refused as well, put a smaller number in the place of {STEP}."));
    BodyLimit { bytes, text: lines.join("\n") }
}

/// The commands that push the branch one is on in steps. Both arguments are words of a shell.
pub(crate) fn commands(url: &str, branch: &str) -> [String; 2] {
    [
        format!(
            "git rev-list --first-parent --reverse HEAD | awk 'NR % {STEP} == 0' | \
             while read commit; do git push {url} $commit:refs/heads/{branch} || break; done"
        ),
        format!("git push {url} HEAD:refs/heads/{branch}"),
    ]
}
