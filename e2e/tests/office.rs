//! What administrators do to a site that runs: by a link, by the command line from elsewhere, by an archive.

use crate::support::{
    Browser, Local, Request, World,
    accounts::{PASSWORD, administrators_browser, url},
    assert_same,
    browser::shown,
    host,
    local::{fail, succeed, succeed_with},
};

/// The command line, sent to the world's site as its administrator.
pub(crate) fn there(world: &World, words: &[&str]) -> std::process::Command {
    let mut command = host::program();
    command.args(["--url", &world.site.url("")]).args(words);
    command.env("GITFLARE_TOKEN", world.administrator());
    command
}

#[test]
fn a_password_is_reset_by_a_link() {
    let world = World::new();
    let ada = world.user("ada");
    let mut signed_in = ada.browser();
    world.administrator();
    let mut office = administrators_browser(&world);
    let page = format!("/admin/users/{}", ada.name);
    let mut link = || {
        office.get(&page).expect(200);
        let page = office.post(&format!("{page}/reset"), &[]).expect(200).text();
        let (_, token) = page.split_once("/login/reset?token=").unwrap_or_else(|| panic!("no link: {page}"));
        token.chars().take_while(char::is_ascii_alphanumeric).collect::<String>()
    };
    let (first, second) = (link(), link());
    let mut nobody = Browser::new(&world.site);
    nobody.get(&format!("/login/reset?token={first}")).expect(404);
    nobody.get(&format!("/login/reset?token={second}")).expect(200);
    let fields = [("token", second.as_str()), ("password", "another horse, another battery")];
    nobody.post("/login/reset", &fields).expect(303);
    // Whoever was signed in is not, the old password is none, and the link has been used.
    signed_in.get("/settings").expect(303);
    let mut browser = Browser::new(&world.site);
    browser.get("/login").expect(200);
    let old = browser.post("/login", &[("name", &ada.name), ("password", PASSWORD)]);
    assert!(shown(&old.text()).contains("Wrong name or password"), "{}", old.status);
    browser.sign_in(&ada.name, "another horse, another battery");
    Browser::new(&world.site).get(&format!("/login/reset?token={second}")).expect(404);
}

#[test]
fn a_running_site_is_administered_by_the_command_line() {
    let world = World::new();
    let (ada, work) = world.pushed();
    let grace = world.unique("grace");
    let email = format!("{grace}@example.org");
    let add = ["user", "add", &grace, "--email", &email, "--password-stdin"];
    succeed_with(&mut there(&world, &add), PASSWORD.as_bytes());
    let listed = succeed(&mut there(&world, &["user", "list"]));
    assert!(listed.contains(&grace) && listed.contains(&ada.name), "{listed}");
    Browser::new(&world.site).sign_in(&grace, PASSWORD);
    let token = succeed(&mut there(&world, &["token", "create", &grace, "--name", "laptop"]));
    let me = world.site.send(&Request::get("/api/v3/user").token(token.trim())).expect(200);
    assert_eq!(me.json()["login"], grace.as_str());
    // A repository comes and goes, and its owner's clients see it.
    let full = format!("{grace}/notes");
    succeed(&mut there(&world, &["repo", "create", &full, "--private"]));
    work.git(["push", "-q", "--mirror", &url(&world.site, token.trim(), &full)]);
    assert!(succeed(&mut there(&world, &["repo", "list"])).contains(&full));
    succeed(&mut there(&world, &["repo", "verify", &full]));
    let copy = world.path("copy.git");
    succeed(&mut there(&world, &["repo", "export", &full, copy.to_str().unwrap()]));
    assert_same(&Local { path: copy.clone() }, &work);
    let again = format!("{grace}/again");
    succeed(&mut there(&world, &["repo", "import", copy.to_str().unwrap(), &again]));
    assert_same(&world.clone(&["--mirror"], &url(&world.site, token.trim(), &again), "again"), &work);
    succeed(&mut there(&world, &["repo", "delete", &full, "--yes"]));
    assert!(!succeed(&mut there(&world, &["repo", "list"])).contains(&full));
    // Nobody else may.
    let said = fail(there(&world, &["user", "list"]).env("GITFLARE_TOKEN", &ada.token));
    assert!(said.contains("not that of an administrator"), "{said}");
}

#[test]
fn an_archive_of_a_running_site_is_restored_into_a_data_folder() {
    let world = World::own();
    let (ada, work) = world.pushed();
    let archive = world.path("site.backup");
    succeed(&mut there(&world, &["backup", archive.to_str().unwrap()]));
    // It goes on as before.
    work.commit("main", &[("later", "after the backup\n")]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    work.git(["update-ref", "refs/heads/main", "main~1"]);
    let folder = world.path("restored");
    let mut restore = host::program();
    restore.arg("--data").arg(folder.join("data")).args(["restore", archive.to_str().unwrap()]);
    succeed(&mut restore);
    let mut home = host::native(&folder, "unused");
    home.start();
    let url = url(&home.site(), &ada.token, &ada.full("demo"));
    assert_same(&world.clone(&["--mirror"], &url, "restored-clone"), &work);
    Browser::new(&home.site()).sign_in(&ada.name, PASSWORD);
    home.command(&["repo", "verify", "--all"], "");
}
