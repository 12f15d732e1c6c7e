//! `token …`: personal access tokens.

use gitflare_forge::admin::{CreateToken, ListTokens, RevokeToken, Token as Listed};

use super::when;
use crate::{
    cli::Token,
    error::{Failure, Result},
    io::Io,
    office::Office,
};

pub(super) fn run(command: Token, office: &Office<'_>, io: &mut dyn Io) -> Result<()> {
    match command {
        Token::Create { user, name, allow, repo, expires } => {
            let lasts = expires.as_deref().map(age).transpose()?;
            let allow = (!allow.is_empty()).then_some(allow);
            let repositories = (!repo.is_empty()).then_some(repo);
            let made = office.call(CreateToken { user, name, allow, repositories, lasts })?;
            io.line(&made.token)?;
        }
        Token::List { user } => {
            for token in office.call(ListTokens { user })? {
                io.line(&row(&token))?;
            }
        }
        Token::Revoke { id } => {
            office.call(RevokeToken { id })?;
            io.note(&format!("token {id} is void"))?;
        }
    }
    Ok(())
}

fn row(token: &Listed) -> String {
    let repositories = match token.repositories {
        None => "all repositories".into(),
        Some(1) => "1 repository".into(),
        Some(count) => format!("{count} repositories"),
    };
    let or_never = |at: Option<i64>| at.map_or_else(|| "never".into(), |at| when(Some(at)));
    let may = if token.allow == "-site" { "all but site" } else { &token.allow };
    format!(
        "{}\t{}\t{may}\t{repositories}\tcreated {}\texpires {}\tused {}",
        token.id,
        token.name,
        when(Some(token.created_at)),
        or_never(token.expires_at),
        or_never(token.used_at)
    )
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
