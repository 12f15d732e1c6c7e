//! `user …`: accounts.

use gitflare_forge::admin::{AddUser, ListUsers, SetPassword};

use crate::{cli::User, error::Result, io::Io, office::Office};

pub(super) fn run(command: User, office: &Office<'_>, io: &mut dyn Io) -> Result<()> {
    match command {
        User::Add { name, email, admin, .. } => {
            let password = io.secret()?;
            let added = office.call(AddUser { name, email: Some(email), password, administrator: admin })?;
            io.note(&format!("added {}", added.name))?;
        }
        User::List => list(office, io)?,
        User::Password { name, .. } => {
            let password = io.secret()?;
            office.call(SetPassword { user: name.clone(), password })?;
            io.note(&format!("{name} has a new password, and is signed out everywhere"))?;
        }
    }
    Ok(())
}

fn list(office: &Office<'_>, io: &mut dyn Io) -> Result<()> {
    let page = |cursor| ListUsers { cursor, limit: None };
    office.each(page, |user| {
        let role = if user.administrator { "admin" } else { "user" };
        let email = user.email.as_deref().unwrap_or("-");
        io.line(&format!("{}\t{email}\t{role}\t{}", user.name, user.state))
    })
}
