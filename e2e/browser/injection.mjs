// node injection.mjs BINARY [WORD…]: several hundred attempts to run a script, to load something from elsewhere or to pass
// for a part of the page, in texts, names and addresses. None may get anywhere, and what is content is there to be read.
// Then the same without what stops them: the server is disarmed (which builds for development alone can be), or the browser
// takes escaping and policy back before it looks. There they have to run, or none of this would prove anything.

import { launch, tab } from "./browser.mjs";
import { PASSWORD, serve, Visitor } from "./site.mjs";
import { ADDRESSES, CLOBBERS, MARKDOWN, NAMES, PEOPLE, RAW, REDIRECTS, REFLECTED, REFS, SOURCES } from "./attacks.mjs";
import { push, shown } from "./hostile.mjs";
import { disarmPage, inspect, provoke } from "./inspect.mjs";

const CANARY = "https://canary.invalid/";
// How many look at once.
const EYES = 3;
// What handlers and addresses get to run, in milliseconds.
const PATIENCE = 25;

const [binary, ...words] = process.argv.slice(2);
const armed = await serve(binary);
const bare = await serve(binary, { GITFLARE_DISARMED: "1" });
const browser = await launch(["--disable-remote-fonts"]);
const failures = [];
const complaints = [];
// Texts of which what follows the attempt was not seen: it was taken along.
const unmarked = [];
let attempts = [];

// An attempt: its text, the page to look at, what has to be readable there, and how the armour is taken off.
function attempt(kind, text, then) {
  const id = attempts.length + 1;
  const fill = (it) => it.replaceAll("HIT", `__hit(${id})`).replaceAll("hit(N)", `hit(${id})`).replaceAll("CANARY", CANARY + id);
  const made = { id, kind, text: fill(text) };
  attempts.push(Object.assign(made, then(made, fill)));
}

const repository = "/ada/attacks";
const files = [];
const commits = [];
const refs = [];
const deletions = [];

function plan() {
  const encoded = (path) => path.split("/").map(encodeURIComponent).join("/");
  for (const text of [...MARKDOWN, ...CLOBBERS]) {
    attempt("markdown", text, ({ id, text }) => {
      const path = `md/${id}.md`;
      files.push([path, `${text}\n\nmark${id}\n`]);
      // What never ends takes the mark along: there it need not be seen.
      return { path: `${repository}/blob/main/${path}`, bare: true, mark: `mark${id}` };
    });
  }
  for (const name of NAMES) {
    attempt("file name", name, ({ text }) => {
      if (text.includes("/")) {
        return { skip: true };
      }
      files.push([`names/${text}`, "x\n"]);
      return { path: `${repository}/blob/main/names/${encoded(text)}`, read: text };
    });
    attempt("folder name", name, ({ text }) => {
      if (text.includes("/")) {
        return { skip: true };
      }
      files.push([`folders/${text}/a`, "x\n"], [`folders/${text}/b`, "x\n"]);
      return { path: `${repository}/tree/main/folders/${encoded(text)}`, read: text };
    });
    attempt("commit message", name, ({ id, text }) => {
      commits.push({ id, message: `${text}\n\n${text}\n`, name: "Ada Lovelace", email: "ada@example.org" });
      return { commit: true, read: text };
    });
    attempt("profile", name, ({ text }) => ({ path: "/eve", read: text, before: (eve) => eve.post("/settings", { full_name: text.slice(0, 100), bio: text }) }));
    attempt("description", name, ({ text }) => ({
      path: "/eve/target",
      read: text,
      before: (eve) => eve.post("/eve/target/settings/description", { description: text }, "/eve/target/settings"),
    }));
  }
  for (const name of PEOPLE) {
    attempt("author", name, ({ id, text }) => {
      commits.push({ id, message: "text\n", name: text, email: text.replaceAll(" ", "") });
      return { commit: true, read: text };
    });
  }
  for (const name of REFS) {
    for (const [kind, space] of [["branch", "heads"], ["tag", "tags"]]) {
      attempt(kind, name, ({ text }) => {
        refs.push([`refs/${space}/${text}`, text]);
        if (space === "heads") {
          deletions.push(`${repository}/branches/delete/${encoded(text)}`);
        }
        return { path: `${repository}/tree/${encoded(text)}`, read: text };
      });
    }
  }
  for (const [ending, text] of SOURCES) {
    attempt("source", text, ({ id, text }) => {
      files.push([`src/${id}.${ending}`, text]);
      return { path: `${repository}/blob/main/src/${id}.${ending}?plain=1`, read: text };
    });
  }
  for (const [ending, text] of RAW) {
    attempt("raw", text, ({ id, text }) => {
      files.push([`raw/${id}.${ending}`, text]);
      return { path: `${repository}/raw/main/raw/${id}.${ending}`, raw: true };
    });
  }
  for (const address of ADDRESSES) {
    for (const text of REFLECTED) {
      attempt("address", text, ({ text }) => ({ path: address.replaceAll("VALUE", encodeURIComponent(text)) }));
    }
  }
  attempts = attempts.filter((it) => !it.skip && (words.length === 0 || words.some((word) => it.kind.includes(word))));
}

