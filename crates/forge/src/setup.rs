//! The first account. Whoever has the link printed at the start makes it, once; without the link there is no page.

use gitflare_db::Bound;

use crate::{
    Error, Result,
    accounts::{self, Account, NewAccount},
    actor::Actor,
    audit,
    error::Kind,
    host::Forge,
    http::Origin,
    moving, secret, site, tokens,
};

pub(crate) mod pages;

/// The setting that holds the hash of the setup token.
const TOKEN: &str = "setup_token";

/// The shortest token an operator may choose: who guesses it owns the site.
pub const SHORTEST: usize = 16;

/// What the first visitor says.
#[derive(Debug, Clone, Copy)]
pub struct NewSetup<'a> {
    /// The token of the link.
    pub token: &'a str,
    /// Name of the account.
    pub name: &'a str,
    /// Its password.
    pub password: &'a str,
    /// Its e-mail address; may be empty.
    pub email: &'a str,
}

/// What setting up made.
#[derive(Debug, Clone)]
pub struct SetupDone {
    /// The first account, a site administrator.
    pub account: Account,
    /// Its first token, which may do everything; shown this once.
    pub token: String,
}

impl Forge {
    /// Makes a new setup token, or takes the given one, while there is no account; afterwards `None`.
    pub async fn setup_link(&self, fixed: Option<&str>) -> Result<Option<String>> {
        let (any, stored) = look(self).await?;
        if any && stored.is_none() {
            return Ok(None);
        }
        if any {
            // An import that is in place but not over still needs it.
            if moving::state(self).await?.is_some_and(|state| state.role == moving::Role::Settling) {
                return Ok(None);
            }
            self.site().execute(&site::queries::UNSET, vec![TOKEN.into()]).await?;
            return Ok(None);
        }
        let token = match fixed.map(str::trim).filter(|text| !text.is_empty()) {
            Some(fixed) if fixed.len() < SHORTEST => {
                let message = format!(
                    "GITFLARE_SETUP_TOKEN has fewer than {SHORTEST} characters: who guesses it owns the site"
                );
                return Err(Error { cause: Some(message.clone()), ..Error::new(Kind::Invalid, message) });
            }
            Some(fixed) => fixed.to_owned(),
            None => secret::random(self),
        };
        let args = vec![TOKEN.into(), secret::hash(&token).into()];
        self.site().execute(&site::queries::SET, args).await?;
        Ok(Some(token))
    }
}

/// Whether there is an account, and what the setup token hashes to.
async fn look(forge: &Forge) -> Result<(bool, Option<String>)> {
    let batch = vec![accounts::bind_any(), site::queries::GET.bind(vec![TOKEN.into()])];
    let answers = forge.site().batch(batch).await?;
    let [any, stored] = answers.as_slice() else { return Err(Error::internal("two answers expected")) };
    let stored = stored.read(&site::queries::GET)?.into_iter().next();
    Ok((accounts::read_any(any)?, stored.map(|(hash,)| hash)))
}

/// Whether this token opens the setup page.
pub async fn is_open(forge: &Forge, token: &str) -> Result<bool> {
    let (any, stored) = look(forge).await?;
    Ok(!any && is_it(stored, token))
}

/// Whether this is the setup token, accounts or not.
pub(crate) async fn knows(forge: &Forge, token: &str) -> Result<bool> {
    Ok(is_it(look(forge).await?.1, token))
}

fn is_it(stored: Option<String>, token: &str) -> bool {
    stored.is_some_and(|hash| secret::equal(&hash, &secret::hash(token)))
}

/// Keeps a token that was the setup token before the settings were replaced.
pub(crate) fn remember(token: &str) -> Bound {
    site::queries::SET.bind(vec![TOKEN.into(), secret::hash(token).into()])
}

/// Forgets it.
pub(crate) fn forget() -> Bound {
    site::queries::UNSET.bind(vec![TOKEN.into()])
}

/// Makes the first account and its first token. One batch decides: of two visitors at the same time one wins, and
/// for the other the page does not exist any more.
pub async fn complete(forge: &Forge, new: NewSetup<'_>, origin: &Origin) -> Result<SetupDone> {
    if !is_open(forge, new.token).await? {
        return Err(Error::not_found());
    }
    let account =
        NewAccount { name: new.name, email: Some(new.email), password: new.password, administrator: true };
    let prepared = accounts::prepare(forge, account).await?;
    let (token, first_token) = tokens::first(forge);
    let mut batch: Vec<Bound> = vec![prepared.first(forge.now(), secret::hash(new.token))];
    batch.extend(accounts::after_insert(forge, &prepared));
    batch.push(first_token);
    batch.push(site::queries::UNSET.bind(vec![TOKEN.into()]));
    batch.push(site::queries::SET.bind(vec!["url".into(), origin.url("").into()]));
    batch.push(audit::entry(forge, &Actor::Anonymous, "site.setup", prepared.name.as_str(), ""));
    match forge.site().batch(batch).await {
        Ok(_) => {}
        Err(gitflare_db::Error::Expectation) => return Err(Error::not_found()),
        Err(error) => return Err(accounts::refine(error, &prepared.name)),
    }
    let account = accounts::find(forge, &prepared.name).await?;
    let account = account.ok_or_else(|| Error::internal("the first account is missing"))?;
    Ok(SetupDone { account, token })
}
