// A site for the browser to look at: a fresh server with people, repositories and a real history in it.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const PASSWORD = "correct horse battery";

// One browser without eyes: it keeps its cookie and sends the form's own token.
export class Visitor {
  constructor(url) {
    this.url = url;
    this.cookie = "";
  }

  async send(path, options = {}) {
    const headers = { cookie: this.cookie, "sec-fetch-site": "same-origin", ...options.headers };
    const response = await fetch(this.url + path, { redirect: "manual", ...options, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(";");
      if (pair.startsWith("session=")) {
        this.cookie = pair;
      }
    }
    return response;
  }

  async post(path, fields, from = path, headers = {}) {
    const page = await (await this.send(from)).text();
    const token = /name="_token" value="([^"]*)"/.exec(page)?.[1] ?? "";
    const body = new URLSearchParams({ _token: token, ...fields });
    const response = await this.send(path, { method: "POST", body, headers });
    if (response.status >= 400) {
      const title = /<title>([^<]*)/.exec(await response.text())?.[1];
      throw new Error(`POST ${path}: ${response.status} ${title}`);
    }
    return response;
  }

  async signIn(name) {
    await this.post("/login", { name, password: PASSWORD });
    return this;
  }
}

// A site with people and repositories.
export async function start(binary, root) {
  const site = await serve(binary);
  try {
    await fill(site.url, site.token, binary, site.data, root);
    return site;
  } catch (error) {
    site.stop();
    throw error;
  }
}

