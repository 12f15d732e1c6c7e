//! What the page of a repository's settings shows.

use maud::{Markup, html};

use super::Refused;
use crate::collaborators::{Asked, Collaborator};
use crate::repositories::Repository;
use crate::repositories::pages::new::VISIBILITIES;
use crate::ui::form::{self, Button, Field};
use crate::ui::{avatar, icon, text};

/// A field of one line that may be left empty.
const OPTIONAL: Field<'static> = Field {
    name: "",
    id: "",
    label: "",
    hint: "",
    value: "",
    error: None,
    kind: "",
    autocomplete: "off",
    optional: true,
    longest: None,
    several_lines: false,
};

/// What the page shows, ready.
pub(super) struct SettingsPage<'a> {
    pub(super) repository: &'a Repository,
    pub(super) base: String,
    pub(super) token: &'a str,
    pub(super) may_manage: bool,
    /// Decoded short names; empty while there is no commit.
    pub(super) branches: Vec<String>,
    pub(super) head: String,
    pub(super) collaborators: Vec<Collaborator>,
    pub(super) asked: Vec<Asked>,
    pub(super) refused: Option<&'a Refused>,
}

impl SettingsPage<'_> {
    pub(super) fn show(&self) -> Markup {
        html! {
            div.chapters {
                @if !self.repository.archived && self.may_manage {
                    (self.describe())
                    (self.visibility())
                    @if !self.branches.is_empty() { (self.default_branch()) }
                    (self.people())
                    (self.rename())
                    (self.transfer())
                }
                (self.archive())
                (self.delete())
            }
        }
    }

    /// A form that posts to a part of the settings.
    fn form(&self, part: &str, method: Option<&str>, content: &Markup) -> Markup {
        let action = if part.is_empty() { self.base.clone() } else { format!("{}/{part}", self.base) };
        html! {
            form.stack method="post" action=(action) {
                (form::token(self.token))
                @if let Some(method) = method { input type="hidden" name="_method" value=(method); }
                (content)
            }
        }
    }

    pub(super) fn describe(&self) -> Markup {
        let form = "description";
        let value = |field: &str, otherwise: &str| Refused::value(self.refused, form, field, otherwise);
        let error = |field: &str| Refused::message_of(self.refused, form, field);
        let (description, wrong_description) =
            (value("description", &self.repository.description), error("description"));
        let (website, wrong_website) = (value("website", &self.repository.website), error("homepage"));
        let (topics, wrong_topics) = (value("topics", &self.repository.topics.to_string()), error("names"));
        let fields = [
            Field {
                name: "description",
                label: "One line about it",
                value: &description,
                error: wrong_description.as_deref(),
                longest: Some(350),
                ..OPTIONAL
            },
            Field {
                name: "website",
                label: "Website",
                hint: "The whole address of a page with more about it",
                value: &website,
                error: wrong_website.as_deref(),
                longest: Some(255),
                ..OPTIONAL
            },
            Field {
                name: "topics",
                label: "Topics",
                hint: "Words to be found by, with spaces between: letters, digits and -",
                value: &topics,
                error: wrong_topics.as_deref(),
                longest: Some(1_020),
                ..OPTIONAL
            },
        ];
        let content = html! {
            @for field in fields { (field.show()) }
            (form::plain("Save"))
        };
        html! {
            section {
                h2 { "About" }
                (self.form(form, None, &content))
            }
        }
    }

    fn visibility(&self) -> Markup {
        let chosen = self.repository.visibility.name();
        html! {
            section {
                h2 { "Visibility" }
                (form::problem(Refused::message(self.refused, "visibility").as_deref()))
                (self.form("visibility", None, &html! {
                    (form::choices("visibility", "Who can see it", chosen, &VISIBILITIES))
                    (form::plain("Change visibility"))
                }))
            }
        }
    }

    fn default_branch(&self) -> Markup {
        let shown: Vec<String> = self.branches.iter().map(|name| text::visible(name)).collect();
        let options: Vec<(&str, &str)> =
            self.branches.iter().zip(&shown).map(|(name, shown)| (name.as_str(), shown.as_str())).collect();
        html! {
            section {
                h2 { "Default branch" }
                (form::problem(Refused::message(self.refused, "default-branch").as_deref()))
                (self.form("default-branch", None, &html! {
                    (form::select("branch", "What a clone checks out and this site shows first", &self.head, &options))
                    (form::plain("Change default branch"))
                }))
            }
        }
    }

    fn people(&self) -> Markup {
        let error = Refused::message(self.refused, "collaborator");
        let account = Refused::value(self.refused, "collaborator", "account", "");
        let role = Refused::value(self.refused, "collaborator", "role", "write");
        let field = Field {
            name: "account",
            label: "User name",
            value: &account,
            error: error.as_deref(),
            autocomplete: "off",
            longest: Some(39),
            ..Field::default()
        };
        let gone = ["removed", "withdrawn"].into_iter().find_map(|form| Refused::message(self.refused, form));
        let owner = &self.repository.owner;
        html! {
            section {
                h2 { "People" }
                (form::problem(gone.as_deref()))
                ul.rows {
                    li { (avatar::stamp(self.repository.owner_id.0, 20)) div.what { a.title href=(format!("/{owner}")) { (owner) } " owns it" } }
                    @for person in &self.collaborators { (self.person(person)) }
                    @for asked in &self.asked { (self.invited(asked)) }
                }
                (self.form("collaborators", None, &html! {
                    div.inline { (field.show()) (form::select("role", "Role", &role, &ROLES)) (form::plain("Invite or change")) }
                }))
            }
        }
    }

    fn person(&self, person: &Collaborator) -> Markup {
        let button = Button {
            action: &format!("{}/collaborators/{}", self.base, person.name),
            method: Some("DELETE"),
            words: "Remove",
            about: person.name.as_str(),
            danger: true,
        };
        html! {
            li {
                (avatar::stamp(person.id.0, 20))
                div.what { a.title href=(format!("/{}", person.name)) { (person.name) } p { (words(person.role.name())) } }
                (button.show(self.token))
            }
        }
    }

    fn invited(&self, asked: &Asked) -> Markup {
        let button = Button {
            action: &format!("{}/invitations/{}", self.base, asked.name),
            method: Some("DELETE"),
            words: "Withdraw",
            about: asked.name.as_str(),
            danger: false,
        };
        html! {
            li {
                (icon::letter())
                div.what {
                    a.title href=(format!("/{}", asked.name)) { (asked.name) }
                    " " span.badge { "Invited" }
                    p { @if asked.role == "owner" { "Owner: the repository moves there" } @else { (words(&asked.role)) } }
                }
                (button.show(self.token))
            }
        }
    }

    fn rename(&self) -> Markup {
        let value = Refused::value(self.refused, "name", "name", self.repository.name.as_str());
        let error = Refused::message(self.refused, "name");
        let field = Field {
            name: "name",
            label: "New name",
            value: &value,
            error: error.as_deref(),
            hint: "The old name goes on leading here, in pages and in git, until you use it again.",
            autocomplete: "off",
            longest: Some(100),
            ..Field::default()
        };
        html! {
            section {
                h2 { "Name" }
                (self.form("name", None, &html! { (field.show()) (form::plain("Rename")) }))
            }
        }
    }

    fn transfer(&self) -> Markup {
        let full_name = self.repository.full_name().to_string();
        let error = self.refused.filter(|refused| refused.form == "transfer").map(|refused| &refused.error);
        let wrong = |is_confirm: bool| {
            error
                .filter(|error| (error.field == Some("confirm")) == is_confirm)
                .map(|error| error.message.as_str())
        };
        let account = Refused::value(self.refused, "transfer", "account", "");
        let confirm = Refused::value(self.refused, "transfer", "confirm", "");
        let label = format!("Type {full_name} to confirm");
        html! {
            section {
                h2 { "Transfer" }
                p { "Give it to somebody else, who is asked first. Its old address goes on leading to it, and you stay as somebody who may push." }
                (self.form("transfer", None, &html! {
                    (Field { id: "transfer-account", name: "account", label: "New owner", value: &account, error: wrong(false),
                        autocomplete: "off", longest: Some(39), ..Field::default() }.show())
                    (Field { id: "transfer-confirm", name: "confirm", label: &label, value: &confirm, error: wrong(true),
                        autocomplete: "off", ..Field::default() }.show())
                    button type="submit" { "Transfer" }
                }))
            }
        }
    }

    fn archive(&self) -> Markup {
        html! {
            section {
                h2 { "Archive" }
                @if self.repository.archived {
                    p { "This repository is archived: everybody may read it as before, nobody may change it." }
                    (self.form("archive", Some("DELETE"), &html! { button type="submit" { "Make it writable again" } }))
                } @else {
                    p { "An archived repository stays readable and takes no pushes. You can undo this." }
                    (self.form("archive", None, &html! { button type="submit" { "Archive" } }))
                }
            }
        }
    }

    fn delete(&self) -> Markup {
        let full_name = self.repository.full_name().to_string();
        let error = Refused::message(self.refused, "delete");
        let value = Refused::value(self.refused, "delete", "confirm", "");
        let label = format!("Type {full_name} to confirm");
        let field = Field {
            name: "confirm",
            label: &label,
            value: &value,
            error: error.as_deref(),
            autocomplete: "off",
            ..Field::default()
        };
        html! {
            section.danger-zone {
                h2 { "Delete" }
                p { "Its branches, tags and history are gone for everybody, at once. This cannot be undone." }
                (self.form("", Some("DELETE"), &html! {
                    (field.show())
                    button.danger type="submit" { "Delete this repository" }
                }))
            }
        }
    }
}

/// A role in words.
fn words(role: &str) -> &'static str {
    ROLES.iter().find(|(known, _)| *known == role).map_or("", |(_, words)| words)
}

/// The roles, in words.
const ROLES: [(&str, &str); 5] = [
    ("read", "Read: see and clone"),
    ("triage", "Triage: sort issues and pull requests"),
    ("write", "Write: push"),
    ("maintain", "Maintain: also describe it"),
    ("admin", "Admin: everything"),
];
