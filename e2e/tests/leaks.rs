//! A private repository, looked for through every route by those who may not know of it, right after its owner has read
//! everything. Nothing may differ from a repository that is not there.

use crate::support::{
    Browser, Local, Reply, Request, User, World,
    wire::{RECEIVE, UPLOAD, ZERO, advertisement, exchange, ls_refs_body, push_body},
};

/// Every path of the site.
const ROUTES: &str = include_str!("../routes.txt");
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Three names of one length: of the repository, of none, and what the repository was called before.
const HIDDEN: &str = "zq-hidden";
const ABSENT: &str = "zq-absent";
const FORMER: &str = "zq-former";

/// Words that stand in the repository and nowhere else.
const MARKS: [&str; 5] =
    [HIDDEN, FORMER, "mark-of-the-description", "mark-of-the-branch", "mark-of-the-file"];

/// Who asks.
struct Visitor {
    who: &'static str,
    browser: Browser,
    headers: Vec<(String, String)>,
}

struct Scene {
    world: World,
    ada: User,
    work: Local,
    /// Tags of what the owner's browser has, which others may guess.
    etags: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        let ada = world.user("ada");
        let work = world.history("work");
        work.commit("mark-of-the-branch", &[("mark-of-the-file", "mark-of-the-file\n")]);
        work.git(["push", "-q", "--mirror", &ada.url(FORMER)]);
        let mut owner = ada.browser();
        let settings = format!("/{}/settings", ada.full(FORMER));
        owner.get(&settings).expect(200);
        owner
            .post(&format!("{settings}/description"), &[("description", "mark-of-the-description")])
            .expect(303);
        owner.post(&format!("{settings}/name"), &[("name", HIDDEN)]).expect(303);
        let mut scene = Self { world, ada, work, etags: Vec::new() };
        scene.read_everything(&mut owner);
        scene
    }

    /// Whatever a cache could keep, is in it now.
    fn read_everything(&mut self, owner: &mut Browser) {
        let mut read = 0;
        let paths: Vec<String> =
            self.paths().into_iter().flat_map(|path| self.filled(path, HIDDEN)).collect();
        for path in paths {
            let reply = owner.get(&path);
            read += usize::from(reply.status == 200);
            self.etags.extend(reply.header("etag").map(str::to_owned));
        }
        assert!(read > 8, "the owner saw only {read} pages");
        self.world.clone(&["--mirror"], &self.ada.url(HIDDEN), "owner");
        self.world.git(["-c", "protocol.version=0", "ls-remote", &self.ada.url(HIDDEN)]);
    }

    fn paths(&self) -> Vec<&'static str> {
        ROUTES.lines().filter(|line| line.starts_with('/')).collect()
    }

    /// A path with everything filled in that it may be filled with.
    fn filled(&self, path: &str, repository: &str) -> Vec<String> {
        let full = self.ada.full(repository);
        let id = self.work.id("main");
        let rests = if path == "/api/{*rest}" {
            ["", "/contents/README.md", "/branches", "/tags"]
                .map(|rest| format!("v3/repos/{full}{rest}"))
                .to_vec()
        } else if let Some(rests) = self.rests_of(path) {
            rests
        } else {
            vec![
                "main".into(),
                "main/src/run.sh".into(),
                "mark-of-the-branch/mark-of-the-file".into(),
                id.clone(),
                format!("{id}/README.md"),
            ]
        };
        let path = path.replace("{owner}", &self.ada.name).replace("{repository}", repository);
        let path = ["{account}", "{user}", "{name}"]
            .iter()
            .fold(path, |path, placeholder| path.replace(placeholder, &self.ada.name));
        let ones = ["{file}", "{hash}", "{id}", "{number}", "{setting}"];
        let path = ones.iter().fold(path, |path, name| path.replace(name, "1"));
        let path = path.replace("{sha}", &id);
        if path.contains("{*rest}") {
            rests.iter().map(|rest| path.replace("{*rest}", rest)).collect()
        } else {
            assert!(!path.contains('{'), "{path}: say what to fill in");
            vec![path]
        }
    }

    /// What the API takes at the end of a path where that is no revision with a path behind it: something that is there.
    fn rests_of(&self, path: &str) -> Option<Vec<String>> {
        let operation = path.strip_prefix("/api/v3/repos/{owner}/{repository}/")?;
        let rests: &[&str] = match operation {
            "compare/{*rest}" => &["main...mark-of-the-branch"],
            "contents/{*rest}" => &["README.md", "src", "src/run.sh"],
            "readme/{*rest}" => &["src", "deep"],
            "git/ref/{*rest}" => &["heads/main", "heads/mark-of-the-branch"],
            "git/matching-refs/{*rest}" => &["heads", "heads/mark-of-the-branch"],
            "branches/{*rest}" => &["main", "mark-of-the-branch"],
            _ => return None,
        };
        Some(rests.iter().map(|rest| (*rest).to_owned()).collect())
    }

    fn visitors(&self) -> Vec<Visitor> {
        let eve = self.world.user("eve");
        let visitor = |who, browser, headers: &[(&str, String)]| Visitor {
            who,
            browser,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        };
        let nobody = Browser::new(&self.world.site);
        let etags = self.etags.join(", ");
        let mut visitors = vec![
            visitor("nobody", nobody.clone(), &[]),
            visitor("a stranger", eve.browser(), &[]),
            visitor(
                "a stranger's token",
                nobody.clone(),
                &[("Authorization", format!("Bearer {}", eve.token))],
            ),
        ];
        if !self.etags.is_empty() {
            visitors.push(visitor("who guesses tags", nobody, &[("If-None-Match", etags)]));
        }
        visitors
    }
}

