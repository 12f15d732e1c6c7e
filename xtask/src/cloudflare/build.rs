//! `cargo xtask cloudflare build`: compiles the Worker and makes of it what the runtime loads.
//!
//! What worker-build does, in the same steps: cargo, wasm-bindgen, a shim in front, esbuild, wasm-opt.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::size::Size;
use super::{tools, wasm};
use crate::host::{self, Result};

/// Only for the Worker: the native server keeps its speed, and unwinding.
const SHIPPED_PROFILE: [&str; 7] = [
    "profile.release.opt-level=\"s\"",
    "profile.release.lto=true",
    "profile.release.codegen-units=1",
    "profile.release.panic=\"abort\"",
    "profile.release.debug=false",
    // wasm-bindgen reads sections that the linker would drop.
    "profile.release.strip=\"none\"",
    "profile.release.incremental=false",
];

/// What the compiler emits today. Named one by one, so that a newer wasm-opt uses nothing the runtime does not know.
const WASM_FEATURES: [&str; 7] = [
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-reference-types",
    "--enable-exception-handling",
];

/// The steps after cargo: another version of them makes something else of the same module.
const STEPS: [&str; 3] =
    [include_str!("build.rs"), include_str!("wasm.rs"), include_str!("../../bindgen/src/main.rs")];

/// How much effort goes into the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Profile {
    /// Small and quick.
    #[default]
    Shipped,
    /// Quickly made.
    Dev,
}

/// One way to build the Worker.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Build {
    /// How much effort goes into the code.
    pub(crate) profile: Profile,
    /// Cargo features, with commas.
    pub(crate) features: Option<String>,
}

/// Reads the options and builds.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let mut build = Build::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--dev" => build.profile = Profile::Dev,
            "--features" => {
                build.features = Some((*words.next().ok_or("--features wants a list")?).to_owned());
            }
            _ => return Err(format!("build does not know {word}").into()),
        }
    }
    build.run()
}

impl Build {
    /// Where the result is. Only what may be deployed is where `wrangler.toml` looks for it.
    pub(crate) fn folder(&self) -> PathBuf {
        let name = match (self.profile, &self.features) {
            (Profile::Shipped, None) => return tools::folder().join("build"),
            (Profile::Shipped, Some(features)) => format!("build-{features}"),
            (Profile::Dev, None) => "build-dev".to_owned(),
            (Profile::Dev, Some(features)) => format!("build-dev-{features}"),
        };
        host::target().join("cloudflare").join(name)
    }

    /// The module that the runtime loads first.
    pub(crate) fn script(&self) -> PathBuf {
        self.folder().join("index.js")
    }

    /// Builds, unless nothing has changed, and says how large the result is.
    pub(crate) fn run(&self) -> Result<()> {
        tools::install_wasm_target()?;
        tools::install_packages()?;
        host::run(&mut self.cargo())?;
        let compiled =
            host::target().join(tools::WASM).join(self.cargo_folder()).join("gitflare_cloudflare.wasm");
        let stamp = self.stamp(&compiled)?;
        let (folder, stage) = (self.folder(), self.stage());
        if std::fs::read_to_string(folder.join("stamp")).is_ok_and(|built| built == stamp) {
            return self.weigh();
        }
        if stage.exists() {
            std::fs::remove_dir_all(&stage)?;
        }
        bind(&compiled, &stage)?;
        self.bundle(&stage)?;
        self.optimize(&stage)?;
        std::fs::create_dir_all(&folder)?;
        for name in ["index.js", "index_bg.wasm"] {
            std::fs::rename(stage.join(name), folder.join(name))?;
        }
        std::fs::write(folder.join("stamp"), stamp)?;
        self.weigh()
    }

