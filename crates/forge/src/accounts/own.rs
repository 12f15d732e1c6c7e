//! What an account changes about itself: its profile, address, name, and whether it is there at all.

use super::{Account, check_email, queries, refine};
use crate::{
    Error, Result,
    access::{Access, act::ManageAccount},
    audit, collaborators,
    host::Forge,
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

/// The profile of an account.
pub async fn profile(forge: &Forge, account: &Account) -> Result<Profile> {
    let found = forge.site().first(&queries::PROFILE, vec![account.name.folded().into()]).await?;
    Ok(found.unwrap_or_default())
}

/// Changes the profile.
pub async fn set_profile(
    forge: &Forge,
    access: &Access<ManageAccount>,
    full_name: &str,
    bio: &str,
) -> Result<()> {
    let full_name = names::line("full_name", full_name, 100)?;
    let bio = names::text("bio", bio, 300)?;
    let args = vec![access.subject().id.into(), full_name.into(), bio.into()];
    forge.site().execute(&queries::SET_PROFILE, args).await?;
    Ok(())
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
