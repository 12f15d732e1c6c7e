//! A throw-away world: a site, its people under names nobody else has, a folder, and stock git.

pub(crate) mod accounts;
pub(crate) mod browser;
pub(crate) mod history;
pub(crate) mod host;
pub(crate) mod http;
pub(crate) mod local;
pub(crate) mod packs;
pub(crate) mod wire;

use std::{
    cell::OnceCell,
    hash::{BuildHasher as _, Hasher as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tempfile::TempDir;

pub(crate) use accounts::{PASSWORD, User};
pub(crate) use browser::Browser;
pub(crate) use http::{Reply, Request, Site};
pub(crate) use local::{Local, assert_same, text};

use host::Host;

/// What a host started by the suite takes as the token of its setup link.
const SETUP_TOKEN: &str = "setup-token-of-the-suite";

/// A world.
pub(crate) struct World {
    folder: TempDir,
    host: Option<Box<dyn Host>>,
    pub(crate) site: Site,
    pub(crate) setup_token: String,
    administrator: OnceCell<String>,
    suffix: String,
}

impl World {
    /// A world on the site this run is about; by hand, on one of its own.
    pub(crate) fn new() -> Self {
        let Ok(url) = std::env::var("GITFLARE_E2E_URL") else { return Self::own() };
        let setup_token = std::env::var("GITFLARE_E2E_SETUP_TOKEN");
        let setup_token = setup_token.expect("GITFLARE_E2E_SETUP_TOKEN has to go with GITFLARE_E2E_URL");
        Self::of(tempfile::tempdir().unwrap(), None, Site::at(&url), setup_token)
    }

    /// A world with a host for itself, whose folder and life are the script's.
    pub(crate) fn own() -> Self {
        Self::with_body_limit(None)
    }

    /// The same, where a request may have only so many megabytes.
    pub(crate) fn limited(megabytes: u64) -> Self {
        Self::with_body_limit(Some(megabytes))
    }

    fn with_body_limit(body_limit: Option<u64>) -> Self {
        let folder = tempfile::Builder::new().prefix("gitflare-e2e-").tempdir().unwrap();
        let host = host::start(folder.path(), SETUP_TOKEN, body_limit);
        let site = host.site();
        Self::of(folder, Some(host), site, SETUP_TOKEN.to_owned())
    }

    /// A world on the native host, whatever kind this run is about.
    pub(crate) fn native() -> Self {
        let folder = tempfile::Builder::new().prefix("gitflare-e2e-").tempdir().unwrap();
        let mut host = host::native(folder.path(), SETUP_TOKEN);
        host.start();
        let site = host.site();
        Self::of(folder, Some(host), site, SETUP_TOKEN.to_owned())
    }

    fn of(folder: TempDir, host: Option<Box<dyn Host>>, site: Site, setup_token: String) -> Self {
        let random = std::hash::RandomState::new().build_hasher().finish();
        let digit = |n: u32| char::from_digit((random >> (5 * n)) as u32 % 32, 32).unwrap();
        let suffix = (0..8).map(digit).collect();
        Self { folder, host, site, setup_token, administrator: OnceCell::new(), suffix }
    }

    /// The host, in a world that has one for itself.
    pub(crate) fn host(&mut self) -> &mut dyn Host {
        self.host.as_deref_mut().expect("World::own has a host for itself")
    }

    /// The same, to look at.
    pub(crate) fn its_host(&self) -> &dyn Host {
        self.host.as_deref().expect("World::own has a host for itself")
    }

    /// A token of the site's administrator.
    pub(crate) fn administrator(&self) -> &str {
        self.administrator.get_or_init(|| accounts::administrator(self))
    }

    /// A new account whose name begins like this.
    pub(crate) fn user(&self, name: &str) -> User {
        accounts::create(self, &self.unique(name))
    }

    /// A name that nobody else uses, of the same length for every `name` of the same length.
    pub(crate) fn unique(&self, name: &str) -> String {
        format!("{name}-{}", self.suffix)
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A new local repository with a little of everything in it.
    pub(crate) fn history(&self, name: &str) -> Local {
        history::everything(&Local::init(&self.path(name)))
    }

    /// Somebody with that history in a repository of theirs, `demo`, and where it was pushed from.
    pub(crate) fn pushed(&self) -> (User, Local) {
        let (ada, work) = (self.user("ada"), self.history("work"));
        work.git(["push", "-q", "--mirror", &ada.url("demo")]);
        (ada, work)
    }

    /// A new local repository without a commit.
    pub(crate) fn local(&self, name: &str) -> Local {
        Local::init(&self.path(name))
    }

    /// A bare repository served by stock git, from the file system.
    pub(crate) fn twin(&self) -> Local {
        Local::twin(&self.path("twin.git"))
    }

    /// Clones with these words before the address, and returns the clone.
    pub(crate) fn clone(&self, words: &[&str], url: &str, name: &str) -> Local {
        Local::clone(self.folder.path(), words, url, name)
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs git in the folder; it must succeed.
    pub(crate) fn git<S: AsRef<std::ffi::OsStr>>(&self, words: impl IntoIterator<Item = S>) -> String {
        local::succeed(local::git(self.folder()).args(words))
    }

    /// Runs git in the folder; it must fail. Its words.
    pub(crate) fn git_fails<S: AsRef<std::ffi::OsStr>>(&self, words: impl IntoIterator<Item = S>) -> String {
        local::fail(local::git(self.folder()).args(words))
    }
}

/// Asks again until the answer is yes.
#[track_caller]
pub(crate) fn eventually(what: &str, patience: Duration, mut ask: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !ask() {
        assert!(begun.elapsed() < patience, "still not so after {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
