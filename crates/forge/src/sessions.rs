//! Login sessions: a browser that signed in. 256 random bits in a cookie, of which only a hash is stored; thirty days
//! from the last use, which is written at most once an hour.

use gitflare_db::{Bound, site::Answer};
use http::{HeaderMap, HeaderValue, header};

use crate::{
    Error, Result,
    access::{
        Access,
        act::{ManageAccount, SeeAccount},
    },
    accounts::{self, Account, AccountState},
    actor::{Actor, By},
    audit,
    host::Forge,
    http::{Client, Origin},
    ids::AccountId,
    limits, moving,
    repositories::{Looked, Sought},
    secret,
};

pub(crate) mod pages;
pub mod queries;

/// Seconds a session lasts after its last use.
pub const LASTS: i64 = 30 * 86_400;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The hash of its secret, by which it is stored.
    pub hash: String,
    /// What every form of this session carries in its hidden field `_token`.
    pub form_token: String,
    /// Unix seconds.
    pub created_at: i64,
}

gitflare_db::row! {
    /// A session, as its owner sees it in the list.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Listed {
        /// The hash of its secret; names it in requests.
        pub hash: String,
        /// Unix seconds.
        pub created_at: i64,
        /// Unix seconds, to the hour.
        pub used_at: i64,
        /// Where it signed in from.
        pub address: Option<String>,
        /// What the browser calls itself.
        pub agent: String,
    }
}

/// The outcome of a successful sign-in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// The secret, for [`cookie`].
    pub cookie_value: String,
}

/// Signs in by name or e-mail address, and password.
pub async fn sign_in(forge: &Forge, name: &str, password: &str, client: &Client) -> Result<SignedIn> {
    let by_account =
        format!("sign-in:{}", name.trim().to_ascii_lowercase().chars().take(64).collect::<String>());
    let by_address = limits::address_subject("sign-in", client.address);
    if let Some(subject) = &by_address {
        limits::attempt(forge, subject, limits::ADDRESS).await?;
    }
    limits::attempt(forge, &by_account, limits::ACCOUNT).await?;
    let Some(account) = accounts::check_password(forge, name.trim(), password).await? else {
        let refused = audit::entry(forge, &Actor::Anonymous, "session.refused", &by_account, &client.place());
        forge.site().batch(vec![refused]).await?;
        return Err(Error::unauthenticated("Wrong name or password"));
    };
    limits::forgive(forge, &by_account).await?;
    if let Some(subject) = &by_address {
        limits::forgive(forge, subject).await?;
    }
    let cookie_value = start(forge, &account, client).await?;
    Ok(SignedIn { account, cookie_value })
}

/// Starts a session for an account that proved itself; returns the secret, for [`cookie`].
pub async fn start(forge: &Forge, account: &Account, client: &Client) -> Result<String> {
    let secret = secret::random(forge);
    let now = forge.now();
    let actor = Actor::identified(account.clone(), By::CommandLine);
    let batch = vec![
        queries::FORGET_EXPIRED.bind(vec![now.into()]),
        queries::ADD.bind(vec![
            secret::hash(&secret).into(),
            account.id.into(),
            now.into(),
            (now + LASTS).into(),
            client.address.map(|address| address.to_string()).into(),
            client.agent.clone().into(),
        ]),
        audit::entry(forge, &actor, "session.create", account.name.as_str(), &client.place()),
    ];
    forge.site().batch(batch).await?;
    Ok(secret)
}

/// Ends the session: sign-out.
pub async fn end(forge: &Forge, session: &Session) -> Result<()> {
    forge.site().execute(&queries::END, vec![session.hash.clone().into()]).await?;
    Ok(())
}

/// The account's sessions, the last used first.
pub async fn list(forge: &Forge, access: &Access<SeeAccount>) -> Result<Vec<Listed>> {
    let args = vec![access.subject().id.into(), forge.now().into()];
    Ok(forge.near().all(&queries::LIST, args).await?)
}

