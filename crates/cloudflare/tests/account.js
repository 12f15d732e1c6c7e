// An account at Cloudflare that only pretends: as much of the API as a deployment asks for, kept in memory.
//
// Prints the address to give to wrangler as CLOUDFLARE_API_BASE_URL. GET /state shows what was made.

import http from "node:http";

const state = { databases: [], scripts: {}, uploads: 0, schedules: [], unknown: [] };

function answer(response, status, fields) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ success: status < 400, errors: [], messages: [], result: null, ...fields }));
}

const missing = (response) =>
  answer(response, 404, { errors: [{ code: 10007, message: "This Worker does not exist on your account." }] });

// The fields of a multipart form, binary ones as latin1.
function form(request, body) {
  const boundary = /boundary="?([^";]+)/.exec(request.headers["content-type"])?.[1];
  const parts = body.split(`--${boundary}`).slice(1, -1);
  const field = (part) => {
    const [head, ...rest] = part.split("\r\n\r\n");
    return [/name="([^"]+)"/.exec(head)[1], rest.join("\r\n\r\n").slice(0, -2)];
  };
  return Object.fromEntries(parts.map(field));
}

function upload(name, request, body) {
  const fields = form(request, body);
  const metadata = JSON.parse(fields.metadata);
  const script = (state.scripts[name] ??= { secrets: [] });
  script.bindings = metadata.bindings;
  script.migrations = metadata.migrations ?? script.migrations;
  script.limits = metadata.limits;
  script.modules = Object.fromEntries(Object.entries(fields).filter(([key]) => key !== "metadata").map(([key, text]) => [key, text.length]));
  for (const binding of metadata.bindings) {
    if (binding.type === "secret_text" && !script.secrets.includes(binding.name)) script.secrets.push(binding.name);
  }
  state.uploads += 1;
  return { id: `v${state.uploads}`, startup_time_ms: 5, resources: { script: { etag: "e" } }, metadata: {} };
}

const routes = [
  ["GET", "/accounts/:account/d1/database", (response) => {
    answer(response, 200, { result: state.databases, result_info: { count: state.databases.length } });
  }],
  ["POST", "/accounts/:account/d1/database", (response, _, __, body) => {
    const { name, primary_location_hint } = JSON.parse(body);
    const uuid = `00000000-0000-0000-0000-${String(state.databases.length + 1).padStart(12, "0")}`;
    state.databases.push({ uuid, name, location: primary_location_hint });
    answer(response, 200, { result: { uuid, name } });
  }],
  ["GET", "/accounts/:account/workers/scripts/:name/secrets", (response, [, name]) => {
    const script = state.scripts[name];
    if (!script) return missing(response);
    answer(response, 200, { result: script.secrets.map((secret) => ({ name: secret, type: "secret_text" })) });
  }],
  ["GET", "/accounts/:account/workers/services/:name", (response, [, name]) => {
    const script = state.scripts[name];
    if (!script) return answer(response, 404, { errors: [{ code: 10090, message: "no such service" }] });
    const environment = { environment: "production", script: { last_deployed_from: "wrangler", migration_tag: script.migrations?.new_tag } };
    answer(response, 200, { result: { default_environment: environment } });
  }],
  ["POST", "/accounts/:account/workers/scripts/:name/assets-upload-session", (response, [, name], _, body) => {
    state.assets = { ...state.assets, [name]: Object.keys(JSON.parse(body).manifest).sort() };
    // No bucket: as if all files were there already.
    answer(response, 201, { result: { jwt: "e30.e30.e30", buckets: [] } });
  }],
  ["GET", "/accounts/:account/workers/scripts", (response) => {
    const scripts = Object.entries(state.scripts);
    answer(response, 200, { result: scripts.map(([id, script]) => ({ id, migration_tag: script.migrations?.new_tag })) });
  }],
  ["GET", "/accounts/:account/workers/subdomain", (response) => answer(response, 200, { result: { subdomain: "example" } })],
  ["GET", "/accounts/:account/workers/scripts/:name/subdomain", (response) => {
    answer(response, 200, { result: { enabled: false, previews_enabled: false } });
  }],
  ["POST", "/accounts/:account/workers/scripts/:name/subdomain", (response, _, __, body) => {
    answer(response, 200, { result: JSON.parse(body) });
  }],
  ["GET", "/accounts/:account/workers/scripts/:name/deployments", (response, [, name]) => {
    if (!state.scripts[name]) return missing(response);
    answer(response, 200, { result: { deployments: [] } });
  }],
  ["GET", "/accounts/:account/workers/scripts/:name/settings", (response, [, name]) => {
    if (!state.scripts[name]) return missing(response);
    answer(response, 200, { result: { bindings: state.scripts[name].bindings } });
  }],
  ["PATCH", "/accounts/:account/workers/scripts/:name/script-settings", (response) => answer(response, 200, { result: {} })],
  ["POST", "/accounts/:account/workers/scripts/:name/versions", (response, [, name], request, body) => {
    answer(response, 200, { result: upload(name, request, body) });
  }],
  ["POST", "/accounts/:account/workers/scripts/:name/deployments", (response) => answer(response, 200, { result: { id: "d" } })],
  ["PUT", "/accounts/:account/workers/scripts/:name/schedules", (response, _, __, body) => {
    state.schedules = JSON.parse(body);
    answer(response, 200, { result: { schedules: state.schedules } });
  }],
  ["PUT", "/accounts/:account/workers/scripts/:name", (response, [, name], request, body) => {
    answer(response, 200, { result: upload(name, request, body) });
  }],
];

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("latin1");
    const path = new URL(request.url, "http://api").pathname;
    if (path === "/state") return answer(response, 200, { result: state });
    for (const [method, pattern, run] of routes) {
      const match = new RegExp(`^${pattern.replace(/:\w+/g, "([^/]+)")}$`).exec(path);
      if (match && method === request.method) return run(response, match.slice(1), request, body);
    }
    state.unknown.push(`${request.method} ${request.url} ${body.slice(0,300)}`);
    answer(response, 404, { errors: [{ code: 7003, message: `${request.method} ${path} is not pretended` }] });
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
