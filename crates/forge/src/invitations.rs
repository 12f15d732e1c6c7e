//! Invitation links: who has one makes an account while registration is closed. A link is for so many accounts and
//! lasts so long, and may bring a role on a repository with it.

use gitflare_db::Bound;

use crate::{
    Error, Result, Role,
    access::{
        self, Access,
        act::{AdministerSite, See, SeeSite},
    },
    audit, collaborators,
    error::Kind,
    host::Forge,
    ids::RepositoryId,
    names::{self, FullName},
    secret,
};

pub mod queries;

/// Seconds in a day.
const DAY: i64 = 86_400;
/// The most accounts one link is for.
const MOST_USES: i64 = 1_000;

gitflare_db::row! {
    /// A link, as administrators see it in the list.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Invitation {
        /// Its id.
        pub id: i64,
        /// What it is for, in words.
        pub note: String,
        /// Who made it, by the name of that time.
        pub made_by: String,
        /// Unix seconds.
        pub created_at: i64,
        /// Unix seconds.
        pub expires_at: i64,
        /// How many accounts it is for.
        pub uses: i64,
        /// How many were made with it.
        pub used: i64,
        /// The repository it brings a role on, if it still exists.
        pub repository_id: Option<RepositoryId>,
        /// That role.
        pub role: Option<Role>,
    }
}

/// A link to be.
#[derive(Debug, Clone)]
pub struct NewInvitation<'a> {
    /// What it is for, in words; may be empty.
    pub note: &'a str,
    /// How many accounts it is for.
    pub uses: i64,
    /// How many days it lasts.
    pub days: i64,
    /// The repository it brings a role on.
    pub repository: Option<(FullName, Role)>,
}

/// Makes a link's token, shown this once.
pub async fn create(
    forge: &Forge,
    access: &Access<AdministerSite>,
    new: NewInvitation<'_>,
) -> Result<String> {
    let note = names::line("note", new.note, 100)?;
    if !(1..=MOST_USES).contains(&new.uses) {
        return Err(Error::invalid("uses", format!("A link is for 1 to {MOST_USES} accounts")));
    }
    if !(1..=365).contains(&new.days) {
        return Err(Error::invalid("days", "A link lasts 1 to 365 days"));
    }
    let repository = match &new.repository {
        None => None,
        Some((name, _)) => {
            let found = access::repository::<See>(forge, access.actor(), &name.owner, &name.name).await;
            let found = found.map_err(|error| match error.kind {
                Kind::NotFound => Error::invalid("repository", format!("There is no repository {name}")),
                _ => error,
            })?;
            Some(found.repository().id)
        }
    };
    let token = secret::random(forge);
    let made_by = access.actor().account().map_or("local administrator".to_owned(), |a| a.name.to_string());
    let batch = vec![
        queries::ADD.bind(vec![
            secret::hash(&token).into(),
            note.clone().into(),
            made_by.into(),
            forge.now().into(),
            (forge.now() + new.days * DAY).into(),
            new.uses.into(),
            repository.into(),
            new.repository.as_ref().map(|(_, role)| role.name()).into(),
        ]),
        audit::entry(forge, access.actor(), "invitation.create", &note, ""),
    ];
    forge.site().batch(batch).await?;
    Ok(token)
}

/// Where a token leads.
pub(crate) fn path(token: &str) -> String {
    format!("/signup?invite={token}")
}

/// The links that can still be used, the newest first.
pub async fn list(forge: &Forge, _access: &Access<SeeSite>) -> Result<Vec<Invitation>> {
    Ok(forge.site().all(&queries::LIST, vec![forge.now().into()]).await?)
}

/// The question for [`list`], for the batch of a page; [`read_list`] reads what it answers.
pub(crate) fn bind_list(forge: &Forge) -> Bound {
    queries::LIST.bind(vec![forge.now().into()])
}

/// What [`bind_list`] was answered.
pub(crate) fn read_list(answer: &gitflare_db::Answer) -> Result<Vec<Invitation>> {
    Ok(answer.read(&queries::LIST)?)
}

/// Makes a link void.
pub async fn revoke(forge: &Forge, access: &Access<AdministerSite>, id: i64) -> Result<()> {
    let batch = vec![
        queries::REVOKE.bind(vec![id.into()]).expect(1),
        audit::entry(forge, access.actor(), "invitation.revoke", &id.to_string(), ""),
    ];
    match forge.site().batch(batch).await {
        Ok(_) => Ok(()),
        Err(gitflare_db::Error::Expectation) => {
            Err(Error::new(Kind::NotFound, "There is no such invitation"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a token can be used now.
pub async fn is_open(forge: &Forge, token: &str) -> Result<bool> {
    let args = vec![secret::hash(token).into(), forge.now().into()];
    Ok(forge.site().first(&queries::OPEN, args).await?.is_some())
}

/// Uses a link, for the batch that makes the account: before it is made.
pub(crate) fn redeem(forge: &Forge, token: &str) -> Bound {
    queries::REDEEM.bind(vec![secret::hash(token).into(), forge.now().into()]).expect(1)
}

/// What the link brings, for the same batch: after the account was made.
pub(crate) fn bring(forge: &Forge, token: &str) -> Bound {
    collaborators::add_invited(secret::hash(token), forge.now())
}
