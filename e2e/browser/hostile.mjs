// A repository of hostile names, made by git's own importer, which takes any.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BRANCH = "refs/heads/main";

// Pushes it to /ada/attacks; answers the commits by number.
export async function push(site, { files, commits, refs }) {
  const folder = mkdtempSync(join(tmpdir(), "gitflare-attacks-"));
  try {
    const git = (args, input) => execFileSync("git", args, { cwd: folder, input, stdio: ["pipe", "ignore", "pipe"] });
    git(["init", "--quiet", "--bare", "."]);
    const marks = join(folder, "marks");
    git(["fast-import", "--quiet", `--export-marks=${marks}`], Buffer.concat(stream(files, commits, refs)));
    const target = site.url.replace("://", `://ada:${site.token}@`);
    git(["push", "--quiet", `${target}/ada/attacks.git`, `${BRANCH}:${BRANCH}`]);
    git(["push", "--quiet", `${target}/ada/attacks.git`, "refs/*:refs/*"]);
    const lines = readFileSync(marks, "utf8").trim().split("\n");
    return new Map(lines.map((line) => line.split(" ")).map(([mark, oid]) => [Number(mark.slice(1)), oid]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function* pieces(files, commits, refs) {
  const data = (text) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const quoted = (path) => `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
  const who = ({ name, email }) => `${name} <${email}> 1790000000 +0000\n`;
  const ada = { name: "Ada Lovelace", email: "ada@example.org" };
  yield `commit ${BRANCH}\nmark :1000000\ncommitter ${who(ada)}${data("Begin\n")}`;
  for (const [path, content] of files) {
    yield `M 100644 inline ${quoted(path)}\n${data(content)}`;
  }
  yield `reset refs/heads/first\nfrom ${BRANCH}\n\n`;
  for (const commit of commits) {
    yield `commit ${BRANCH}\nmark :${commit.id}\nauthor ${who(commit)}committer ${who(commit)}${data(commit.message)}`;
    yield `M 100644 inline counter\n${data(`${commit.id}\n`)}`;
  }
  for (const [name, message] of refs) {
    yield name.startsWith("refs/tags/")
      ? `tag ${name.slice("refs/tags/".length)}\nfrom ${BRANCH}\ntagger ${who(ada)}${data(`${message}\n\n${message}\n`)}`
      : `reset ${name}\nfrom ${BRANCH}\n\n`;
  }
}

function stream(files, commits, refs) {
  return [...pieces(files, commits, refs)].map((piece) => Buffer.from(piece));
}

// How a text is read on a page: what would deceive has a name, and spaces are spaces.
export function shown(text) {
  return text.replaceAll("\u202e", "‹U+202E›").replaceAll(/\s+/g, " ").trim();
}
