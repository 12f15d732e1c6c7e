// Holds recorded answers of the API against GitHub's description of GHES 3.19 (npm @octokit/openapi), by method, path
// template and status: `node check.mjs FOLDER [all|seen]`. The folder holds lines of JSON, as the tests write them.
// `all` also asks that each operation of operations.txt was answered with something in it.

import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const SHOWN = 25;
const [folder, demand = "seen"] = process.argv.slice(2);
const here = import.meta.dirname;

const description = read("@octokit/openapi/generated/ghes-3.19.json");
const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
addFormats(ajv);
ajv.addSchema({ $id: "ghes", components: json_schema(description.components) });

function read(name) {
  return JSON.parse(fs.readFileSync(createRequire(import.meta.url).resolve(name), "utf8"));
}

/** OpenAPI 3.0 says `nullable` and `discriminator` where JSON Schema says it with types and conditions. */
function json_schema(value) {
  if (Array.isArray(value)) return value.map(json_schema);
  if (value === null || typeof value !== "object") return value;
  const made = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === "example" || key === "examples" || key === "nullable" || key === "discriminator") continue;
    made[key] = key === "$ref" && typeof inner === "string" ? inner.replace(/^#/, "ghes#") : json_schema(inner);
  }
  const choice = typeof value.discriminator === "object" ? told_apart(made, value.discriminator) : made;
  if (value.nullable !== true) return choice;
  if (typeof choice.type === "string") {
    const nullable = { ...choice, type: [choice.type, "null"] };
    if (choice.enum) nullable.enum = [...choice.enum, null];
    return nullable;
  }
  return { anyOf: [choice, { type: "null" }] };
}

