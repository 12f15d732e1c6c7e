// An account at Cloudflare that only pretends: as much of the API as a deployment asks for, kept in memory.
//
// Prints the address to give to wrangler as CLOUDFLARE_API_BASE_URL. GET /state shows what was made.

import { createHash } from "node:crypto";
import http from "node:http";

const state = { databases: [], scripts: {}, uploads: 0, schedules: [], unknown: [], asked: [] };

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
  (script.versions ??= []).unshift(`v${state.uploads}`);
  return { id: `v${state.uploads}`, startup_time_ms: 5, resources: { script: { etag: "e" } }, metadata: {} };
}

// What is known of a version: who made it, and when.
const made = { created_on: "2026-11-28T10:00:00Z", author_email: "ada@example.com", source: "wrangler" };

const routes = [
  ["GET", "/accounts/:account/d1/database/:id", (response, [, id]) => {
    const database = state.databases.find(({ uuid }) => uuid === id);
    if (!database) return missing(response);
    answer(response, 200, { result: { ...database, version: "production" } });
  }],
  ["DELETE", "/accounts/:account/d1/database/:id", (response, [, id]) => {
    state.databases = state.databases.filter(({ uuid }) => uuid !== id);
    answer(response, 200, {});
  }],
  ["POST", "/accounts/:account/d1/database/:id/query", (response) => {
    answer(response, 200, { result: [{ success: true, results: [{ name: "ada" }], meta: { duration: 1 } }] });
  }],
  ["GET", "/accounts/:account/d1/database/:id/time_travel/bookmark", (response) => {
    answer(response, 200, { result: { bookmark: "00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683" } });
  }],
  ["POST", "/accounts/:account/d1/database/:id/time_travel/restore", (response) => {
    answer(response, 200, { result: { bookmark: "0000", previous_bookmark: "0001", message: "restored" } });
  }],
  ["POST", "/accounts/:account/workers/scripts/:name/tails", (response, [, name]) => {
    if (!state.scripts[name]) return missing(response);
    const url = `ws://127.0.0.1:${server.address().port}/tail`;
    answer(response, 200, { result: { id: "t", url, expires_at: "2036-11-28T10:00:00Z" } });
  }],
  ["DELETE", "/accounts/:account/workers/scripts/:name/tails/:id", (response) => answer(response, 200, {})],
  ["GET", "/accounts/:account/workers/scripts/:name/references", (response) => answer(response, 200, { result: {} })],
  ["GET", "/accounts/:account/workers/tails/by-consumer/:name", (response) => answer(response, 200, { result: [] })],
  ["GET", "/accounts/:account/storage/kv/namespaces", (response) => answer(response, 200, { result: [] })],
  ["DELETE", "/accounts/:account/workers/services/:name", (response, [, name]) => {
    delete state.scripts[name];
    answer(response, 200, {});
  }],
  ["GET", "/accounts/:account/workers/scripts/:name/versions/:id", (response, [, name, id]) => {
    if (!state.scripts[name]?.versions.includes(id)) return missing(response);
    answer(response, 200, { result: { id, number: 1, metadata: made, annotations: {}, resources: { bindings: [] } } });
  }],
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
    const deployment = (id) => ({ id: `d-${id}`, ...made, strategy: "percentage", annotations: {}, versions: [{ version_id: id, percentage: 100 }] });
    answer(response, 200, { result: { deployments: state.scripts[name].versions.map(deployment) } });
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
    state.asked.push(`${request.method} ${path}`);
    for (const [method, pattern, run] of routes) {
      const match = new RegExp(`^${pattern.replace(/:\w+/g, "([^/]+)")}$`).exec(path);
      if (match && method === request.method) return run(response, match.slice(1), request, body);
    }
    state.unknown.push(`${request.method} ${request.url} ${body.slice(0,300)}`);
    answer(response, 404, { errors: [{ code: 7003, message: `${request.method} ${path} is not pretended` }] });
  });
});
// The log of a Worker: opened, and never a word.
server.on("upgrade", (request, socket) => {
  state.asked.push(`UPGRADE ${request.url}`);
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const protocol = request.headers["sec-websocket-protocol"];
  const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
  if (protocol) head.push(`Sec-WebSocket-Protocol: ${protocol}`);
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.on("error", () => {});
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
