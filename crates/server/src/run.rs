//! From the command line to what it asks for: serve, hand the command to the running server, or do it here.

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use clap::Parser;
use gitflare_forge::host::Settings;
use tracing_subscriber::EnvFilter;

use crate::{
    app::App,
    cli::{Cli, Command, ServeArgs, Top},
    commands, control,
    data::{Folder, Lock},
    error::{Failure, Result},
    io::{Io, Terminal},
    serve,
};

/// How long a command waits for the folder: another command has it, or a server is about to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut terminal = Terminal::default();
    match dispatch(cli, &mut terminal) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            // Without an error stream there is nobody to tell.
            let _ = terminal.note(&format!("error: {failure}"));
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(cli: Cli, io: &mut dyn Io) -> Result<u8> {
    let folder = Folder::new(&cli.data)?;
    match cli.command {
        None => serve(&folder, cli.serve),
        Some(Top::Serve(args)) => serve(&folder, cli.serve.or(args)),
        _ if !cli.serve.is_empty() => {
            Err(Failure::new("--listen, --url and --trusted-proxy belong to `serve`"))
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
            run(&folder, command.absolute()?, io)
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

/// Hands the command to the server that owns the folder, or owns the folder while it runs.
fn run(folder: &Folder, command: Command, io: &mut dyn Io) -> Result<u8> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(server) = control::connect(folder)? {
            return server.run(command, io);
        }
        folder.create()?;
        if let Some(lock) = folder.lock()? {
            return here(folder, &lock, command, io);
        }
        if waited >= PATIENCE {
            let path = folder.path().display();
            return Err(Failure::new(format_args!(
                "{path} is in use by another process that takes no commands"
            )));
        }
        std::thread::sleep(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
}

fn here(folder: &Folder, _lock: &Lock, command: Command, io: &mut dyn Io) -> Result<u8> {
    crate::guard::install();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let app = App::open(folder, Settings::default(), runtime.handle().clone())?;
    let outcome = crate::guard::catch(|| commands::run(command, &app, io));
    drop(app);
    runtime.shutdown_timeout(Duration::from_secs(5));
    outcome.unwrap_or_else(|id| Err(Failure::new(format_args!("internal error {id}"))))
}
