//! History as pages: commits, what each changed, and two revisions beside each other.

use crate::{
    pages::pushed,
    support::{Browser, browser::shown},
};

#[test]
fn commits_lead_to_what_they_changed() {
    let (_world, ada, work, home) = pushed();
    let mut browser = ada.browser();
    let list = browser.get(&format!("{home}/commits/main")).expect(200).text();
    let tip = work.id("main");
    assert!(list.contains(&format!("href=\"{home}/commit/{tip}\"")), "{list}");
    for word in ["octopus", "merge of 4", "round 11"] {
        assert!(shown(&list).contains(word), "{word} is not in {}", shown(&list));
    }
    let file = shown(&browser.get(&format!("{home}/commits/main/src/run.sh")).expect(200).text());
    assert!(file.contains("round 3") && !file.contains("octopus"), "{file}");
    let reply = browser.get(&format!("{home}/commit/{}", &tip[..10]));
    assert_eq!(reply.header("location"), Some(format!("{home}/commit/{tip}").as_str()));
    let change = work.id("main~4");
    let page = browser.get(&format!("{home}/commit/{change}")).expect(200).text();
    assert!(page.contains("<ins>") || page.contains("class=\"add\""), "{page}");
    let octopus = work.id("main~1");
    let page = browser.get(&format!("{home}/commit/{octopus}?parent=3")).expect(200).text();
    assert!(shown(&page).contains("compared with this one"), "{page}");
    browser.get(&format!("{home}/commit/{octopus}?parent=9")).expect(404);
    browser.get(&format!("{home}/commit/0000000")).expect(404);
    browser.get(&format!("{home}/commits/none")).expect(404);
}

#[test]
fn revisions_are_compared_with_two_dots_and_three() {
    let (_world, ada, work, home) = pushed();
    work.git(["push", "-q", &ada.url("demo"), "topic:refs/heads/feature/with/slashes"]);
    let mut browser = ada.browser();
    let page = shown(&browser.get(&format!("{home}/compare/main...feature/with/slashes")).expect(200).text());
    assert!(page.contains("0 commits") && page.contains("behind"), "{page}");
    let page = shown(&browser.get(&format!("{home}/compare/v1..main")).expect(200).text());
    assert!(page.contains("files changed"), "{page}");
    let page = shown(&browser.get(&format!("{home}/compare/main...main")).expect(200).text());
    assert!(page.contains("Both are the same commit"), "{page}");
    browser.get(&format!("{home}/compare/main...none")).expect(404);
}

#[test]
fn branches_and_tags_are_listed_and_found() {
    let (_world, ada, work, home) = pushed();
    work.git(["push", "-q", &ada.url("demo"), "main~3:refs/heads/feature/with/slashes"]);
    let mut browser = ada.browser();
    let page = browser.get(&format!("{home}/branches")).expect(200).text();
    let words = shown(&page);
    assert!(words.contains("Default") && words.contains("0 ahead"), "{words}");
    assert!(page.contains(&format!("href=\"{home}/compare/feature/with/slashes...main\"")), "{page}");
    let found = browser.get(&format!("{home}/branches?q=WITH")).expect(200).text();
    assert!(found.contains(&format!("href=\"{home}/tree/feature/with/slashes\"")), "{found}");
    assert!(!found.contains(&format!("href=\"{home}/tree/topic\"")), "{found}");
    browser.get(&format!("{home}/tree/feature/with/slashes")).expect(200);
    let tags = browser.get(&format!("{home}/tags")).expect(200).text();
    let archive = format!("{home}/archive/refs/tags/v1.zip");
    assert!(tags.contains(&format!("href=\"{archive}\"")), "{tags}");
    browser.get(&archive).expect(200);
    let none = shown(&browser.get(&format!("{home}/tags?q=no-such-tag")).expect(200).text());
    assert!(none.contains("Look among the branches"), "{none}");
}

/// The only way to delete a branch of the reference system was a push.
#[test]
fn a_branch_is_deleted_on_its_page() {
    let (world, ada, work, home) = pushed();
    work.git([
        "push",
        "-q",
        &ada.url("demo"),
        "main~1:refs/heads/feature/with/slashes",
        "main:refs/heads/spare",
    ]);
    let mut browser = ada.browser();
    let address = format!("{home}/branches/delete/feature/with/slashes");
    let list = browser.get(&format!("{home}/branches")).expect(200).text();
    assert!(list.contains(&format!("href=\"{address}\"")), "{list}");
    let page = browser.get(&address).expect(200).text();
    assert!(shown(&page).contains("has every commit that is on it"), "{page}");
    // Between the look and the decision somebody pushes.
    let seen = work.id("main~1");
    work.git(["push", "-q", &ada.url("demo"), "main:refs/heads/feature/with/slashes"]);
    let refused = browser.post(&address, &[("seen", &seen)]).expect(409).text();
    assert!(shown(&refused).contains("moved meanwhile"), "{refused}");
    let tip = work.id("main");
    assert!(refused.contains(&format!("name=\"seen\" value=\"{tip}\"")), "{refused}");
    let reply = browser.post(&address, &[("seen", &tip)]).expect(303);
    assert_eq!(reply.header("location"), Some(format!("{home}/branches?done=deleted").as_str()));
    let refs = world.git(["ls-remote", "--heads", &ada.url("demo")]);
    assert!(!refs.contains("feature/with") && refs.contains("refs/heads/spare"), "{refs}");
    browser.get(&format!("{home}/tree/feature/with/slashes")).expect(404);
    browser.get(&address).expect(404);
    // The default branch stays, whatever is sent.
    let head = format!("{home}/branches/delete/main");
    assert!(shown(&browser.get(&head).expect(422).text()).contains("default branch"));
    browser.post(&head, &[("seen", &tip)]).expect(422);
    // Pushed again it is there again.
    work.git(["push", "-q", &ada.url("demo"), "main:refs/heads/feature/with/slashes"]);
    browser.get(&format!("{home}/tree/feature/with/slashes")).expect(200);
    // Strangers learn nothing, and an archived repository stays as it is.
    Browser::new(&world.site).get(&format!("{home}/branches/delete/spare")).expect(404);
    browser.get(&format!("{home}/settings")).expect(200);
    browser.post(&format!("{home}/settings/archive"), &[]).expect(303);
    browser.get(&format!("{home}/branches/delete/spare")).expect(403);
    browser.post(&format!("{home}/branches/delete/spare"), &[("seen", &tip)]).expect(403);
    assert!(world.git(["ls-remote", "--heads", &ada.url("demo")]).contains("refs/heads/spare"));
}
