//! The actions, as a table: who at least, which token permission, and whether an archived repository allows it.
//! It is the table of the product reference, a line each.

use super::{Act, Area, Level, Namespace, Role, TheSite};
use crate::{accounts::Account, repositories::Standing};

/// The least an actor must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minimum {
    /// Anybody who can see the subject.
    Anyone,
    /// Anybody signed in who can see the subject.
    SignedIn,
    /// Somebody with this role on the repository.
    Role(Role),
}

/// Whether an archived repository allows an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archived {
    /// It does.
    Allowed,
    /// It is read-only.
    Refused,
}

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Who at least.
    pub minimum: Minimum,
    /// The area of the token permission.
    pub area: Area,
    /// The level of the token permission.
    pub level: Level,
    /// On an archived repository.
    pub archived: Archived,
}

impl Rule {
    /// Whether what it allows changes the repository itself, and not what is in it.
    pub(super) const fn changes_settings(self) -> bool {
        matches!((self.area, self.level), (Area::Administration, Level::Write))
    }
}

macro_rules! actions {
    ($($(#[$meta:meta])* $name:ident($subject:ty): $minimum:expr, $area:ident $level:ident, $archived:ident;)*) => {
        /// What an actor may want to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$meta])* $name),* }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its line of the table.
            pub const fn rule(self) -> Rule {
                match self {
                    $(Self::$name => Rule {
                        minimum: $minimum,
                        area: Area::$area,
                        level: Level::$level,
                        archived: Archived::$archived,
                    }),*
                }
            }
        }

        /// The actions as types, for proofs.
        pub mod act {
            use super::*;

            $($(#[$meta])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Act for $name {
                const ACTION: Action = Action::$name;
                type Subject = $subject;
            })*
        }
    };
}

use Minimum::{Anyone, SignedIn};

const fn at_least(role: Role) -> Minimum {
    Minimum::Role(role)
}

actions! {
    /// See that the repository exists, its name and description.
    See(Standing): Anyone, Metadata Read, Allowed;
    /// See its content: pages, clone, fetch, raw files, feeds.
    ReadCode(Standing): Anyone, Contents Read, Allowed;
    /// See its issues.
    ReadIssues(Standing): Anyone, Issues Read, Allowed;
    /// See its pull requests.
    ReadPulls(Standing): Anyone, Pulls Read, Allowed;
    /// Star, watch, react, subscribe.
    Star(Standing): SignedIn, Metadata Read, Allowed;
    /// Fork it.
    Fork(Standing): SignedIn, Contents Read, Allowed;
    /// Open an issue, comment on one.
    Participate(Standing): SignedIn, Issues Write, Refused;
    /// Open a pull request, comment on one.
    Propose(Standing): SignedIn, Pulls Write, Refused;
    /// Review a pull request.
    Review(Standing): SignedIn, Pulls Write, Refused;
    /// Have one's review count.
    Approve(Standing): at_least(Role::Write), Pulls Write, Refused;
    /// Label, assign, set a milestone, close or reopen any issue, hide comments.
    Triage(Standing): at_least(Role::Triage), Issues Write, Refused;
    /// The same for pull requests, and request reviewers.
    TriagePulls(Standing): at_least(Role::Triage), Pulls Write, Refused;
    /// Make labels and milestones, lock, edit or delete others' comments.
    Curate(Standing): at_least(Role::Write), Issues Write, Refused;
    /// Push, make and delete branches and tags, edit files, merge.
    Push(Standing): at_least(Role::Write), Contents Write, Refused;
    /// Post commit statuses and check runs.
    PostStatus(Standing): at_least(Role::Write), Statuses Write, Refused;
    /// Description, topics, website, feature switches, pins.
    Describe(Standing): at_least(Role::Maintain), Administration Write, Refused;
    /// See members, branch rules and other settings.
    SeeSettings(Standing): at_least(Role::Admin), Administration Read, Allowed;
    /// Collaborators, branch rules, deploy keys, default branch.
    Manage(Standing): at_least(Role::Admin), Administration Write, Refused;
    /// Webhooks and their deliveries.
    ManageHooks(Standing): at_least(Role::Admin), Hooks Write, Refused;
    /// Rename, transfer.
    Rename(Standing): at_least(Role::Admin), Administration Write, Refused;
    /// Make public or private.
    SetVisibility(Standing): at_least(Role::Admin), Administration Write, Refused;
    /// Archive, and back.
    Archive(Standing): at_least(Role::Admin), Administration Write, Allowed;
    /// Delete.
    Delete(Standing): at_least(Role::Admin), Administration Write, Allowed;
    /// Create a repository under a name, in settings or through the API.
    CreateRepository(Namespace): SignedIn, Administration Write, Refused;
    /// Create one by pushing to it.
    PushToCreate(Namespace): SignedIn, Contents Write, Refused;
    /// See one's own account: e-mail, tokens, sessions.
    SeeAccount(Account): SignedIn, Account Read, Allowed;
    /// Change one's own account: password, tokens, sessions.
    ManageAccount(Account): SignedIn, Account Write, Allowed;
    /// See accounts, settings and audit log of the site.
    SeeSite(TheSite): SignedIn, Site Read, Allowed;
    /// Accounts, registration, settings of the site.
    AdministerSite(TheSite): SignedIn, Site Write, Allowed;
}