    fn cargo(&self) -> Command {
        let mut cargo =
            host::cargo(["rustc", "--package", "gitflare-cloudflare", "--lib", "--target", tools::WASM]);
        // Asked for here: what is a library as well would not be optimised at link time.
        cargo.args(["--crate-type", "cdylib"]);
        if self.profile == Profile::Shipped {
            cargo.arg("--release");
            cargo.args(SHIPPED_PROFILE.iter().flat_map(|setting| ["--config", setting]));
        }
        if let Some(features) = &self.features {
            cargo.args(["--features", features]);
        }
        cargo
    }

    fn cargo_folder(&self) -> &'static str {
        match self.profile {
            Profile::Shipped => "release",
            Profile::Dev => "debug",
        }
    }

    /// Where intermediate results are, and the module that still has its names, for reading a stack trace.
    fn stage(&self) -> PathBuf {
        let name = self.features.as_deref().unwrap_or_default();
        host::target().join("cloudflare").join(format!("stage-{}-{name}", self.cargo_folder()))
    }

    /// Stands for everything that the steps after cargo depend on.
    fn stamp(&self, compiled: &Path) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        std::fs::read(compiled)?.hash(&mut hasher);
        for name in ["js/shim.js", "js/watch.js", "package-lock.json"] {
            std::fs::read(tools::folder().join(name))?.hash(&mut hasher);
        }
        std::fs::read(host::root().join("Cargo.lock"))?.hash(&mut hasher);
        STEPS.hash(&mut hasher);
        Ok(format!("{:016x}\n", hasher.finish()))
    }

    /// Makes the module small and quick, or leaves it as it is.
    fn optimize(&self, stage: &Path) -> Result<()> {
        let (module, named) = (stage.join("index_bg.wasm"), stage.join("named.wasm"));
        if self.profile == Profile::Dev {
            std::fs::copy(&module, &named)?;
            return Ok(());
        }
        let mut optimizer = tools::node("node_modules/binaryen/bin/wasm-opt");
        optimizer.arg(&module).arg("-o").arg(&named).args(["-O", "--debuginfo"]).args(WASM_FEATURES);
        host::run(tools::quiet(optimizer.stdin(Stdio::null())))?;
        Ok(std::fs::write(&module, wasm::without_names(&std::fs::read(&named)?)?)?)
    }

    /// One file of JavaScript, with the shim in front, and in test builds who watches it.
    fn bundle(&self, stage: &Path) -> Result<()> {
        for name in ["shim.js", "watch.js"] {
            std::fs::copy(tools::folder().join("js").join(name), stage.join(name))?;
        }
        let mut esbuild = tools::node("node_modules/esbuild/bin/esbuild");
        esbuild.arg(stage.join(if self.features.is_some() { "watch.js" } else { "shim.js" }));
        esbuild.args(["--bundle", "--format=esm", "--log-level=warning", "--allow-overwrite"]);
        esbuild.args(["--external:./index_bg.wasm", "--external:cloudflare:*"]);
        esbuild.arg(format!("--outfile={}", stage.join("index.js").display())).stdin(Stdio::null());
        host::run(tools::quiet(&mut esbuild))?;
        // The runtime compiles every module it is given; it does not know this way of asking for that.
        let script = std::fs::read_to_string(stage.join("index.js"))?;
        Ok(std::fs::write(stage.join("index.js"), script.replace("import source ", "import "))?)
    }

    fn weigh(&self) -> Result<()> {
        let module = self.folder().join("index_bg.wasm");
        let size = Size::of(&std::fs::read(self.stage().join("named.wasm"))?, &std::fs::read(&module)?)?;
        size.report(module.strip_prefix(host::root()).unwrap_or(&module));
        if self.profile == Profile::Shipped { size.check() } else { Ok(()) }
    }
}

/// The module and its JavaScript.
fn bind(compiled: &Path, stage: &Path) -> Result<()> {
    let mut bindgen = host::cargo(["run", "--quiet", "--package", "xtask-bindgen", "--"]);
    bindgen.arg(compiled).arg(stage).stdin(Stdio::null());
    host::run(tools::quiet(&mut bindgen))
}
