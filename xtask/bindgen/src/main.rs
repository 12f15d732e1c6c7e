//! `xtask-bindgen INPUT.wasm FOLDER`: writes `index.js` and `index_bg.wasm`, as `wasm-bindgen --target module` does.
//!
//! A program apart from `xtask`, which everybody compiles first: what this one needs takes minutes.

#![expect(clippy::print_stderr, reason = "a command line talks to its terminal")]

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, folder] = arguments.as_slice() else {
        eprintln!("usage: xtask-bindgen INPUT.wasm FOLDER");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).out_name("index").typescript(false);
    // So that a crashed instance can be replaced: the shim calls the function, and a trap anywhere is noticed.
    bindgen.reset_state_function(true).force_enable_abort_handler(true);
    match bindgen.module(true).and_then(|bindgen| bindgen.generate(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask-bindgen: {input}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
