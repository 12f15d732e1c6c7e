//! The commands, each written once: they run in the server when there is one, else in a process of their own.

pub(crate) mod arrival;
mod backup;
pub(crate) mod export;
pub(crate) mod import;
mod moving;
mod repositories;
pub(crate) mod restore;
mod site;
mod stdio;
mod tokens;
mod users;
mod verify;

use crate::{
    app::App,
    cli::{Command, Repo},
    error::{Failure, Result},
    io::Io,
    office::Office,
    remote::Remote,
};

/// Runs a command on a thread that may block. Answers the exit code.
pub(crate) fn run(command: Command, app: &App, io: &mut dyn Io) -> Result<u8> {
    let office = Office::Here(app);
    match command {
        Command::User(command) => users::run(command, &office, io)?,
        Command::Token(command) => tokens::run(command, &office, io)?,
        Command::Site(command) => site::run(&command, &office, io)?,
        Command::TakeImport(push) => repositories::take_import(&push, app, io)?,
        Command::Repo(Repo::Verify { repository, .. }) => return verify::run(app, repository.as_deref(), io),
        Command::Repo(command) => repositories::run(command, &office, io)?,
        Command::Backup { file } => backup::run(app, &file, io)?,
        Command::Move(command) => moving::run(&command, &office, io)?,
        Command::UploadPack(args) => stdio::run(app, gitflare_port::Service::UploadPack, &args, io)?,
        Command::ReceivePack(args) => stdio::run(app, gitflare_port::Service::ReceivePack, &args, io)?,
    }
    Ok(0)
}

/// Runs a command on the site at an address.
pub(crate) fn run_there(command: Command, remote: &Remote, io: &mut dyn Io) -> Result<u8> {
    let office = Office::There(remote);
    match command {
        Command::User(command) => users::run(command, &office, io)?,
        Command::Token(command) => tokens::run(command, &office, io)?,
        Command::Site(command) => site::run(&command, &office, io)?,
        Command::Repo(Repo::Verify { repository, .. }) => {
            return verify::there::run(&office, repository.as_deref(), io);
        }
        Command::Backup { file } => backup::there::run(&office, &file, io)?,
        Command::Move(command) => moving::run(&command, &office, io)?,
        Command::Repo(command) => repositories::run(command, &office, io)?,
        Command::UploadPack(_) | Command::ReceivePack(_) | Command::TakeImport(_) => {
            return Err(Failure::new("git itself speaks to a URL; this is for the data folder"));
        }
    }
    Ok(0)
}

/// `2026-11-23 02:08`, in UTC; `-` for never.
fn when(seconds: Option<i64>) -> String {
    let Some(seconds) = seconds else { return "-".into() };
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 1 March of year 0, in eras of 400 years, as in Howard Hinnant's `civil_from_days`.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let part = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * part + 2) / 5 + 1;
    let month = if part < 10 { part + 3 } else { part - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", rest / 3600, rest / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::when;

    #[test]
    fn times_read_as_dates() {
        assert_eq!(when(None), "-");
        assert_eq!(when(Some(0)), "1970-01-01 00:00");
        assert_eq!(when(Some(1_709_164_800)), "2024-02-29 00:00");
        assert_eq!(when(Some(1_767_225_599)), "2025-12-31 23:59");
    }
}
