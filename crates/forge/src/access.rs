//! Who may do what: **one** function, [`decide`], asked by git, pages, API and command line alike.
//!
//! A handler or rule about a repository takes an [`Access<A>`], the proof that `decide` allowed the action `A`.
//! Only [`grant`] makes one, so code without the check does not compile. The effective right is the least of role,
//! token permission, the token's list of repositories, the repository's state and the account's state.
//!
//! A handler that forgot to ask cannot make up an answer:
//!
//! ```compile_fail
//! use gitflare_forge::{Access, Actor, access::act, repositories::Standing};
//!
//! fn forged(actor: Actor, subject: Standing) -> Access<act::Delete> {
//!     Access { actor, subject, by_office: false }
//! }
//! ```
//!
//! and the proof of one right is not that of another:
//!
//! ```compile_fail
//! use gitflare_forge::{Access, Forge, Result, access::act, repositories};
//!
//! async fn delete(forge: &Forge, access: &Access<act::ReadCode>) -> Result<()> {
//!     repositories::delete(forge, access).await
//! }
//! ```
//!
//! ```
//! use gitflare_forge::{Access, Forge, Result, access::act, repositories};
//!
//! async fn delete(forge: &Forge, access: &Access<act::Delete>) -> Result<()> {
//!     repositories::delete(forge, access).await
//! }
//! ```

use std::fmt;

use crate::{
    Error, Forge, Result,
    accounts::{self, Account},
    actor::{Actor, By},
    audit,
    ids::AccountId,
    names::{AccountName, RepositoryName},
    repositories::{self, Looked, Repository, Standing, State, Visibility},
};

mod actions;
mod extract;
mod roles;

pub use actions::{Action, Archived, Minimum, act};
pub use extract::{Administration, InRepository};
pub use roles::{Area, Level, Role};

/// What an action is done to.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A repository and the actor's role on it.
    Repository(&'a Standing),
    /// A name repositories are created under.
    Namespace(&'a Account),
    /// An account itself: its tokens, sessions, password.
    Account(&'a Account),
    /// The site.
    Site,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nobody is signed in.
    SignIn,
    /// This role or a higher one is needed.
    Role(Role),
    /// The token lacks this permission.
    Token(Area, Level),
    /// The token is for other repositories.
    TokenRepositories,
    /// The token is for some repositories, not for the site.
    TokenSite,
    /// The repository is archived.
    Archived,
    /// The account is suspended.
    Suspended,
    /// Only the account itself may.
    Self_,
    /// Only a site administrator may.
    Administrator,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignIn => f.write_str("Sign in first"),
            Self::Role(role) => write!(f, "This needs the role '{}' on the repository", role.name()),
            Self::Token(area, level) => {
                write!(f, "The token lacks the permission '{}:{}'", area.name(), level.name())
            }
            Self::TokenRepositories => f.write_str("The token is not for this repository"),
            Self::TokenSite => f.write_str("The token is for some repositories only, not for the site"),
            Self::Archived => f.write_str("The repository is archived and read-only"),
            Self::Suspended => f.write_str("The account is suspended"),
            Self::Self_ => f.write_str("Only the account itself may do this"),
            Self::Administrator => f.write_str("Only a site administrator may do this"),
        }
    }
}

/// The answer of [`decide`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes. `by_office`: only because the actor administers the site; on a private repository that is audited.
    Allowed {
        /// Whether it rests on the office of site administrator alone.
        by_office: bool,
    },
    /// As if it did not exist.
    Hidden,
    /// No, and this is why.
    Refused(Reason),
}

const YES: Verdict = Verdict::Allowed { by_office: false };
const BY_OFFICE: Verdict = Verdict::Allowed { by_office: true };

/// May this actor do this to that?
pub fn decide(actor: &Actor, action: Action, subject: Subject<'_>) -> Verdict {
    if matches!(actor, Actor::LocalAdministrator) {
        return match subject {
            Subject::Repository(standing) => local_administrator(action, standing),
            _ => YES,
        };
    }
    match subject {
        Subject::Repository(standing) => on_repository(actor, action, standing),
        Subject::Namespace(owner) => under_name(actor, action, owner),
        Subject::Account(account) => on_account(actor, action, account),
        Subject::Site => on_site(actor, action),
    }
}

/// The machine's owner: no role is asked for, but an archived repository stays as it is for everybody.
fn local_administrator(action: Action, standing: &Standing) -> Verdict {
    let repository = &standing.repository;
    match repository.state {
        State::Deleting => Verdict::Hidden,
        _ if repository.archived && action.rule().archived == Archived::Refused => {
            Verdict::Refused(Reason::Archived)
        }
        _ => YES,
    }
}

