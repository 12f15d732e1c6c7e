//! A repository without a commit: the commands that end that state.

use maud::{Markup, html};

use crate::{
    transfer,
    ui::{bytes, form},
};

/// What the page of an empty repository needs.
pub(crate) struct Empty {
    /// The address to push to.
    pub url: String,
    /// The name of the folder to make.
    pub name: String,
    /// The branch HEAD names.
    pub branch: String,
    /// Whether the reader may push.
    pub may_push: bool,
    /// The most bytes one push may have, if there is such a limit.
    pub limit: Option<u64>,
}

impl Empty {
    /// The page's content.
    pub(crate) fn show(&self) -> Markup {
        let (url, branch) = (quoted(&self.url), quoted(&self.branch));
        if !self.may_push {
            return html! {
                p.empty { "This repository has no commits yet. A clone of it gets them with the next " code { "git pull" } "." }
                (form::commands("Command to clone it", &[format!("git clone {url}")]))
            };
        }
        html! {
            div.steps {
                p.empty {
                    "This repository has no commits yet. git asks for a name and a password: any name, and a token of yours from "
                    a href="/settings/tokens" { "your tokens" } "."
                }
                section {
                    h2 { "Start a new project" }
                    (form::commands("Commands for a new project", &[
                        format!("git init -b {branch} {}", quoted(&self.name)),
                        format!("cd {}", quoted(&self.name)),
                        format!("printf '# %s\\n' {} > README.md", quoted(&self.name)),
                        "git add README.md".into(),
                        "git commit -m 'First commit'".into(),
                        format!("git remote add origin {url}"),
                        format!("git push -u origin {branch}"),
                    ]))
                }
                section {
                    h2 { "Push an existing project" }
                    (form::commands("Commands for an existing project", &[
                        format!("git remote add origin {url}"),
                        "git push -u origin HEAD".into(),
                    ]))
                }
                @if let Some(limit) = self.limit {
                    section {
                        h2 { "Push a large project" }
                        p { "One push may have at most " (bytes::at_most(limit)) ". A longer history goes in steps:" }
                        (form::commands("Commands for a large project", &transfer::steps_of(&url, &branch)))
                        p {
                            "If a step is refused, put a smaller number in the place of 500 and run them again: what has arrived is left out. "
                            "A file larger than the limit cannot be pushed."
                        }
                    }
                }
            }
        }
    }
}

/// A word for a POSIX shell. Names and hosts have nothing to quote, branch names may.
pub(crate) fn quoted(word: &str) -> String {
    let safe = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b':' | b'@' | b'%' | b'[' | b']')
    };
    if !word.is_empty() && word.bytes().all(safe) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{Empty, quoted};

    #[test]
    fn a_branch_cannot_smuggle_a_command() {
        assert_eq!(quoted("main"), "main");
        assert_eq!(quoted("a;rm -rf ~"), "'a;rm -rf ~'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }

    #[test]
    fn the_commands_name_the_true_address_and_branch() {
        let url = "http://127.0.0.1:8420/ada/engine.git".to_owned();
        let empty = Empty {
            url,
            name: "engine".into(),
            branch: "trunk".into(),
            may_push: true,
            limit: Some(99_000_000),
        };
        let html = empty.show().into_string();
        assert!(html.contains("git remote add origin http://127.0.0.1:8420/ada/engine.git"));
        assert!(html.contains("git push -u origin trunk"));
        let last = "git push --atomic http://127.0.0.1:8420/ada/engine.git HEAD:refs/heads/trunk";
        assert!(html.contains(last), "{html}");
    }
}
