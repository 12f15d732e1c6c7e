//! A push larger than the host takes at once: what the client is told, and how to push the history in steps.

use gitflare_port::BodyLimit;

use crate::ui::bytes;

/// Commits between two steps: a guess that suits most histories, and the reader may change.
const STEP: u32 = 500;
/// The branch one is on, as a shell finds it; who is on none has to say where the history goes.
const CURRENT: &str = "\"$(git symbolic-ref --short -q HEAD || echo main)\"";

/// The limit as a repository enforces it.
pub(super) fn limit(bytes: u64, url: &str) -> BodyLimit {
    let most = bytes::at_most(bytes);
    let mut lines = vec![
        format!("the push is larger than {most}, the most this site takes at once"),
        "These commands push the branch you are on (main, if on none) in steps:".to_owned(),
    ];
    lines.extend(commands(url, CURRENT).map(|command| format!("  {command}")));
    lines.push(format!("If a step is refused as well, put a smaller number in the place of {STEP} and run"));
    lines.push(
        "them again: what has arrived is left out. A commit that is too large by itself takes".to_owned(),
    );
    lines
        .push(format!("an import (`gitflare repo import`), and a file larger than {most} cannot be pushed."));
    BodyLimit { bytes, text: lines.join("\n") }
}

/// The commands that push HEAD in steps, then the branch, then tags. Both arguments are words of a shell.
///
/// Steps are held by refs of their own, as those of an import are: so they may come in any order, whatever the branch
/// holds already, a merge does not have to come whole, and nobody sees half a branch. Each command may be run again.
pub(crate) fn commands(url: &str, branch: &str) -> [String; 3] {
    [
        format!(
            "for step in $(git rev-list --ignore-missing --topo-order --reverse HEAD \
             --not $(git ls-remote {url} 2>/dev/null | cut -f1) | awk 'NR % {STEP} == 0'); \
             do git push {url} \"${{step}}:refs/import/${{step}}\" || break; done"
        ),
        format!(
            "git push --atomic {url} HEAD:refs/heads/{branch} \
             $(git ls-remote {url} 'refs/import/*' | cut -f2 | sed 's/^/:/')"
        ),
        format!("git push {url} --tags"),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_said_of_the_limit_is_true_of_it() {
        for (bytes, said) in [(4_950_000, "4.95 MB"), (99_000_000, "99 MB"), (990_000, "990 KB")] {
            let text = super::limit(bytes, "https://git.example.com/ada/demo.git").text;
            assert!(text.starts_with(&format!("the push is larger than {said},")), "{text}");
        }
    }
}