/** Of several schemas the one that a property names. What has no such property may be any of them. */
function told_apart(schema, { propertyName, mapping = {} }) {
  const is = (value) => ({ type: "object", required: [propertyName], properties: { [propertyName]: { const: value } } });
  const { oneOf = [], ...rest } = schema;
  const named = Object.entries(mapping).map(([value, ref]) => [value, { $ref: ref.replace(/^#/, "ghes#") }]);
  const otherwise = { not: { anyOf: named.map(([value]) => is(value)) } };
  return {
    ...rest,
    allOf: [
      ...named.map(([value, then]) => ({ if: is(value), then })),
      { if: otherwise, then: { anyOf: oneOf } },
    ],
  };
}

/** Paths, the most exact first. A last parameter that is a path or a name of git's takes the rest of the address. */
const templates = Object.keys(description.paths).map((template) => {
  const segments = template.split("/").slice(1);
  const pattern = segments.map((segment, index) => {
    if (!segment.startsWith("{")) return segment.replace(/[.+]/g, "\\$&");
    const takes_rest = index === segments.length - 1 && /^\{(path|ref|branch|basehead|dir)\}$/.test(segment);
    return takes_rest ? ".*" : "[^/]+";
  });
  const exact = segments.filter((segment) => !segment.startsWith("{")).length;
  // The root folder is a path, too.
  const whole = pattern.join("/").replace(/\/\.\*$/, segments.at(-1) === "{path}" ? "(?:/.*)?" : "/.*");
  return { template, exact, greedy: pattern.includes(".*"), pattern: new RegExp(`^/${whole}$`) };
});
templates.sort((a, b) => b.exact - a.exact || a.greedy - b.greedy);

function template_of(address, method) {
  let bare = address.split("?")[0].replace(/^\/api\/v3/, "") || "/";
  bare = bare.replace(/^\/repositories\/\d+/, "/repos/owner/name");
  const fitting = templates.filter(({ pattern }) => pattern.test(bare));
  const able = fitting.filter(({ template }) => description.paths[template][method]);
  // Some are described twice, as one name and as two with dots between: then by the one that is promised.
  const ours = able.find(({ template }) => promises.some(({ name }) => name === `${method.toUpperCase()} ${template}`));
  return (ours ?? able[0] ?? fitting[0])?.template;
}

/** What is wrong with an answer; nothing if nothing is. */
function fault(answer, template, method) {
  const operation = template && description.paths[template][method];
  const status = String(answer.status);
  let described = operation?.responses[status];
  if (described?.$ref) described = description.components.responses[described.$ref.split("/").pop()];
  if (answer.status >= 500) return "the server failed";
  if (answer.method === "HEAD" || answer.status === 304 || answer.status === 204) {
    const known = answer.status !== 204 || described || answer.method === "HEAD" || answer.method === "OPTIONS";
    if (!known) return "GitHub never answers this with 204";
    return answer.body === "" ? undefined : "a body where there is none";
  }
  if (!described && answer.status < 300) return `GitHub never answers this with ${status}`;
  // Of refusals GitHub lists a few; all have one shape.
  const contents = described?.content ?? {};
  const media = `application/vnd.github.v3.${answer.form}+json`;
  const schema =
    contents[media]?.schema ??
    contents[`application/vnd.github.${answer.form}`]?.schema ??
    contents["application/json"]?.schema;
  const is_json = (answer.type ?? "").startsWith("application/json");
  if (!is_json) {
    const is_allowed = answer.status < 400 && (answer.form !== "" || !schema);
    return is_allowed ? undefined : `not JSON but ${answer.type}`;
  }
  let value;
  try {
    value = JSON.parse(answer.body);
  } catch (error) {
    return `not JSON: ${error.message}`;
  }
  const refusal = answer.status === 422 ? "validation-error" : "basic-error";
  const wanted = schema ? json_schema(schema) : { $ref: `ghes#/components/schemas/${refusal}` };
  const validate = compiled(`${method} ${template} ${status} ${answer.form}`, wanted);
  if (validate(value)) return undefined;
  return validate.errors.slice(0, 4).map(({ instancePath, message, params }) => {
    return `${instancePath || "/"} ${message} ${JSON.stringify(params)}`;
  }).join("; ");
}

const validators = new Map();
function compiled(key, schema) {
  if (!validators.has(key)) validators.set(key, ajv.compile(schema));
  return validators.get(key);
}

/** Whether there is something in it: what is checked on an empty list is nothing. */
function is_populated(answer) {
  // What GitHub says leads elsewhere is answered by that.
  if (answer.status === 204 || answer.status === 302) return true;
  if (answer.status < 200 || answer.status > 299 || answer.body === "") return false;
  if (!(answer.type ?? "").startsWith("application/json")) return true;
  const value = JSON.parse(answer.body);
  if (Array.isArray(value)) return value.length > 0;
  const lists = ["items", "names"].filter((name) => Array.isArray(value[name]));
  return lists.every((name) => value[name].length > 0);
}

function* recorded() {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(".jsonl")) : [];
  for (const name of files) {
    for (const line of fs.readFileSync(path.join(folder, name), "utf8").split("\n")) {
      if (line) yield JSON.parse(line);
    }
  }
}

/** The operations that are promised: `METHOD PATH`, and behind `|` why one has nothing in it yet. */
function promised() {
  const lines = fs.readFileSync(path.join(here, "operations.txt"), "utf8").split("\n");
  return lines.map((line) => line.trim()).filter((line) => line && !line.startsWith("#")).map((line) => {
    const [name, reason] = line.split("|").map((part) => part.trim());
    return { name, reason };
  });
}

/** Whether the check would notice if something were missing: it does for at least one field of what has required ones. */
function notices(answer, template, method) {
  const value = JSON.parse(answer.body);
  const one = Array.isArray(value) ? value[0] : value;
  return Object.keys(one).some((name) => {
    const { [name]: _, ...rest } = one;
    const body = JSON.stringify(Array.isArray(value) ? [rest] : rest);
    return fault({ ...answer, body }, template, method) !== undefined;
  });
}

const promises = promised();
const faults = new Map();
const blind = [];
const seen = new Set();
const populated = new Set();
let [valid, invalid] = [0, 0];
for (const answer of recorded()) {
  const method = (answer.method === "HEAD" ? "GET" : answer.method).toLowerCase();
  const template = template_of(answer.path, method);
  const name = `${method.toUpperCase()} ${template ?? answer.path}`;
  const wrong = fault(answer, template, method);
  if (wrong) {
    invalid += 1;
    faults.set(`${name} ${answer.status}: ${wrong}`, answer);
    continue;
  }
  valid += 1;
  const is_answered = answer.status < 300 || (answer.status === 302 && description.paths[template][method].responses[302]);
  if (is_answered && answer.method !== "HEAD") {
    seen.add(name);
    if (!is_populated(answer) || populated.has(name)) continue;
    populated.add(name);
    if (answer.body !== "" && answer.form === "" && !notices(answer, template, method)) blind.push(name);
  }
}

for (const { name } of promises) {
  const [method, template] = name.split(" ");
  if (!description.paths[template]?.[method.toLowerCase()]) faults.set(`${name}: GitHub has no such operation`, {});
}
const excepted = promises.filter(({ name, reason }) => reason && seen.has(name) && !populated.has(name));
const answered = promises.filter(({ name }) => populated.has(name));
const missing = promises.filter((promise) => !answered.includes(promise) && !excepted.includes(promise));
console.log(
  `api: ${valid} answers as described, ${invalid} not; ${answered.length} of ${promises.length} operations answered with ` +
    `something in it${excepted.map(({ name, reason }) => `, ${name} empty (${reason})`).join("")}`,
);
if (blind.length > 0) console.log(`  nothing is required of ${blind.join(", ")}`);
for (const [wrong, answer] of [...faults].slice(0, SHOWN)) {
  console.log(`  ${wrong}\n    ${answer.path ?? ""} ${(answer.body ?? "").slice(0, 300)}`);
}
if (demand === "all") missing.forEach(({ name }) => console.log(`  ${name}: never answered with something in it`));
if (valid === 0) console.log("  no answer was recorded");
process.exitCode = faults.size > 0 || valid === 0 || (demand === "all" && missing.length > 0) ? 1 : 0;