fn on_repository(actor: &Actor, action: Action, standing: &Standing) -> Verdict {
    let repository = &standing.repository;
    let rule = action.rule();
    if repository.state != State::Active {
        return Verdict::Hidden;
    }
    if actor.is_suspended() {
        return match repository.visibility {
            Visibility::Public => Verdict::Refused(Reason::Suspended),
            Visibility::Private => Verdict::Hidden,
        };
    }
    let public = repository.visibility == Visibility::Public;
    let listed = actor.token().is_none_or(|token| token.covers(repository.id));
    let administers = actor.is_administrator() && listed;
    // What a token is not for, its holder sees as a stranger would.
    let role = standing.role.filter(|_| listed);
    if !public && role.is_none() && !administers {
        return Verdict::Hidden;
    }
    let by_role = match rule.minimum {
        Minimum::Anyone => public || role.is_some(),
        Minimum::SignedIn => !matches!(actor, Actor::Anonymous),
        Minimum::Role(needed) => role.is_some_and(|role| role >= needed),
    };
    if !by_role && !administers {
        return Verdict::Refused(match rule.minimum {
            _ if matches!(actor, Actor::Anonymous) => Reason::SignIn,
            _ if !listed && standing.role.is_some() => Reason::TokenRepositories,
            Minimum::Role(needed) => Reason::Role(needed),
            Minimum::Anyone | Minimum::SignedIn => Reason::SignIn,
        });
    }
    // What everybody may, a token may too, whatever it allows.
    let open_to_all = public && rule.minimum == Minimum::Anyone;
    if !open_to_all && !actor.allows(rule.area, rule.level) {
        return Verdict::Refused(Reason::Token(rule.area, rule.level));
    }
    if !open_to_all && !listed {
        return Verdict::Refused(Reason::TokenRepositories);
    }
    if repository.archived && rule.archived == Archived::Refused {
        return Verdict::Refused(Reason::Archived);
    }
    if by_role && (public || role.is_some()) { YES } else { BY_OFFICE }
}

fn under_name(actor: &Actor, action: Action, owner: &Account) -> Verdict {
    let Some(me) = actor.account() else { return Verdict::Refused(Reason::SignIn) };
    let rule = action.rule();
    if actor.is_suspended() {
        return Verdict::Refused(Reason::Suspended);
    }
    if me.id != owner.id && !actor.is_administrator() {
        return Verdict::Refused(Reason::Self_);
    }
    if !actor.allows(rule.area, rule.level) {
        return Verdict::Refused(Reason::Token(rule.area, rule.level));
    }
    if actor.token().is_some_and(|token| token.repositories.is_some()) {
        return Verdict::Refused(Reason::TokenRepositories);
    }
    if me.id == owner.id { YES } else { BY_OFFICE }
}

fn on_account(actor: &Actor, action: Action, account: &Account) -> Verdict {
    let Some(me) = actor.account() else { return Verdict::Refused(Reason::SignIn) };
    let rule = action.rule();
    if actor.is_suspended() {
        return Verdict::Refused(Reason::Suspended);
    }
    // An administrator's browser or everyday token is no reason: only what was asked for as an act of office.
    if me.id != account.id && !(actor.office().is_some() && actor.is_administrator()) {
        return Verdict::Refused(Reason::Self_);
    }
    if !actor.allows(rule.area, rule.level) {
        return Verdict::Refused(Reason::Token(rule.area, rule.level));
    }
    if me.id == account.id { YES } else { BY_OFFICE }
}

/// Administration is hidden from everybody else.
fn on_site(actor: &Actor, action: Action) -> Verdict {
    let rule = action.rule();
    match actor.account() {
        Some(account) if account.administrator && !actor.is_suspended() => {
            if !actor.allows(rule.area, rule.level) {
                Verdict::Refused(Reason::Token(rule.area, rule.level))
            } else if actor.token().is_some_and(|token| token.repositories.is_some()) {
                Verdict::Refused(Reason::TokenSite)
            } else {
                YES
            }
        }
        _ => Verdict::Hidden,
    }
}

/// What an action's proof carries as its subject.
pub trait IsSubject {
    /// The subject, as [`decide`] takes it.
    fn subject(&self) -> Subject<'_>;
}

impl IsSubject for Standing {
    fn subject(&self) -> Subject<'_> {
        Subject::Repository(self)
    }
}

/// The owner of repositories to be.
#[derive(Debug, Clone)]
pub struct Namespace(pub Account);

impl IsSubject for Namespace {
    fn subject(&self) -> Subject<'_> {
        Subject::Namespace(&self.0)
    }
}

impl IsSubject for Account {
    fn subject(&self) -> Subject<'_> {
        Subject::Account(self)
    }
}

/// The site as a subject.
#[derive(Debug, Clone, Copy)]
pub struct TheSite;

impl IsSubject for TheSite {
    fn subject(&self) -> Subject<'_> {
        Subject::Site
    }
}

/// An action as a type; [`act`] has them.
pub trait Act: Send + Sync + 'static {
    /// The action.
    const ACTION: Action;
    /// What it is done to.
    type Subject: IsSubject + fmt::Debug + Clone + Send + Sync;
}

/// The proof that an actor may do `A` to a subject. Only [`grant`] makes it.
#[derive(Debug, Clone)]
pub struct Access<A: Act> {
    actor: Actor,
    subject: A::Subject,
    by_office: bool,
}