// A fresh server, where ada is the administrator and has this token.
export async function serve(binary, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), "gitflare-browser-"));
  const data = join(folder, "data");
  const stdio = ["ignore", "pipe", "ignore"];
  const server = spawn(binary, ["--data", data, "--listen", "127.0.0.1:0"], { stdio, env: { ...process.env, ...env } });
  const stop = () => {
    server.kill("SIGTERM");
    server.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  };
  try {
    const lines = createInterface({ input: server.stdout });
    const said = {};
    for await (const line of lines) {
      const [, key, value] = /^(listening on|setup:) (.*)$/.exec(line) ?? [];
      said[key] = value;
      if (said["setup:"]) {
        break;
      }
    }
    const url = said["listening on"];
    const setup = new URL(said["setup:"]).searchParams.get("token");
    const body = new URLSearchParams({ token: setup, name: "ada", password: PASSWORD, email: "ada@example.org" });
    const done = await fetch(`${url}/setup`, { method: "POST", body, headers: { accept: "application/json" } });
    const { token } = await done.json();
    return { url, token, data, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

async function fill(url, token, binary, data, root) {
  for (const name of ["grace", "linus"]) {
    execFileSync(binary, ["--data", data, "user", "add", name, "--email", `${name}@example.org`, "--password-stdin"], {
      input: `${PASSWORD}\n`,
      stdio: ["pipe", "ignore", "ignore"],
    });
  }
  const ada = await new Visitor(url).signIn("ada");
  for (const [name, description, visibility] of [
    ["gitflare", "Git hosting in one program, and on the edge", "public"],
    ["engine", "Notes on an analytical engine that computes the numbers of Bernoulli", "public"],
    ["letters", "", "private"],
    ["empty", "Nothing yet", "public"],
  ]) {
    await ada.post("/new", { name, description, visibility });
  }
  const target = url.replace("://", `://ada:${token}@`);
  const quiet = { cwd: root, stdio: "ignore" };
  const head = history(root);
  execFileSync("git", ["push", `${target}/ada/gitflare.git`, `${head}:refs/heads/main`], quiet);
  refs(root, head, `${target}/ada/gitflare.git`);
  execFileSync("git", ["push", `${target}/ada/engine.git`, `${head}:refs/heads/main`], quiet);
  for (const [name, description, website, topics] of [
    ["gitflare", "Git hosting in one program, and on the edge", "https://example.org/gitflare/", "git rust self-hosted sqlite"],
    ["engine", "Notes on an analytical engine that computes the numbers of Bernoulli", "", "mathematics sqlite"],
  ]) {
    await ada.post(`/ada/${name}/settings/description`, { description, website, topics }, `/ada/${name}/settings`);
  }
  await ada.post("/ada/engine/settings/archive", {}, "/ada/engine/settings");
  await ada.post("/settings", { full_name: "Ada Lovelace", bio: "Notes on engines, and on what they may do one day." });
  for (const [name, role] of [["grace", "maintain"], ["linus", "write"]]) {
    await ada.post("/ada/gitflare/settings/collaborators", { account: name, role }, "/ada/gitflare/settings");
  }
  await ada.post("/ada/letters/settings/collaborators", { account: "grace", role: "read" }, "/ada/letters/settings");
  const linus = await new Visitor(url).signIn("linus");
  const asked = /action="(\/invitations\/\d+)"/.exec(await (await linus.send("/invitations")).text());
  await linus.post(asked[1], {}, "/invitations");
  const grace = await new Visitor(url).signIn("grace");
  for (const visitor of [grace, linus]) {
    await visitor.post("/ada/gitflare/star", {}, "/ada/gitflare");
  }
  await grace.post("/new", { name: "compiler", description: "A-0 and what came after", visibility: "public" });
  const access = { name: "laptop", expires: "90", allow: "own", scope: "all" };
  await ada.post("/settings/tokens", access);
  await ada.post("/admin/invitations", { note: "The reading group", uses: "5", days: "7", role: "read" }, "/admin/registration");
}

const PEOPLE = [
  { NAME: "Ada Lovelace", EMAIL: "ada@example.org" },
  { NAME: "Grace Hopper", EMAIL: "grace@example.org" },
  { NAME: "Linus", EMAIL: "linus@example.org" },
];

// Git in this repository, as one of them. Objects that it makes are left for git to collect; no ref changes.
function as(root, person, date) {
  const env = { ...process.env };
  for (const [key, value] of Object.entries({ ...person, DATE: date })) {
    env[`GIT_AUTHOR_${key}`] = env[`GIT_COMMITTER_${key}`] = value;
  }
  return (args, input) => execFileSync("git", args, { cwd: root, env, input, encoding: "utf8", maxBuffer: 1 << 26 }).trim();
}

// The last commits of this repository, as if these people had made them: pages with names that do not change.
function history(root) {
  const log = as(root, PEOPLE[0], "1790000000 +0000")(["log", "-60", "--first-parent", "--format=%T%x00%at%x00%B%x01", "HEAD"]);
  let tip = null;
  const commits = log.split("\x01").map((it) => it.trim()).filter((it) => it && !/\0merge[: ]/i.test(it)).reverse();
  for (const [at, commit] of commits.entries()) {
    const [tree, time, message] = commit.split("\0");
    const git = as(root, PEOPLE[(at * 7) % 5 % 3], `${time} +0000`);
    tip = git(["commit-tree", tree, ...(tip ? ["-p", tip] : []), "-F", "-"], at === 0 ? "workspace: the beginning" : message);
  }
  return tip;
}

// A second branch and two tags.
function refs(root, head, target) {
  const who = { ...PEOPLE[0], DATE: "1790000000 +0000" };
  const git = as(root, PEOPLE[0], who.DATE);
  const topic = git(["commit-tree", `${head}^{tree}`, "-p", head, "-m", "Try other colours for the lines of a diff"]);
  const tagger = `${who.NAME} <${who.EMAIL}> ${who.DATE}`;
  const said = "The first that works\n\n- pushes and fetches\n- pages for code and history\n";
  const tag = git(["mktag"], `object ${head}\ntype commit\ntag v0.1.0\ntagger ${tagger}\n\n${said}`);
  const wanted = [`${topic}:refs/heads/feature/other-colours`, `${tag}:refs/tags/v0.1.0`, `${head}:refs/tags/nightly`];
  execFileSync("git", ["push", target, ...wanted], { cwd: root, stdio: "ignore" });
}
