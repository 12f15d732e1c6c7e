//! The native host of Gitflare: one program, one folder of SQLite files.

mod app;
mod archive;
mod cli;
mod commands;
mod control;
mod conversation;
mod data;
mod environment;
mod error;
mod guard;
mod host;
mod http;
mod io;
mod local;
mod memory;
mod office;
mod place;
mod remote;
mod run;
mod serve;

fn main() -> std::process::ExitCode {
    memory::settle();
    run::main()
}