impl<A: Act> Access<A> {
    /// Who.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// To what.
    pub fn subject(&self) -> &A::Subject {
        &self.subject
    }

    /// Whether it rests on the office of site administrator alone.
    pub fn by_office(&self) -> bool {
        self.by_office
    }
}

impl<A: Act<Subject = TheSite>> Access<A> {
    /// The actor, from here on in the office of site administrator: it may do to every account and repository what the
    /// site's own command line may, as far as the level of this action.
    pub fn in_office(&self) -> Actor {
        match self.actor.account() {
            Some(account) => Actor::identified(account.clone(), By::Office(A::ACTION.rule().level)),
            None => self.actor.clone(),
        }
    }
}

impl<A: Act<Subject = Standing>> Access<A> {
    /// The repository.
    pub fn repository(&self) -> &Repository {
        &self.subject.repository
    }

    /// Whether the same actor may also do `action` here: for showing or leaving out a button, not for doing it.
    pub fn may(&self, action: Action) -> bool {
        matches!(decide(&self.actor, action, self.subject.subject()), Verdict::Allowed { .. })
    }
}

/// Asks [`decide`] and makes the proof.
pub fn grant<A: Act>(actor: &Actor, subject: A::Subject) -> Result<Access<A>> {
    match decide(actor, A::ACTION, subject.subject()) {
        Verdict::Allowed { by_office } => Ok(Access { actor: actor.clone(), subject, by_office }),
        Verdict::Hidden => Err(Error::not_found()),
        Verdict::Refused(Reason::SignIn) => Err(Error::unauthenticated(Reason::SignIn.to_string())),
        Verdict::Refused(reason) => Err(Error::forbidden(reason.to_string())),
    }
}

/// Access to a repository by name; old names work too ([`Standing::moved`] tells).
pub async fn repository<A: Act<Subject = Standing>>(
    forge: &Forge,
    actor: &Actor,
    owner: &AccountName,
    name: &RepositoryName,
) -> Result<Access<A>> {
    repository_in(forge, actor, owner, name, None).await
}

/// The same, unless it was looked up already.
pub(crate) async fn repository_in<A: Act<Subject = Standing>>(
    forge: &Forge,
    actor: &Actor,
    owner: &AccountName,
    name: &RepositoryName,
    looked: Option<&Looked>,
) -> Result<Access<A>> {
    let standing = repositories::standing_in(forge, actor, owner, name, looked).await?;
    enter(forge, actor, standing.ok_or_else(Error::not_found)?).await
}

/// Like [`grant`], and says in the audit log when it is by the office of site administrator alone.
pub(crate) async fn enter<A: Act<Subject = Standing>>(
    forge: &Forge,
    actor: &Actor,
    standing: Standing,
) -> Result<Access<A>> {
    let access = grant::<A>(actor, standing)?;
    if access.subject.moved && A::ACTION.rule().changes_settings() {
        // Whoever says the old name may mean a repository that is long gone, not the one it leads to.
        let name = access.repository().full_name();
        return Err(Error::conflict(format!(
            "The repository is called {name} now; say that name to change it"
        )));
    }
    if access.by_office && access.repository().is_private() {
        audit::by_office(forge, actor, &access.repository().full_name().to_string()).await?;
    }
    Ok(access)
}

/// Access to an account's own affairs: the account itself, or the office of site administrator.
pub async fn account<A: Act<Subject = Account>>(
    forge: &Forge,
    actor: &Actor,
    name: &AccountName,
) -> Result<Access<A>> {
    let found = accounts::find(forge, name).await?;
    match found {
        Some(account) => grant(actor, account),
        None if actor.office().is_some() => Err(no_such_account(name)),
        None => Err(Error::forbidden(Reason::Self_.to_string())),
    }
}

/// Access to one's own affairs.
pub fn own<A: Act<Subject = Account>>(actor: &Actor) -> Result<Access<A>> {
    let account = actor.account().ok_or_else(|| Error::unauthenticated(Reason::SignIn.to_string()))?;
    grant(actor, account.clone())
}

/// Access to creating repositories under a name.
pub async fn namespace<A: Act<Subject = Namespace>>(
    forge: &Forge,
    actor: &Actor,
    owner: &AccountName,
) -> Result<Access<A>> {
    match accounts::find(forge, owner).await? {
        Some(account) => grant(actor, Namespace(account)),
        None if actor.office().is_some() => Err(no_such_account(owner)),
        None => Err(Error::not_found()),
    }
}

/// Access to the site as a whole.
pub fn site<A: Act<Subject = TheSite>>(actor: &Actor) -> Result<Access<A>> {
    grant(actor, TheSite)
}

fn no_such_account(name: &AccountName) -> Error {
    Error::new(crate::error::Kind::NotFound, format!("There is no account '{name}'"))
}

/// The role an account has on a repository: the highest of ownership and collaboration. Visibility is not a role.
pub(crate) fn role(account: Option<AccountId>, owner: AccountId, collaborator: Option<Role>) -> Option<Role> {
    if account == Some(owner) { Some(Role::Admin) } else { collaborator }
}
