//! The workflow of this workspace in one tool: `cargo xtask`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

mod api;
mod assets;
mod bench;
mod browser;
mod build;
mod check;
mod cloudflare;
mod dependencies;
mod dev;
mod e2e;
mod git;
mod host;
mod http;
mod measure;
mod server;
mod soak;
mod suites;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  dev [ARGS…]            serve, rebuilt and restarted on every change; ARGS go to the server
  build                  the release binary
  check [--fix]          format, lints natively and for wasm, docs, dependency rules
  assets [--check]       make what pages load in browsers from its sources, or compare
  test                   check and every suite: what CI runs
  e2e [TURN…] [NAME…]    the end-to-end suite, or tests with a name: native, cloudflare, worker (its test build), or all
  cloudflare …           build, serve or deploy the Worker: `cargo xtask cloudflare` lists the options
  api [FOLDER]           what the tests see of the API, or what was recorded, beside GitHub's description of it
  browser                pages in Chromium: markup, behaviour, accessibility, attacks
  lighthouse PATH        what Lighthouse says of the pages of a local repository, in a release build
  screenshots [NAME…]    what the pages look like, into target/screenshots; `small`: the few small ones that are committed
  bench git [PATH…]      ours and stock git's cost, side by side [--runs N] [--write]
  bench hosts [PATH]     the native server's and the Worker's cost, side by side [--runs N] [--write]
  bench pages [PATH]     pages by us, cgit and gitweb, side by side [--file FILE] [--runs N] [--write]
  soak git PATH…         push, clone, fetch, export and compare real repositories
  soak diffs PATH…       our diffs beside stock git's, commit by commit [--commits N] [--apply N]
  soak kill [N]          kill -9 of the server at a random moment of N pushes
  soak race [N]          N pairs of pushes for one ref at one moment
  soak load [PATH]       memory, and others' patience, while 300 MB are pushed and cloned
  soak pages             pages of a repository made to break browsers of code: time, size, words [--host both]
  soak proxy [MIB]       a push of 300 MB through nginx with TLS
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["dev", rest @ ..] => dev::run(rest),
        ["build"] => build::release().map(|path| println!("{}", path.display())),
        ["check"] => check::run(check::Mode::Report),
        ["check", "--fix"] => check::run(check::Mode::Fix),
        ["assets"] => assets::run(false),
        ["assets", "--check"] => assets::run(true),
        ["api", rest @ ..] => api::run(rest),
        ["browser"] => browser::run(),
        ["lighthouse", path] => browser::lighthouse(path),
        ["screenshots", names @ ..] => browser::screenshots(names),
        ["test"] => return suites::run(),
        ["e2e", rest @ ..] => e2e::run(rest),
        ["cloudflare", rest @ ..] => cloudflare::run(rest),
        ["bench", "git", rest @ ..] => bench::run(rest),
        ["bench", "hosts", rest @ ..] => bench::hosts::run(rest),
        ["bench", "pages", rest @ ..] => bench::pages::run(rest),
        // Not for people: the benchmark starts itself a second time as a web server for stock git.
        ["cgi-bridge", root] => bench::bridge::run(root),
        ["soak", "git", paths @ ..] => soak::run(paths),
        ["soak", "diffs", rest @ ..] => soak::diffs::run(rest),
        ["soak", "kill", rest @ ..] => soak::kill::run(rest),
        ["soak", "race", rest @ ..] => soak::race::run(rest),
        ["soak", "load", rest @ ..] => soak::load::run(rest),
        ["soak", "pages", rest @ ..] => soak::pages::run(rest),
        ["soak", "proxy", rest @ ..] => soak::proxy::run(rest),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