/// Ends one of the account's sessions.
pub async fn revoke(forge: &Forge, access: &Access<ManageAccount>, hash: &str) -> Result<()> {
    let args = vec![hash.to_owned().into(), access.subject().id.into()];
    match forge.site().execute(&queries::REVOKE, args).await? {
        0 => Err(Error::not_found()),
        _ => Ok(()),
    }
}

/// Ends all of the account's sessions but the one that asks.
pub async fn revoke_others(forge: &Forge, access: &Access<ManageAccount>) -> Result<()> {
    forge.site().batch(vec![end_others(access.subject().id, access.actor().session())]).await?;
    Ok(())
}

/// Ends all sessions of an account but this one, for the batch of a change.
pub(crate) fn end_others(account: AccountId, kept: Option<&Session>) -> Bound {
    let kept = kept.map(|session| session.hash.clone()).unwrap_or_default();
    queries::END_OTHERS.bind(vec![account.into(), kept.into()])
}

/// Who a request's cookie says it is, and where that account stands towards the repository `sought`.
pub(crate) async fn identify(
    forge: &Forge,
    headers: &HeaderMap,
    origin: &Origin,
    sought: Option<&Sought>,
) -> Result<(Actor, Option<Looked>)> {
    let Some(value) = cookie_value(headers, origin) else { return Ok((Actor::Anonymous, None)) };
    let (hash, now) = (secret::hash(value), forge.now());
    let args = vec![hash.clone().into(), now.into()];
    let mut batch = vec![queries::TIMES.bind(args.clone()), accounts::queries::BY_SESSION.bind(args)];
    batch.extend(sought.map(|sought| sought.by_session(&hash, now)));
    let answers = forge.site().batch(batch).await?;
    let [times, account, rest @ ..] = answers.as_slice() else {
        return Err(Error::internal("two answers expected"));
    };
    let looked = sought.zip(rest.first()).map(|(sought, answer)| sought.read(answer)).transpose()?;
    let actor = actor(forge, value, hash, times, account).await?;
    Ok((actor, looked))
}

async fn actor(forge: &Forge, value: &str, hash: String, times: &Answer, account: &Answer) -> Result<Actor> {
    let now = forge.now();
    let times = times.read(&queries::TIMES)?.into_iter().next();
    let account = account.read(&accounts::queries::BY_SESSION)?.into_iter().next();
    let (Some((created_at, used_at)), Some(account)) = (times, account) else { return Ok(Actor::Anonymous) };
    if account.state == AccountState::Suspended {
        return Ok(Actor::Anonymous);
    }
    if now - used_at >= 3600 {
        let args = vec![hash.clone().into(), now.into(), (now + LASTS).into()];
        moving::unless_frozen(forge.site().execute(&queries::PROLONG, args).await)?;
    }
    let form_token = secret::derive(value, "form");
    Ok(Actor::identified(account, By::Session(Session { hash, form_token, created_at })))
}

/// The cookie's name. Over TLS it is one that only the site itself can have set: the plain one could come from a
/// neighbouring host, or from somebody on the way of a plain request.
fn cookie_name(origin: &Origin) -> &'static str {
    if origin.is_secure() { "__Host-session" } else { "session" }
}

/// The session cookie among a request's headers.
pub(crate) fn cookie_value<'a>(headers: &'a HeaderMap, origin: &Origin) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == cookie_name(origin)).map(|(_, value)| value)
}

/// The `Set-Cookie` that carries a session's secret.
pub fn cookie(origin: &Origin, value: &str) -> HeaderValue {
    set_cookie(origin, value, LASTS)
}

/// The `Set-Cookie` that removes it.
pub fn clear_cookie(origin: &Origin) -> HeaderValue {
    set_cookie(origin, "", 0)
}

fn set_cookie(origin: &Origin, value: &str, lasts: i64) -> HeaderValue {
    let (name, secure) = (cookie_name(origin), if origin.is_secure() { " Secure;" } else { "" });
    let text = format!("{name}={value}; Path=/;{secure} HttpOnly; SameSite=Lax; Max-Age={lasts}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
