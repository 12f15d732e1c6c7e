//! Who asks.

use std::sync::Arc;

use crate::{
    access::{Area, Level},
    accounts::{Account, AccountState},
    sessions::Session,
    tokens::Permissions,
};

/// Who asks. Made from a request's credentials, or by the command line.
#[derive(Debug, Clone, Default)]
pub enum Actor {
    /// Nobody we know.
    #[default]
    Anonymous,
    /// An account, by session, token, or on the command line's word.
    Account(Arc<Identified>),
    /// Whoever can run commands on the machine: may do everything.
    LocalAdministrator,
}

/// An account that proved itself.
#[derive(Debug, Clone)]
pub struct Identified {
    /// The account.
    pub account: Account,
    /// How it did.
    pub by: By,
}

/// How an account proved itself.
#[derive(Debug, Clone)]
pub enum By {
    /// A signed-in browser.
    Session(Session),
    /// A personal access token, which may allow less than its owner may.
    Token(Permissions),
    /// The command line said so.
    CommandLine,
    /// The office of site administrator, which [`crate::Access::in_office`] proved: as far as this level, whatever else
    /// the token it came by allows.
    Office(Level),
}

impl Actor {
    /// This account, proved in this way.
    pub fn identified(account: Account, by: By) -> Self {
        Self::Account(Arc::new(Identified { account, by }))
    }

    /// The account, if it is one.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Account(identified) => Some(&identified.account),
            Self::Anonymous | Self::LocalAdministrator => None,
        }
    }

    /// Whether nobody is signed in.
    pub fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    /// The session, if it came by one.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Account(identified) => match &identified.by {
                By::Session(session) => Some(session),
                By::Token(_) | By::CommandLine | By::Office(_) => None,
            },
            Self::Anonymous | Self::LocalAdministrator => None,
        }
    }

    /// The token's permissions, if it came by one.
    pub fn token(&self) -> Option<&Permissions> {
        match self {
            Self::Account(identified) => match &identified.by {
                By::Token(permissions) => Some(permissions),
                By::Session(_) | By::CommandLine | By::Office(_) => None,
            },
            Self::Anonymous | Self::LocalAdministrator => None,
        }
    }

    /// How far it acts in the office of site administrator, if it does.
    pub fn office(&self) -> Option<Level> {
        match self {
            Self::LocalAdministrator => Some(Level::Write),
            Self::Anonymous => None,
            Self::Account(identified) => match identified.by {
                By::Office(level) => Some(level),
                By::Session(_) | By::Token(_) | By::CommandLine => None,
            },
        }
    }

    /// Whether its token, if it came by one, allows this.
    pub fn allows(&self, area: Area, level: Level) -> bool {
        match self.office() {
            Some(furthest) => level <= furthest,
            None => self.token().is_none_or(|token| token.allows(area, level)),
        }
    }

    /// Whether it may use the office of site administrator. A token carries it only with the permission `site:write`,
    /// so that an administrator's everyday token does not open everybody's repositories.
    pub fn is_administrator(&self) -> bool {
        match self {
            Self::LocalAdministrator => true,
            Self::Anonymous => false,
            Self::Account(identified) => {
                identified.account.administrator
                    && (self.office().is_some() || self.allows(Area::Site, Level::Write))
            }
        }
    }

    /// Whether its account is suspended: then it may do nothing.
    pub fn is_suspended(&self) -> bool {
        self.account().is_some_and(|account| account.state == AccountState::Suspended)
    }

    /// The value of the hidden field `_token` that every form carries. Empty for nobody, who needs none.
    pub fn form_token(&self) -> &str {
        self.session().map_or("", |session| session.form_token.as_str())
    }

    /// What a repository records a change under.
    pub fn identity(&self, address: Option<String>) -> Option<gitflare_port::Identity> {
        match self {
            Self::Anonymous => None,
            Self::LocalAdministrator => {
                Some(gitflare_port::Identity { account: 0, name: "local administrator".into(), address })
            }
            Self::Account(identified) => Some(gitflare_port::Identity {
                account: identified.account.id.0,
                name: identified.account.name.to_string(),
                address,
            }),
        }
    }
}
