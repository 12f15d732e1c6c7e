//! From the command line to what it asks for: serve, hand the command to the running server, or do it here.

use std::{io::IsTerminal, process::ExitCode};

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::{
    cli::{Cli, Command, Move, Repo, ServeArgs, Top},
    commands,
    data::Folder,
    error::{Failure, Result},
    io::{Io, Terminal},
    place::Place,
    remote::Remote,
    serve,
};

/// The program.
pub(crate) fn main() -> ExitCode {
    let mut terminal = Terminal::default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misuse(&error, &mut terminal),
    };
    match dispatch(cli, &mut terminal) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            // Without an error stream there is nobody to tell.
            let _ = terminal.note(&format!("error: {failure}"));
            ExitCode::from(failure.code)
        }
    }
}

/// Help is help; a mistake is one line, as every other failure.
fn misuse(error: &clap::Error, io: &mut dyn Io) -> ExitCode {
    use clap::error::ErrorKind;
    let help = ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if !error.use_stderr() || error.kind() == help {
        // Without an output stream there is nobody to help.
        let _ = error.print();
    } else {
        let text = error.to_string();
        let ends = |line: &str| line.starts_with("Usage:") || line.starts_with("For more information");
        let lines = text.lines().map(str::trim).take_while(|line| !ends(line));
        let said: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        let _ = io.note(&said.join(" "));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn dispatch(cli: Cli, io: &mut dyn Io) -> Result<u8> {
    let folder = Folder::new(&cli.data)?;
    match cli.command {
        None => serve(&folder, cli.serve),
        Some(Top::Serve(args)) => serve(&folder, cli.serve.or(args)),
        _ if !cli.serve.is_only_url() => {
            Err(Failure::new("--listen, --trusted-proxy and --body-limit belong to `serve`"))
        }
        Some(Top::Restore { .. }) if cli.serve.url.is_some() => {
            Err(Failure::new("restore fills a data folder on this machine; it does not take --url"))
        }
        Some(Top::Version) => {
            io.line(concat!("gitflare ", env!("CARGO_PKG_VERSION")))?;
            Ok(0)
        }
        Some(Top::Restore { file }) => {
            log("warn");
            crate::guard::install();
            commands::restore::run(&folder, &file, io)
        }
        Some(Top::Command(command)) => {
            log("warn");
            let command = command.absolute()?;
            match (cli.serve.url, command) {
                (Some(url), command) => there(Remote::new(&url)?, command, io),
                (None, Command::Move(Move { from: Some(url), .. })) => {
                    crate::guard::install();
                    commands::arrival::run(&folder, &url, io)
                }
                (None, command) => run(&folder, command, io),
            }
        }
    }
}

fn serve(folder: &Folder, args: ServeArgs) -> Result<u8> {
    log("info");
    crate::guard::install();
    serve::run(folder, args)
}

/// Everything but data goes to standard error.
fn log(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // Only fails when there is one already.
    let _ = subscriber.try_init();
}

/// The same on the site at an address.
fn there(remote: Remote, command: Command, io: &mut dyn Io) -> Result<u8> {
    match command {
        Command::Repo(Repo::Import { path, repository }) => {
            commands::import::run(&Place::There(remote), &path, &repository, io)?;
        }
        Command::Repo(Repo::Export { repository, path }) => {
            commands::export::run(&Place::There(remote), &repository, &path, io)?;
        }
        command => return commands::run_there(command, &remote, io),
    }
    Ok(0)
}

/// Import and export read and write git repositories in this process; everything else runs where the folder's owner is.
fn run(folder: &Folder, command: Command, io: &mut dyn Io) -> Result<u8> {
    let place = Place::find(folder, command.creates_site())?;
    match command {
        Command::Repo(Repo::Import { path, repository }) => {
            commands::import::run(&place, &path, &repository, io)?;
        }
        Command::Repo(Repo::Export { repository, path }) => {
            commands::export::run(&place, &repository, &path, io)?;
        }
        command => return place.run(command, io),
    }
    Ok(0)
}
