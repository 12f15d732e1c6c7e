//! `cargo xtask assets`: what pages load in browsers, made from its sources. The results are committed, so that building
//! the product needs no Node; with `--check` they are compared with what the sources give.

use std::path::{Path, PathBuf};

use crate::host::{self, Result};

/// The fonts: package, and the subset that is served.
const FONTS: [&str; 3] = ["hanken-grotesk", "jetbrains-mono", "source-serif-4"];

/// Makes them, or compares.
pub(crate) fn run(check: bool) -> Result<()> {
    let forge = host::root().join("crates/forge");
    let web = forge.join("web");
    host::install_packages(&web)?;
    host::run(node(&web, "typescript/bin/tsc").args(["--noEmit", "-p", "."]))?;
    let scratch = tempfile::tempdir()?;
    let bundle = scratch.path().join("app.js");
    host::run(node(&web, "esbuild/bin/esbuild").args([
        "app.ts",
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2024",
        "--charset=utf8",
        "--legal-comments=none",
        "--log-level=warning",
        &format!("--outfile={}", bundle.display()),
    ]))?;
    let mut made = vec![(bundle, forge.join("assets/app.js"))];
    for font in FONTS {
        made.extend(font_files(&web, &forge, font)?);
    }
    for (from, to) in made {
        let fresh = std::fs::read(&from).map_err(|error| format!("{}: {error}", from.display()))?;
        let same = std::fs::read(&to).is_ok_and(|old| old == fresh);
        match (same, check) {
            (true, _) => {}
            (false, false) => {
                std::fs::write(&to, fresh)?;
                println!("{}", to.display());
            }
            (false, true) => {
                let name = to.strip_prefix(host::root()).unwrap_or(&to).display().to_string();
                return Err(format!("{name} is not what its sources give; run `cargo xtask assets`").into());
            }
        }
    }
    Ok(())
}

/// Whether the tools to make them are there.
pub(crate) fn is_possible() -> bool {
    host::is_installed("node") && host::is_installed("npm")
}

fn node(web: &Path, tool: &str) -> std::process::Command {
    let mut command = host::command("node");
    command.arg(web.join("node_modules").join(tool)).current_dir(web);
    command
}

/// A font's file, whose name gets the version, and its licence.
fn font_files(web: &Path, forge: &Path, font: &str) -> Result<[(PathBuf, PathBuf); 2]> {
    let package = web.join("node_modules/@fontsource-variable").join(font);
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(package.join("package.json"))?)?;
    let version = manifest["version"].as_str().ok_or_else(|| format!("{font} has no version"))?;
    Ok([
        (
            package.join(format!("files/{font}-latin-wght-normal.woff2")),
            forge.join(format!("assets/public/static/{font}-{version}.woff2")),
        ),
        (package.join("LICENSE"), forge.join(format!("assets/licences/{font}.txt"))),
    ])
}