// Windows for one way of looking. `ran` gets the numbers of what ran or called elsewhere.
async function eyesOf(url, ran, { disarmed = false, stripped = false } = {}) {
  const page = await tab(browser, url, { name: "ada", width: 1280, theme: "light" }, null);
  const context = page.context();
  await context.exposeBinding("__hit", (_, id) => void ran.add(Number(id)));
  context.on("request", (request) => {
    if (request.url().startsWith(CANARY)) {
      ran.add(Number(request.url().slice(CANARY.length).replace(/\D.*/, "")));
    } else if (!disarmed && !stripped && !request.url().startsWith(url) && !request.url().startsWith("data:")) {
      failures.push(`asked elsewhere: ${request.url()}`);
    }
  });
  context.on("dialog", (dialog) => void dialog.dismiss());
  if (stripped) {
    await disarmPage(context);
  }
  if (!disarmed && !stripped) {
    context.on("console", (message) => {
      if (/Content Security Policy|Trusted|Refused to/i.test(message.text())) {
        complaints.push(`${message.page()?.url()}: ${message.text()}`);
      }
    });
  }
  const more = Array.from({ length: EYES - 1 }, () => context.newPage());
  return [page, ...(await Promise.all(more))];
}

async function look(page, url, it) {
  const response = await page.goto(url + it.path, { waitUntil: "load", timeout: 15_000 }).catch((error) => {
    // A download is no page.
    if (!/Download is starting|ERR_ABORTED|interrupted by another navigation/.test(error.message)) {
      throw error;
    }
  });
  await page.evaluate(provoke).catch(() => {});
  await page.waitForTimeout(PATIENCE);
  const found = await page.evaluate(inspect).catch(() => ({ clobbered: false, wrong: [], text: "" }));
  return { response, ...found };
}

async function lookArmed(page, it, ran) {
  const before = ran.size;
  const { response, clobbered, wrong, text } = await look(page, armed.url, it);
  const say = (words) => failures.push(`${it.kind} ${it.id} ${JSON.stringify(it.text ?? it.path)}: ${words}\n    ${it.path}`);
  if (ran.size > before || clobbered) {
    say("ran");
  }
  if (it.raw) {
    const type = response?.headers()["content-type"] ?? "download";
    if (!/^(text\/plain; charset=utf-8|image\/(png|gif)|video\/mp4|download)$/.test(type)) {
      say(`is handed out as ${type}`);
    }
    return;
  }
  if (!response || response.status() >= 500) {
    say(`answers ${response?.status()}`);
  }
  if (!(response?.headers()["content-type"] ?? "").startsWith("text/html")) {
    return;
  }
  wrong.forEach(say);
  if (it.mark && !text.includes(it.mark)) {
    unmarked.push(it);
  }
  if (it.read && !shown(text).includes(shown(it.read))) {
    say("cannot be read");
  }
}

// Does it for all, with as many eyes as there are.
async function all(list, eyes, work) {
  const queue = [...list];
  await Promise.all(
    eyes.map(async (page) => {
      for (let it = queue.shift(); it; it = queue.shift()) {
        await work(page, it);
      }
    }),
  );
}

function redirects(visitor) {
  return Promise.all(
    REDIRECTS.map(async (next) => {
      const response = await visitor.send(`/login?next=${encodeURIComponent(next)}`);
      const to = new URL(response.headers.get("location") ?? "/", armed.url);
      if (to.origin !== armed.url || response.status >= 500) {
        failures.push(`redirect ${JSON.stringify(next)}: leads to ${to}`);
      }
    }),
  );
}

// What shows many of them at once.
const OVERVIEWS = [
  repository,
  `${repository}/branches`,
  `${repository}/tags`,
  `${repository}/commits`,
  `${repository}/commit/first`,
  `${repository}/compare/first...main`,
  `${repository}/tree/main/names`,
  `${repository}/tree/main/folders`,
  `${repository}/find/main`,
  `${repository}/settings`,
  "/eve?tab=stars",
  "/explore",
  "/admin/users",
  "/admin/users/eve",
  "/admin/repositories",
  "/admin/audit",
  "/admin/registration",
  "/settings/tokens",
  "/settings/sessions",
  "/invitations",
];

