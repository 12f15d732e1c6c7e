//! The groups code and git data of the API on real repositories, with stock git as the oracle.

use base64::Engine as _;
use serde_json::Value;

use crate::support::{Local, Reply, Request, User, World};

/// A repository with a little of everything, and somebody who may read it.
struct Scene {
    _world: World,
    ada: User,
    work: Local,
    base: String,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        let (ada, work) = world.pushed();
        work.git(["push", "-q", &ada.url("demo"), "topic:refs/heads/feature/with/slashes"]);
        let base = format!("/api/v3/repos/{}", ada.full("demo"));
        Self { _world: world, ada, work, base }
    }

    fn form(&self, path: &str, form: &str) -> Reply {
        let request = Request::get(format!("{}/{path}", self.base));
        let accept = format!("application/vnd.github.{form}+json");
        let request = request.header("Authorization", format!("Bearer {}", self.ada.token));
        self.ada.site.send(&request.header("Accept", accept))
    }

    fn get(&self, path: &str) -> Value {
        self.form(path, "v3").expect(200).json()
    }

    fn git(&self, words: &[&str]) -> String {
        self.work.git(words).trim_end().to_owned()
    }
}

/// One field of every thing in a list.
fn every(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn decoded(json: &Value) -> Vec<u8> {
    let text = json["content"].as_str().unwrap().replace('\n', "");
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

#[test]
fn branches_tags_and_refs() {
    let scene = Scene::new();
    let branches = scene.get("branches?per_page=100");
    let mut names = lines(&scene.git(&["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"]));
    names.push("feature/with/slashes".into());
    names.sort();
    assert_eq!(every(&branches, "name"), names);
    let branch = scene.get("branches/feature/with/slashes");
    assert_eq!(branch["commit"]["sha"], scene.work.id("topic").as_str());
    let gone = scene.form("branches/main/src", "v3").expect(404).json();
    assert_eq!(gone["message"], "Branch not found");
    let tags = scene.get("tags");
    let v1 = tags.as_array().unwrap().iter().find(|tag| tag["name"] == "v1").unwrap();
    assert_eq!(v1["commit"]["sha"], scene.work.id("v1^{commit}").as_str());
    let one = scene.get("git/ref/tags/v1");
    assert_eq!((&one["object"]["type"], &one["object"]["sha"]), (&"tag".into(), &scene.work.id("v1").into()));
    scene.form("git/ref/tags/v", "v3").expect(404);
    assert_eq!(
        every(&scene.get("git/matching-refs/heads/t"), "ref"),
        ["refs/heads/third", "refs/heads/topic"]
    );
    let tag = scene.get(&format!("git/tags/{}", scene.work.id("nested")));
    assert_eq!((&tag["object"]["type"], &tag["message"]), (&"tag".into(), &"a tag of a tag".into()));
}

#[test]
fn commits_as_git_log_lists_them() {
    let scene = Scene::new();
    let shas = |path: &str| every(&scene.get(path), "sha");
    assert_eq!(shas("commits?per_page=100"), lines(&scene.git(&["log", "--format=%H", "main"])));
    let some = lines(&scene.git(&["log", "--format=%H", "--skip=6", "-3", "main"]));
    assert_eq!(shas("commits?per_page=3&page=3&sha=heads/main"), some);
    let path = lines(&scene.git(&["log", "--format=%H", "v1", "--", "src/run.sh"]));
    assert_eq!(shas("commits?path=src/run.sh&sha=v1&per_page=100"), path);
    assert!(shas("commits?author=nobody-here").is_empty());
    scene.form("commits?sha=none", "v3").expect(404);
    let octopus = scene.work.id("main~1");
    let one = scene.get(&format!("commits/{octopus}"));
    let parents = scene.git(&["log", "-1", "--format=%P", &octopus]);
    assert_eq!(every(&one["parents"], "sha").join(" "), parents);
    let change = scene.work.id("v1");
    let one = scene.get(&format!("commits/{}", scene.work.id("v1^{commit}")));
    let stat = scene.git(&["diff", "--numstat", "v1^{commit}~1", "v1^{commit}"]);
    let told = one["files"].as_array().unwrap().iter().map(|file| {
        let filename = file["filename"].as_str().unwrap();
        format!("{}\t{}\t{filename}", file["additions"], file["deletions"])
    });
    assert_eq!(told.collect::<Vec<_>>(), lines(&stat));
    let patch = scene.git(&["diff", "v1^{commit}~1", "v1^{commit}", "--", "README.md"]);
    let hunks = patch.split_once("\n@@").unwrap().1;
    assert_eq!(one["files"][0]["patch"], format!("@@{hunks}").as_str());
    // The id of a tag leads to the commit, but is none.
    assert_eq!(scene.get(&format!("commits/{change}"))["sha"], one["sha"]);
    scene.form(&format!("git/commits/{change}"), "v3").expect(404);
    let diff = scene.form("commits/main", "diff").expect(200).text();
    assert!(diff.starts_with("diff --git a/last b/last\n"), "{diff}");
    let mail = scene.form("commits/main", "patch").expect(200).text();
    assert!(mail.starts_with(&format!("From {} ", scene.work.id("main"))), "{mail}");
    assert_eq!(scene.form("commits/v1", "sha").expect(200).text(), scene.work.id("v1^{commit}"));
    scene.form("commits/none", "v3").expect(422);
}

#[test]
fn comparisons_as_git_counts_them() {
    let scene = Scene::new();
    let found = scene.get("compare/topic...main");
    assert_eq!(found["ahead_by"].to_string(), scene.git(&["rev-list", "--count", "topic..main"]));
    assert_eq!(found["behind_by"].to_string(), scene.git(&["rev-list", "--count", "main..topic"]));
    assert_eq!(found["merge_base_commit"]["sha"], scene.git(&["merge-base", "topic", "main"]).as_str());
    let mut commits = every(&found["commits"], "sha");
    commits.sort();
    let mut wanted = lines(&scene.git(&["rev-list", "topic..main"]));
    assert_eq!(commits.len(), wanted.len());
    assert_eq!(every(&found["commits"], "sha").last(), wanted.first(), "the oldest first");
    wanted.sort();
    assert_eq!(commits, wanted);
    let files = scene.git(&["diff", "--name-only", "topic...main"]);
    assert_eq!(every(&found["files"], "filename"), lines(&files));
    let page = scene.get("compare/topic...main?per_page=2&page=2");
    assert_eq!(every(&page["commits"], "sha"), every(&found["commits"], "sha")[2..4]);
    assert_eq!(scene.get("compare/main...main")["status"], "identical");
    let diff = scene.form("compare/topic...main", "diff").expect(200).text();
    assert!(diff.starts_with("diff --git "), "{diff}");
    scene.form("compare/none...main", "v3").expect(404);
}

#[test]
fn contents_and_objects_are_gits_own() {
    let scene = Scene::new();
    let readme = scene.get("readme");
    let git = |words: &[&str]| scene.work.git(words).into_bytes();
    assert_eq!((decoded(&readme), &readme["name"]), (git(&["show", "main:README.md"]), &"README.md".into()));
    scene.work.commit("guides", &[("guides/README.md", "# Guides\n")]);
    scene.work.git(["push", "-q", &scene.ada.url("demo"), "guides"]);
    let guides = scene.get("readme/guides?ref=guides");
    assert_eq!((decoded(&guides), &guides["path"]), (b"# Guides\n".to_vec(), &"guides/README.md".into()));
    let old = scene.get("contents/src/deep/file.txt?ref=v1");
    assert_eq!(decoded(&old), git(&["show", "v1:src/deep/file.txt"]));
    assert_eq!(old["sha"], scene.work.id("v1:src/deep/file.txt").as_str());
    let raw = scene.form("contents/src/run.sh?ref=feature/with/slashes", "raw").expect(200);
    assert_eq!(raw.body, git(&["show", "topic:src/run.sh"]));
    let folder = scene.get("contents/src");
    assert_eq!(every(&folder, "type"), ["dir", "file"]);
    assert_eq!(
        scene.form("contents/src", "object").expect(200).json()["sha"],
        scene.work.id("main:src").as_str()
    );
    // A link to a file is answered by the file.
    let link = scene.get("contents/link");
    assert_eq!((&link["type"], &link["sha"]), (&"file".into(), &scene.work.id("main:README.md").into()));
    let none = scene.form("contents/README.md?ref=none", "v3").expect(404).json();
    assert_eq!(none["message"], "No commit found for the ref none");
    scene.form("contents/none", "v3").expect(404);
    let html = scene.form("readme", "html").expect(200);
    assert!(html.header("content-type").is_some_and(|kind| kind.starts_with("application/vnd.github.html")));
    let blob = scene.get(&format!("git/blobs/{}", scene.work.id("main:README.md")));
    assert_eq!(decoded(&blob), git(&["show", "main:README.md"]));
    let tree = scene.get("git/trees/main?recursive=1");
    let told = tree["tree"].as_array().unwrap().iter().map(|entry| {
        let text = |field: &str| entry[field].as_str().unwrap().to_owned();
        format!("{} {} {}\t{}", text("mode"), text("type"), text("sha"), text("path"))
    });
    assert_eq!(told.collect::<Vec<_>>(), lines(&scene.git(&["ls-tree", "-r", "-t", "main"])));
    let commit = scene.get(&format!("git/commits/{}", scene.work.id("main")));
    assert_eq!(commit["tree"]["sha"], scene.work.id("main^{tree}").as_str());
}

#[test]
fn archives_of_a_private_repository_follow_their_redirect() {
    let scene = Scene::new();
    for (operation, start) in [("tarball", &b"\x1f\x8b"[..]), ("zipball", b"PK")] {
        let reply = scene.form(&format!("{operation}/refs/tags/v1"), "v3").expect(302);
        let url = reply.header("location").unwrap().to_owned();
        let path = url.strip_prefix(&scene.ada.site.url("")).unwrap_or_else(|| panic!("{url} is elsewhere"));
        scene.ada.site.get(path).expect(404);
        let request = Request::get(path).header("Authorization", format!("Bearer {}", scene.ada.token));
        assert!(scene.ada.site.send(&request).expect(200).body.starts_with(start), "{operation}");
    }
}

#[test]
fn an_empty_repository_is_told_from_a_missing_one() {
    let world = World::new();
    let ada = world.user("ada");
    let get = |path: &str| {
        let request = Request::get(format!("/api/v3{path}"));
        ada.site.send(&request.header("Authorization", format!("Bearer {}", ada.token)))
    };
    let made =
        Request::new("POST", "/api/v3/user/repos").header("Authorization", format!("Bearer {}", ada.token));
    ada.site.send(&made.json(&serde_json::json!({ "name": "bare" }))).expect(201);
    let base = format!("/repos/{}", ada.full("bare"));
    for path in ["commits", "commits/main", "git/trees/main", "git/ref/heads/main"] {
        let reply = get(&format!("{base}/{path}")).expect(409);
        assert_eq!(reply.json()["message"], "Git Repository is empty.", "{path}");
    }
    assert_eq!(get(&format!("{base}/branches")).expect(200).json(), Value::Array(Vec::new()));
    get(&format!("{base}/readme")).expect(404);
    get(&format!("/repos/{}/commits", ada.full("none"))).expect(404);
}
