//! Lists of repositories: all, an owner's, those somebody starred or works on. Each is filtered by who may see what in
//! the statement itself, in pages.

use gitflare_db::{Answer, Bound, Stmt, Value};

use super::{Repository, Standing, StandingRow, account_id, queries, visible};
use crate::{Result, actor::Actor, names::AccountName, ui::visit::Visit};

/// Rows on a page.
pub(crate) const ROWS: i64 = 30;

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// Pushed to last first.
    #[default]
    Pushed,
    /// By name.
    Name,
    /// Most stars first.
    Stars,
    /// As the API orders: by what, and which way.
    By(Key, Way),
}

/// What the API orders by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// When it was last pushed to.
    Pushed,
    /// When it was made.
    Created,
    /// By owner and name.
    FullName,
    /// By the number of stars.
    Stars,
    /// When the star was given.
    Starred,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The least first.
    Up,
    /// The most first.
    Down,
}

impl Order {
    /// Its name in addresses, and what people read.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Pushed, "pushed", "Last pushed"),
        (Self::Name, "name", "Name"),
        (Self::Stars, "stars", "Stars"),
    ];

    /// From an address.
    pub(crate) fn parse(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|(_, known, _)| *known == name)
            .map(|(order, ..)| order)
            .unwrap_or_default()
    }

    /// Its name in addresses.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(order, ..)| *order == self).map_or("", |(_, name, _)| name)
    }

    /// Its name in the statements.
    fn column(self) -> &'static str {
        match self {
            Self::Pushed | Self::By(Key::Pushed, Way::Down) => "pushed",
            Self::Name => "name",
            Self::Stars | Self::By(Key::Stars, Way::Down) => "stars",
            Self::By(Key::Stars, Way::Up) => "stars up",
            Self::By(Key::Pushed, Way::Up) => "pushed up",
            Self::By(Key::Created, Way::Up) => "created up",
            Self::By(Key::Created, Way::Down) => "created",
            Self::By(Key::FullName, Way::Up) => "full name up",
            Self::By(Key::FullName, Way::Down) => "full name",
            Self::By(Key::Starred, Way::Up) => "starred up",
            Self::By(Key::Starred, Way::Down) => "starred",
        }
    }
}

/// Which kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Every one.
    #[default]
    All,
    /// Public ones.
    Public,
    /// Private ones.
    Private,
    /// Archived ones.
    Archived,
}

impl Kind {
    /// Its name in addresses, and what people read.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::All, "all", "All"),
        (Self::Public, "public", "Public"),
        (Self::Private, "private", "Private"),
        (Self::Archived, "archived", "Archived"),
    ];

    /// From an address.
    pub(crate) fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|(_, known, _)| *known == name).map(|(kind, ..)| kind).unwrap_or_default()
    }

    /// Its name in addresses.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }
}

/// Whose. Accounts are told by name, so that a page about somebody is one question to the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Everybody's.
    Anybodys,
    /// This owner's.
    Owner(AccountName),
    /// Those this account starred.
    StarredBy(AccountName),
    /// Those this account has a role on without owning them.
    SharedWith(AccountName),
    /// Those the one who asks owns or has a role on.
    Own,
}

/// A question for a list.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    /// Whose.
    pub whose: Whose,
    /// What the name or the description contains; may be empty.
    pub words: String,
    /// What it is about; may be empty.
    pub topic: String,
    /// Which kind.
    pub kind: Kind,
    /// In which order.
    pub order: Order,
    /// The page, from 1.
    pub page: i64,
    /// Rows on a page.
    pub rows: i64,
}

impl Search {
    /// All of them.
    pub(crate) fn of(whose: Whose) -> Self {
        Self {
            whose,
            words: String::new(),
            topic: String::new(),
            kind: Kind::All,
            order: Order::Pushed,
            page: 1,
            rows: ROWS,
        }
    }

    /// What an address asks for: `q`, `type`, `sort` and `page`.
    pub(crate) fn asked(whose: Whose, visit: &Visit) -> Self {
        let query = |name: &str| visit.query(name).unwrap_or_default();
        Self {
            whose,
            words: query("q").chars().take(200).collect(),
            topic: query("topic").to_lowercase().chars().take(50).collect(),
            kind: Kind::parse(&query("type")),
            order: Order::parse(&query("sort")),
            page: visit.page(),
            rows: ROWS,
        }
    }

    /// The statement, ready for a batch.
    pub(crate) fn bind(&self, actor: &Actor) -> Bound {
        self.statement().bind(self.values(actor))
    }

    /// The statement that counts the whole list.
    pub(crate) fn bind_count(&self, actor: &Actor) -> Bound {
        queries::COUNT.bind(self.values(actor))
    }

    /// What [`Self::bind_count`] was answered.
    pub(crate) fn read_count(&self, answer: &Answer) -> Result<i64> {
        Ok(answer.read(&queries::COUNT)?.first().map_or(0, |(count,)| *count))
    }

    fn values(&self, actor: &Actor) -> Vec<Value<'static>> {
        let of = match &self.whose {
            Whose::Anybodys | Whose::Own => String::new(),
            Whose::Owner(name) | Whose::StarredBy(name) | Whose::SharedWith(name) => name.folded(),
        };
        vec![
            account_id(actor).into(),
            actor.is_administrator().into(),
            of.into(),
            self.words.trim().to_lowercase().into(),
            self.kind.name().into(),
            self.order.column().into(),
            // One more, to know whether there is another page.
            (self.rows + 1).into(),
            ((self.page.clamp(1, 10_000) - 1) * self.rows).into(),
            self.topic.clone().into(),
            covered(actor).into(),
        ]
    }

    fn statement(&self) -> &'static Stmt<StandingRow> {
        match &self.whose {
            Whose::Anybodys => &queries::SEARCH,
            Whose::Owner(_) => &queries::SEARCH_OWNER,
            Whose::StarredBy(_) => &queries::SEARCH_STARRED,
            Whose::SharedWith(_) => &queries::SEARCH_SHARED,
            Whose::Own => &queries::SEARCH_OWN,
        }
    }

    /// What the statement answered.
    pub(crate) fn read(&self, actor: &Actor, answer: &Answer) -> Result<Found> {
        let (standings, more) = self.read_standings(actor, answer)?;
        let repositories = standings.into_iter().map(|standing| standing.repository).collect();
        Ok(Found { repositories, more })
    }

    /// The same, with where the actor stands towards each, and whether another page follows.
    pub(crate) fn read_standings(&self, actor: &Actor, answer: &Answer) -> Result<(Vec<Standing>, bool)> {
        let mut rows = answer.read(self.statement())?;
        let most = usize::try_from(self.rows).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        rows.truncate(most);
        Ok((visible(rows, actor).collect(), more))
    }
}

/// The repositories a token is for, as a list in JSON, which is `null` for all.
fn covered(actor: &Actor) -> String {
    let Some(listed) = actor.token().and_then(|token| token.repositories.as_ref()) else {
        return "null".to_owned();
    };
    let ids: Vec<String> = listed.iter().map(ToString::to_string).collect();
    format!("[{}]", ids.join(","))
}

/// A page of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// The repositories.
    pub repositories: Vec<Repository>,
    /// Whether another page follows.
    pub more: bool,
}
