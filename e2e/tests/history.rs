//! History as pages: commits, what each changed, and two revisions beside each other.

use crate::{pages::pushed, support::browser::shown};

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
