//! Accounts and their tokens, made as a script would: the setup form, then the site's own API.

use std::{
    fs::File,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{Read as _, Seek as _, Write as _},
    path::Path,
};

use serde_json::json;

use super::{Browser, Reply, Request, Site, World};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// The site's administrator.
pub(crate) const ADMINISTRATOR: &str = "warden";

/// Somebody with an account.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    /// May do what its owner may, in every area but the site.
    pub(crate) token: String,
    pub(crate) site: Site,
}

impl User {
    /// Where git finds a repository of this user, as this user.
    pub(crate) fn url(&self, repository: &str) -> String {
        self.url_of(&format!("{}/{repository}", self.name))
    }

    /// Where git finds anybody's repository, as this user.
    pub(crate) fn url_of(&self, full_name: &str) -> String {
        url(&self.site, &self.token, full_name)
    }

    /// `OWNER/NAME` of a repository of this user.
    pub(crate) fn full(&self, repository: &str) -> String {
        format!("{}/{repository}", self.name)
    }

    /// A token made through its form; `fields` say what it may do and where.
    pub(crate) fn new_token(&self, fields: &[(&str, &str)]) -> String {
        // Of two fields of one name the first counts.
        let fields = [fields, &[("name", "a script's"), ("expires", "never")]].concat();
        new_token(&mut self.browser(), &fields)
    }

    /// Makes a repository of this user public.
    pub(crate) fn publish(&self, repository: &str) {
        self.show(repository, "public");
    }

    /// Makes a repository of this user private.
    pub(crate) fn hide(&self, repository: &str) {
        self.show(repository, "private");
    }

    fn show(&self, repository: &str, visibility: &str) {
        let settings = format!("/{}/settings", self.full(repository));
        let mut browser = self.browser();
        browser.get(&settings).expect(200);
        browser.post(&format!("{settings}/visibility"), &[("visibility", visibility)]).expect(303);
    }

    /// A browser in which this user is signed in.
    pub(crate) fn browser(&self) -> Browser {
        let mut browser = Browser::new(&self.site);
        browser.sign_in(&self.name, PASSWORD);
        browser
    }
}

/// Where git finds a repository, with a token as the password.
pub(crate) fn url(site: &Site, token: &str, full_name: &str) -> String {
    format!("http://somebody:{token}@{}/{full_name}.git", site.authority())
}

/// A token of the administrator. Of all scripts of a run the first sets the site up and writes the token down.
pub(super) fn administrator(world: &World) -> String {
    if world.host.is_some() {
        return set_up(world).unwrap_or_else(|| sign_in(world));
    }
    let mut hash = DefaultHasher::new();
    (&world.setup_token, world.site.authority()).hash(&mut hash);
    let note = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("administrator-{:016x}", hash.finish()));
    let mut note = File::options().create(true).read(true).write(true).truncate(false).open(note).unwrap();
    note.lock().unwrap();
    let mut token = String::new();
    note.read_to_string(&mut token).unwrap();
    if token.is_empty() || !is_valid(&world.site, &token) {
        token = set_up(world).unwrap_or_else(|| sign_in(world));
        note.set_len(0).unwrap();
        note.rewind().unwrap();
        note.write_all(token.as_bytes()).unwrap();
    }
    token
}

fn password(world: &World) -> String {
    format!("password of {}", world.setup_token)
}

/// The first account, unless there is one.
fn set_up(world: &World) -> Option<String> {
    let reply = setup(world, &world.setup_token, ADMINISTRATOR, &password(world));
    (reply.status == 200).then(|| reply.json()["token"].as_str().unwrap().to_owned())
}

/// Posts the setup form, as a script does.
pub(crate) fn setup(world: &World, token: &str, name: &str, password: &str) -> Reply {
    let fields = [("token", token), ("name", name), ("password", password)];
    world.site.send(&Request::post("/setup").header("Accept", "application/json").form(&fields))
}

/// A site that an earlier run has set up: its administrator makes another token.
fn sign_in(world: &World) -> String {
    let mut browser = administrators_browser(world);
    let fields =
        [("name", "end-to-end suite"), ("allow", "everything"), ("scope", "all"), ("expires", "never")];
    new_token(&mut browser, &fields)
}

/// A browser in which the administrator is signed in.
pub(crate) fn administrators_browser(world: &World) -> Browser {
    let mut browser = Browser::new(&world.site);
    browser.sign_in(ADMINISTRATOR, &password(world));
    browser
}

/// Makes a token through its form.
pub(crate) fn new_token(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    browser.get("/settings/tokens").expect(200);
    let page = browser.post("/settings/tokens", fields).expect(200).text();
    let token = page.split("<code class=\"secret\">").nth(1).unwrap_or_else(|| panic!("{page}"));
    token.split('<').next().unwrap().to_owned()
}

fn is_valid(site: &Site, token: &str) -> bool {
    site.send(&Request::get("/api/v3/user").token(token)).status == 200
}

/// A new account and its token.
pub(super) fn create(world: &World, name: &str) -> User {
    let email = format!("{name}@example.org");
    let account = json!({ "name": name, "email": email, "password": PASSWORD });
    let made = administer(world, "/users", &account);
    if made.status == 404 {
        return by_command(world, name, &email);
    }
    made.expect(201);
    let token =
        administer(world, &format!("/users/{name}/tokens"), &json!({ "name": "everything" })).expect(201);
    let token = token.json()["token"].as_str().unwrap().to_owned();
    User { name: name.to_owned(), token, site: world.site.clone() }
}

/// Posts to the site's own API as its administrator.
pub(crate) fn administer(world: &World, path: &str, body: &serde_json::Value) -> Reply {
    let request = Request::post(format!("/api/admin/v1{path}"));
    world.site.send(&request.token(world.administrator()).json(body))
}

/// The same where there is no such API yet.
fn by_command(world: &World, name: &str, email: &str) -> User {
    let host = world.its_host();
    host.command(&["user", "add", name, "--email", email, "--password-stdin"], PASSWORD);
    let token = host.command(&["token", "create", name, "--name", "everything"], "");
    User { name: name.to_owned(), token: token.trim().to_owned(), site: world.site.clone() }
}
