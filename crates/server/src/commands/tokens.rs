//! `token …`: personal access tokens.

use gitflare_forge::{
    access::{self, act},
    ids::TokenId,
    names::{AccountName, FullName},
    tokens::{self, Allow, NewToken, Token as Listed},
};

use super::{ADMINISTRATOR, when};
use crate::{
    app::App,
    cli::Token,
    error::{Failure, Result},
    io::Io,
};

pub(super) fn run(command: Token, app: &App, io: &mut dyn Io) -> Result<()> {
    match command {
        Token::Create { user, name, allow, repo, expires } => {
            let new = NewToken {
                name,
                allow: if allow.is_empty() {
                    Allow::EverythingButSite
                } else {
                    Allow::parse(&allow.join(","))?
                },
                repositories: if repo.is_empty() {
                    None
                } else {
                    Some(repo.iter().map(|name| FullName::parse(name)).collect::<Result<_, _>>()?)
                },
                lasts: expires.as_deref().map(age).transpose()?,
            };
            create(app, &AccountName::parse(&user)?, new, io)
        }
        Token::List { user } => list(app, &AccountName::parse(&user)?, io),
        Token::Revoke { id } => revoke(app, TokenId(id), io),
    }
}

fn create(app: &App, user: &AccountName, new: NewToken, io: &mut dyn Io) -> Result<()> {
    let created = app.wait(async {
        let access = access::account::<act::ManageAccount>(&app.forge, ADMINISTRATOR, user).await?;
        tokens::create(&app.forge, &access, new).await
    })?;
    io.line(&created.token)?;
    Ok(())
}

fn list(app: &App, user: &AccountName, io: &mut dyn Io) -> Result<()> {
    let listed = app.wait(async {
        let access = access::account::<act::SeeAccount>(&app.forge, ADMINISTRATOR, user).await?;
        tokens::list(&app.forge, &access).await
    })?;
    for token in listed {
        io.line(&row(&token))?;
    }
    Ok(())
}

fn row(token: &Listed) -> String {
    let repositories = match (token.every_repository, token.repositories) {
        (true, _) => "all repositories".into(),
        (false, 1) => "1 repository".into(),
        (false, count) => format!("{count} repositories"),
    };
    let expires = token.expires_at.map_or_else(|| "never".into(), |at| when(Some(at)));
    let used = token.used_at.map_or_else(|| "never".into(), |at| when(Some(at)));
    let may = match &token.permissions {
        Allow::EverythingButSite => "all but site".into(),
        listed => listed.to_string(),
    };
    format!(
        "{}\t{}\t{may}\t{repositories}\tcreated {}\texpires {expires}\tused {used}",
        token.id,
        token.name,
        when(Some(token.created_at))
    )
}

fn revoke(app: &App, id: TokenId, io: &mut dyn Io) -> Result<()> {
    app.wait(async {
        let site = access::site::<act::AdministerSite>(ADMINISTRATOR)?;
        let owner = tokens::owner(&app.forge, &site, id).await?;
        let access = access::grant::<act::ManageAccount>(ADMINISTRATOR, owner)?;
        tokens::revoke(&app.forge, &access, id).await
    })?;
    io.note(&format!("token {id} is void"))?;
    Ok(())
}

/// `90d` in seconds.
fn age(text: &str) -> Result<i64> {
    let bad = || Failure::new(format_args!("'{text}' is not an age such as 90d, 12h or 8w"));
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(bad)?;
    let unit = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "y" => 365 * 86_400,
        _ => return Err(bad()),
    };
    let number: i64 = number.parse().ok().filter(|number| *number > 0).ok_or_else(bad)?;
    number.checked_mul(unit).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages() {
        assert_eq!(age("90d").unwrap(), 90 * 86_400);
        assert_eq!(age("12h").unwrap(), 43_200);
        for bad in ["", "d", "-1d", "0d", "90", "1é", "99999999999999999d"] {
            assert!(age(bad).is_err(), "{bad}");
        }
    }
}
