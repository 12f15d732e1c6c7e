//! What an account changes about itself: its profile, address, name, and whether it is there at all.

use super::{Account, check_email, queries, refine};
use crate::{
    Error, Result,
    access::{Access, act::ManageAccount},
    audit, collaborators,
    host::Forge,
    ids::AccountId,
    names::{self, AccountName},
    repositories, resets, sessions, stars, tokens,
};

/// How long nobody else may take a name that was given up: who knew it must not be led to a stranger.
pub(super) const NAME_RESTS: i64 = 90 * 86_400;

gitflare_db::row! {
    /// What an account says about itself.
    #[derive(Debug, Clone, Default, PartialEq, Eq)]
    pub struct Profile {
        /// The name people call it; may be empty.
        pub full_name: String,
        /// A few words; may be empty.
        pub bio: String,
    }
}

gitflare_db::row! {
    /// An account, what it says about itself, and what it has.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct About {
        /// Its permanent id.
        pub id: AccountId,
        /// Its name as typed.
        pub name: AccountName,
        /// Its e-mail address. Its own and the administrators' business.
        pub email: Option<String>,
        /// Whether it administers the site. Its own business too.
        pub administrator: bool,
        /// Unix seconds.
        pub created_at: i64,
        /// The name people call it; may be empty.
        pub full_name: String,
        /// A few words; may be empty.
        pub bio: String,
        /// How many repositories of its own everybody sees.
        pub public_repositories: i64,
        /// How many others it has. Its own business.
        pub private_repositories: i64,
        /// Bytes stored for it. Its own business.
        pub size: i64,
        /// How many work on its private repositories. Its own business.
        pub collaborators: i64,
    }
}

/// The account of this name, or that had it before, with all there is to say about it.
pub async fn about(forge: &Forge, name: &AccountName) -> Result<Option<About>> {
    Ok(forge.site().first(&queries::ABOUT, vec![name.folded().into()]).await?)
}

/// The profile of an account.
pub async fn profile(forge: &Forge, account: &Account) -> Result<Profile> {
    let found = forge.site().first(&queries::PROFILE, vec![account.name.folded().into()]).await?;
    Ok(found.unwrap_or_default())
}

/// Changes what is given of the profile, and says what there is then.
pub async fn set_profile(
    forge: &Forge,
    access: &Access<ManageAccount>,
    full_name: Option<&str>,
    bio: Option<&str>,
) -> Result<About> {
    let account = access.subject();
    let full_name = full_name.map(|text| names::line("full_name", text, 100)).transpose()?;
    let bio = bio.map(|text| names::text("bio", text, 300)).transpose()?;
    let batch = vec![
        queries::SET_PROFILE.bind(vec![account.id.into(), full_name.into(), bio.into()]),
        queries::ABOUT.bind(vec![account.name.folded().into()]),
    ];
    let answers = forge.site().batch(batch).await?;
    let about = answers.last().map(|answer| answer.read(&queries::ABOUT)).transpose()?.unwrap_or_default();
    about.into_iter().next().ok_or_else(Error::not_found)
}

/// Changes the e-mail address; an empty one is none.
pub async fn set_email(forge: &Forge, access: &Access<ManageAccount>, email: &str) -> Result<()> {
    let account = access.subject();
    let email = check_email(email)?;
    let batch = vec![
        queries::SET_EMAIL.bind(vec![account.id.into(), email.into()]),
        audit::entry(forge, access.actor(), "account.email", account.name.as_str(), ""),
    ];
    forge.site().batch(batch).await.map_err(|error| refine(error, &account.name))?;
    Ok(())
}

/// Gives the account another name. The old one leads to it until somebody may take it, ninety days later.
pub async fn rename(forge: &Forge, access: &Access<ManageAccount>, name: &str) -> Result<AccountName> {
    let account = access.subject();
    let name = AccountName::parse(name)?;
    name.check_free()?;
    if name == account.name {
        return Ok(name);
    }
    let now = forge.now();
    let batch = vec![
        queries::GIVE_UP_NAME.bind(vec![account.id.into(), now.into()]).expect(1),
        queries::TAKE_NAME
            .bind(vec![name.folded().into(), account.id.into(), now.into(), (now - NAME_RESTS).into()])
            .expect(1),
        queries::RENAME.bind(vec![account.id.into(), name.to_string().into()]).expect(1),
        audit::entry(forge, access.actor(), "account.rename", account.name.as_str(), name.as_str()),
    ];
    forge.site().batch(batch).await.map_err(|error| refine(error, &name))?;
    Ok(name)
}

/// Deletes the account: its repositories, credentials, stars and memberships go; its row stays and is called ghost, for
/// whatever it wrote elsewhere.
pub async fn delete(forge: &Forge, access: &Access<ManageAccount>) -> Result<()> {
    let account = access.subject();
    if account.administrator && !others_administer(forge, account).await? {
        return Err(Error::invalid(
            "delete",
            "You are the only administrator of this site; make somebody else one first",
        ));
    }
    let (id, now) = (account.id, forge.now());
    let mut batch = vec![
        // Before the account is gone, for the names they are told by.
        audit::entry(forge, access.actor(), "account.delete", account.name.as_str(), ""),
        queries::BECOME_GHOST.bind(vec![id.into(), now.into()]).expect(1),
        queries::GIVE_UP_NAME.bind(vec![id.into(), now.into()]),
        sessions::end_others(id, None),
        tokens::forget(id),
        resets::forget(id),
    ];
    batch.extend(stars::forget(id));
    batch.extend(collaborators::forget(id));
    batch.extend(repositories::mark_deleting_of(id));
    forge.site().batch(batch).await?;
    // Whatever is left of them after a crash here, `recover` takes away.
    repositories::erase_of(forge, id).await
}

/// Whether anybody but this account administers the site.
pub(super) async fn others_administer(forge: &Forge, account: &Account) -> Result<bool> {
    let found = forge.site().first(&queries::OTHER_ADMINISTRATORS, vec![account.id.into()]).await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}
