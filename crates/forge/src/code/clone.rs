//! The menu that says how to take the code home: the address to clone from, and archives of what is shown.

use gitflare_port::command::Folder;
use maud::{Markup, html};

use crate::ui::{form, icon, text};

/// The menu. `url` is where git finds the repository.
pub(super) fn menu(base: &str, folder: &Folder, url: &str, private: bool) -> Markup {
    html! {
        details.menu.clone {
            summary.button.primary { (icon::download()) "Clone" (icon::chevron()) }
            div.popover {
                h2 { label for="clone-url" { "Clone over HTTP" } }
                div.copied {
                    input #clone-url .url type="text" readonly value=(url) spellcheck="false" autocomplete="off";
                    (form::copy(url, "the address"))
                }
                @if private {
                    p.hint { "git asks for a name and a password: any name, and a token of yours from "
                        a href="/settings/tokens" { "your tokens" } "." }
                }
                @if folder.commit.is_some() {
                    h2 { "Download" }
                    ul {
                        @for (ending, words) in [("zip", "ZIP archive"), ("tar.gz", "tar.gz archive")] {
                            li {
                                a href=(format!("{base}/archive/{}.{ending}", archived(folder))) download
                                    data-document rel="nofollow" { (icon::file()) (words) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What is archived, spelled so that a branch and a tag of one name are told apart.
fn archived(folder: &Folder) -> String {
    let name = text::path(&folder.revision);
    if folder.branches.contains(&folder.revision) {
        format!("refs/heads/{name}")
    } else if folder.tags.contains(&folder.revision) {
        format!("refs/tags/{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use gitflare_port::command::Folder;

    #[test]
    fn a_branch_and_a_tag_of_one_name_are_two_archives() {
        let folder = |revision: &str| Folder {
            revision: revision.into(),
            branches: vec!["v1".into(), "a%25b".into()],
            tags: vec!["v1".into(), "v2".into()],
            ..Folder::default()
        };
        assert_eq!(super::archived(&folder("v1")), "refs/heads/v1");
        assert_eq!(super::archived(&folder("v2")), "refs/tags/v2");
        assert_eq!(super::archived(&folder("a%25b")), "refs/heads/a%25b");
        assert_eq!(super::archived(&folder("e83c5163")), "e83c5163");
    }
}
