//! `user …`: accounts.

use gitflare_forge::{
    access::{self, act},
    accounts::{self, AccountState, NewAccount},
    names::AccountName,
};

use super::ADMINISTRATOR;
use crate::{app::App, cli::User, error::Result, io::Io};

pub(super) fn run(command: User, app: &App, io: &mut dyn Io) -> Result<()> {
    match command {
        User::Add { name, email, admin, .. } => add(app, &name, &email, admin, io),
        User::List => list(app, io),
        User::Password { name, .. } => password(app, &name, io),
    }
}

fn add(app: &App, name: &str, email: &str, administrator: bool, io: &mut dyn Io) -> Result<()> {
    let password = io.secret()?;
    let access = access::site::<act::AdministerSite>(ADMINISTRATOR)?;
    let new = NewAccount { name, email: Some(email), password: &password, administrator };
    let account = app.wait(accounts::add(&app.forge, &access, new))?;
    io.note(&format!("added {}", account.name))?;
    Ok(())
}

fn list(app: &App, io: &mut dyn Io) -> Result<()> {
    let access = access::site::<act::SeeSite>(ADMINISTRATOR)?;
    for account in app.wait(accounts::list(&app.forge, &access))? {
        let office = if account.administrator { "admin" } else { "user" };
        let state = match account.state {
            AccountState::Active => "active",
            AccountState::Suspended => "suspended",
        };
        let email = account.email.as_deref().unwrap_or("-");
        io.line(&format!("{}\t{email}\t{office}\t{state}", account.name))?;
    }
    Ok(())
}

fn password(app: &App, name: &str, io: &mut dyn Io) -> Result<()> {
    let name = AccountName::parse(name)?;
    let password = io.secret()?;
    app.wait(async {
        let access = access::account::<act::ManageAccount>(&app.forge, ADMINISTRATOR, &name).await?;
        accounts::set_password(&app.forge, &access, &password).await
    })?;
    io.note(&format!("{name} has a new password, and is signed out everywhere"))?;
    Ok(())
}