const began = Date.now();
try {
  plan();
  const [ids] = await Promise.all([armed, bare].map((site) => push(site, { files, commits, refs })));
  for (const it of attempts.filter((it) => it.commit)) {
    it.path = `${repository}/commit/${ids.get(it.id)}`;
  }
  const ada = await new Visitor(armed.url).signIn("ada");
  const eve = new Visitor(armed.url);
  await ada.post("/admin/registration", { mode: "open" });
  await eve.post("/signup", { name: "eve", email: "eve@example.org", password: PASSWORD });
  await eve.post("/new", { name: "target", visibility: "public" });
  await ada.post("/settings/tokens", { name: NAMES[0].replaceAll("HIT", "__hit(0)"), expires: "90", allow: "own", scope: "all" });
  await ada.post("/admin/invitations", { note: NAMES[2].replaceAll("HIT", "__hit(0)"), uses: "5", days: "7", role: "read" }, "/admin/registration");
  const odd = new Visitor(armed.url);
  await odd.post("/login", { name: "ada", password: PASSWORD }, "/login", { "user-agent": "Chrome/1 <img src=x onerror=__hit(0)>" });

  // With everything on.
  const ran = new Set();
  const eyes = await eyesOf(armed.url, ran);
  const strippedRan = new Set();
  const stripped = await eyesOf(armed.url, strippedRan, { stripped: true });
  const changing = attempts.filter((it) => it.before);
  const steady = attempts.filter((it) => !it.before);
  await all(steady, eyes, (page, it) => lookArmed(page, it, ran));
  await all([...OVERVIEWS, ...deletions], eyes, (page, path) => lookArmed(page, { kind: "overview", path }, ran));
  if (words.length === 0) {
    await redirects(ada);
  }
  // What a page shows now is somebody's only name: one after the other, and without armour in between.
  for (const it of changing) {
    if (!(await it.before(eve).catch(() => null))) {
      it.refused = true;
      continue;
    }
    await lookArmed(eyes[0], it, ran);
    await look(stripped[0], armed.url, it);
  }
  for (const path of ["/", "/explore", "/admin/users/eve", "/admin/repositories"]) {
    await lookArmed(eyes[0], { kind: "overview", path }, ran);
  }

  // And without.
  const bareRan = new Set();
  const bareEyes = await eyesOf(bare.url, bareRan, { disarmed: true });
  await all(attempts.filter((it) => it.bare), bareEyes, async (page, it) => {
    const { clobbered } = await look(page, bare.url, it);
    if (clobbered) {
      bareRan.add(it.id);
    }
  });
  const rest = steady.filter((it) => !it.bare && !(it.kind === "address" && it.id % 2 === 0));
  await all(rest, stripped, (page, it) => look(page, armed.url, it));

  const kinds = [...new Set(attempts.map((it) => it.kind))];
  const loose = (it) => (it.bare ? bareRan : strippedRan).has(it.id);
  for (const kind of kinds) {
    const of = attempts.filter((it) => it.kind === kind);
    const without = of.filter(loose);
    const some = kind === "author" ? 0 : 1;
    console.log(`${kind}: ${of.length} attempts, ${of.filter((it) => ran.has(it.id)).length} ran; ${without.length} run without armour`);
    if (without.length < some) {
      failures.push(`${kind}: nothing runs without armour, so this proves nothing`);
    }
    if (process.env.VERBOSE) {
      console.log(of.filter((it) => !loose(it)).map((it) => `    ${it.id} ${JSON.stringify(it.text)}`).join("\n"));
    }
  }
  const marked = attempts.filter((it) => it.mark).length;
  console.log(`markdown: what follows ${marked - unmarked.length} of ${marked} attempts can be read`);
  if (process.env.VERBOSE) {
    console.log(unmarked.map((it) => `    ${it.id} ${JSON.stringify(it.text)}`).join("\n"));
  }
  if (unmarked.length > marked / 10) {
    failures.push(`markdown: ${unmarked.length} of ${marked} attempts hide what follows them, or are not shown at all`);
  }
  const count = attempts.length + (words.length === 0 ? REDIRECTS.length : 0);
  const without = attempts.filter(loose).length;
  console.log(`injection: ${count} attempts, ${ran.size} ran, ${without} run without armour; ${Math.round((Date.now() - began) / 1000)} s`);
  if (words.length === 0 && (count < 300 || without < 300)) {
    failures.push("too few attempts, or too few of them that run without armour");
  }
} finally {
  await browser.close();
  armed.stop();
  bare.stop();
}
for (const failure of [...failures, ...complaints]) {
  console.error(failure);
}
process.exit(failures.length + complaints.length === 0 ? 0 : 1);