impl Visitor {
    fn ask(&mut self, method: &'static str, path: &str) -> Reply {
        let mut request = Request::new(method, path);
        for (name, value) in &self.headers {
            request = request.header(name, value.clone());
        }
        if !matches!(method, "GET" | "HEAD") {
            let token = self.browser.form_token.clone();
            let fields =
                [("name", "mine"), ("description", "mine"), ("visibility", "public"), ("branch", "main")];
            let more =
                [("account", "somebody"), ("role", "admin"), ("confirm", "x/y"), ("_token", token.as_str())];
            request = request.header("Sec-Fetch-Site", "same-origin").form(&[&fields[..], &more].concat());
        }
        self.browser.send(request)
    }
}

#[test]
fn no_page_and_no_operation_tells_hidden_from_missing() {
    let scene = Scene::new();
    let mut visitors = scene.visitors();
    let mut compared = 0;
    for path in
        scene.paths().into_iter().filter(|path| path.contains("{repository}") || path.contains("{*rest}"))
    {
        let [hidden, former, absent] = [HIDDEN, FORMER, ABSENT].map(|name| scene.filled(path, name));
        for visitor in &mut visitors {
            for method in METHODS {
                for (n, absent) in absent.iter().enumerate() {
                    let missing = visitor.ask(method, absent).neutral(ABSENT);
                    for (name, path) in [(HIDDEN, &hidden[n]), (FORMER, &former[n])] {
                        let found = visitor.ask(method, path).neutral(name);
                        assert_eq!(found, missing, "{method} {path} as {}", visitor.who);
                        assert!(
                            !matches!(found.status, 200..300 | 304 | 500..),
                            "{method} {path}: {}",
                            found.status
                        );
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 300, "only {compared}");
}

#[test]
fn no_other_page_names_it() {
    let scene = Scene::new();
    let mut visitors = scene.visitors();
    for path in scene.paths().into_iter().filter(|path| !path.contains("{repository}")) {
        for path in scene.filled(path, ABSENT) {
            for visitor in &mut visitors {
                let reply = visitor.ask("GET", &path);
                let said = format!("{:?}\n{}", reply.headers, reply.text());
                for mark in MARKS {
                    assert!(!said.contains(mark), "{path} as {} names {mark}: {said}", visitor.who);
                }
            }
        }
    }
}

#[test]
fn git_tells_nobody_more_than_pages_do() {
    let scene = Scene::new();
    let eve = scene.world.user("eve");
    let site = &scene.world.site;
    let tip = scene.work.id("main");
    let requests = |name: &str| -> Vec<Request> {
        let full = scene.ada.full(name);
        let mut all = Vec::new();
        for service in [UPLOAD, RECEIVE] {
            for protocol in ["version=0", "version=1", "version=2"] {
                all.push(advertisement(&full, service).header("Git-Protocol", protocol));
                for body in [
                    &b""[..],
                    b"0000",
                    &ls_refs_body(),
                    &push_body(&[(ZERO, &tip, "refs/heads/x")], "report-status", &[]),
                ] {
                    all.push(exchange(&full, service).header("Git-Protocol", protocol).body(body));
                }
            }
            all.push(exchange(&full, service).chunks(["0000"]));
            all.push(exchange(&full, service).header("Content-Encoding", "gzip").body("0000"));
            all.push(exchange(&full, service).header("Content-Encoding", "br").body("0000"));
            all.push(Request::post(format!("/{full}.git/{service}")).body("0000"));
            all.push(Request::get(format!("/{full}.git/{service}")));
            all.push(Request::get(format!("/{full}/info/refs?service={service}")));
        }
        for rest in [
            "/info/refs",
            "/info/refs?service=git-shell",
            "/HEAD",
            "/objects/info/packs",
            "/objects/pack/x",
            "/config",
        ] {
            all.push(Request::get(format!("/{full}.git{rest}")));
            all.push(Request::get(format!("/{full}{rest}")));
        }
        all
    };
    let credentials = [None, Some(eve.token.as_str()), Some("gitflare_pat_nonsense"), Some("a password")];
    let [hidden, former, absent] = [HIDDEN, FORMER, ABSENT].map(requests);
    for token in credentials {
        let ask = |request: &Request, name: &str| {
            let request = token.map_or(request.clone(), |token| request.clone().token(token));
            site.send(&request).neutral(name)
        };
        for n in 0..absent.len() {
            let missing = ask(&absent[n], ABSENT);
            for (request, name) in [(&hidden[n], HIDDEN), (&former[n], FORMER)] {
                let found = ask(request, name);
                assert_eq!(found, missing, "{} {} with {token:?}", request.method, request.path);
                assert!(!matches!(found.status, 200..300 | 500..), "{}: {}", request.path, found.status);
            }
        }
    }
    // And it was there all the time.
    scene.world.git(["ls-remote", &scene.ada.url(HIDDEN)]);
}
