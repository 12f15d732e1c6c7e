// The API by GitHub's own client: `node octokit.mjs URL TOKEN OWNER`. Fails with the first thing that is not as at GitHub.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { Octokit } from "@octokit/rest";

const [url, auth, owner] = process.argv.slice(2);

/** Writes down what was answered, where the environment says into which folder. */
async function recording(address, options = {}) {
  const response = await fetch(address, options);
  const folder = process.env.GITFLARE_API_RECORD;
  if (!folder) return response;
  const { pathname, search } = new URL(address);
  const line = JSON.stringify({
    method: options.method ?? "GET",
    path: pathname + search,
    status: response.status,
    type: response.headers.get("content-type") ?? "",
    form: /param=([^;]*)/.exec(response.headers.get("x-github-media-type") ?? "")?.[1] ?? "",
    body: await response.clone().text(),
  });
  fs.appendFileSync(path.join(folder, `octokit-${process.pid}.jsonl`), `${line}\n`);
  return response;
}

const octokit = new Octokit({
  auth,
  baseUrl: `${url}/api/v3`,
  request: { fetch: recording },
  log: { debug() {}, info() {}, warn: console.warn, error() {} },
});
const { activity, repos, search, users } = octokit.rest;

/** The status of what is refused. */
async function refused(promise) {
  const error = await promise.then(() => assert.fail("this should be refused"), (error) => error);
  assert.equal(error.name, "HttpError", error.stack);
  return error;
}

const { data: me } = await users.getAuthenticated();
assert.equal(me.login, owner);
assert.equal((await users.updateAuthenticated({ name: "Octo Kit" })).data.name, "Octo Kit");
assert.equal((await users.getByUsername({ username: owner })).data.id, me.id);
assert.equal((await users.listEmailsForAuthenticatedUser()).data.length, 1);

for (const name of ["first", "second", "third"]) {
  const { status, data } = await repos.createForAuthenticatedUser({ name, private: name === "first" });
  assert.deepEqual([status, data.full_name], [201, `${owner}/${name}`]);
}
const taken = await refused(repos.createForAuthenticatedUser({ name: "first" }));
assert.deepEqual([taken.status, taken.response.data.errors[0].code], [422, "already_exists"]);

const all = await octokit.paginate(repos.listForAuthenticatedUser, { per_page: 1, sort: "full_name" });
assert.deepEqual(all.map(({ name }) => name), ["first", "second", "third"]);

const repo = "second";
const { data: changed } = await repos.update({ owner, repo, description: "Of the second", homepage: "https://example.org" });
assert.deepEqual([changed.description, changed.homepage], ["Of the second", "https://example.org"]);
assert.deepEqual((await repos.replaceAllTopics({ owner, repo, names: ["octo", owner] })).data.names, ["octo", owner]);
assert.deepEqual((await repos.getAllTopics({ owner, repo })).data.names, ["octo", owner]);
assert.equal((await search.repos({ q: `topic:${owner}` })).data.total_count, 1);

const first = await repos.get({ owner, repo });
const etag = first.headers.etag;
assert.equal((await refused(repos.get({ owner, repo, headers: { "if-none-match": etag } }))).status, 304);

await repos.update({ owner, repo, name: "renamed" });
// The client follows to the repository's number.
assert.equal((await repos.get({ owner, repo })).data.full_name, `${owner}/renamed`);

await activity.starRepoForAuthenticatedUser({ owner, repo: "third" });
assert.equal((await activity.checkRepoIsStarredByAuthenticatedUser({ owner, repo: "third" })).status, 204);
assert.deepEqual((await activity.listReposStarredByAuthenticatedUser()).data.map(({ name }) => name), ["third"]);
await activity.unstarRepoForAuthenticatedUser({ owner, repo: "third" });

assert.deepEqual((await repos.listCollaborators({ owner, repo: "third" })).data.map(({ login }) => login), [owner]);
const permission = await repos.getCollaboratorPermissionLevel({ owner, repo: "third", username: owner });
assert.equal(permission.data.permission, "admin");

assert.equal((await repos.delete({ owner, repo: "first" })).status, 204);
const gone = await refused(repos.get({ owner, repo: "first" }));
assert.deepEqual([gone.status, gone.response.data.message], [404, "Not Found"]);
const anonymous = new Octokit({ baseUrl: `${url}/api/v3`, request: { fetch: recording }, log: octokit.log });
assert.equal((await refused(anonymous.rest.users.getAuthenticated())).status, 401);
console.log("as at GitHub");
