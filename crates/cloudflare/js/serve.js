// Serves the built Worker from a local workerd: `cargo xtask cloudflare serve` runs this with one argument, a JSON text.
//
// On stdout stand the lines that scripts read, the same as the native server's; everything else goes to stderr.

import childProcess from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";

const options = JSON.parse(process.argv[2]);
const setupToken = process.env.GITFLARE_SETUP_TOKEN?.trim() || randomBytes(32).toString("hex");
// As in crates/forge/src/setup.rs.
const SHORTEST_TOKEN = 16;
// The runtime takes a name for this one address, and the line that scripts read says which.
if (options.host === "localhost") options.host = "127.0.0.1";

// How often a cron trigger fires here, whatever its expression says.
const CRON_EVERY = 60_000;

let stopping = false;
let workerd;
let unlock = () => {};

// What Miniflare says would otherwise come before the first line.
console.log = console.info = console.debug = console.warn = console.error;

function say(line) {
  fs.writeSync(1, `${line}\n`);
}

function fail(text) {
  fs.writeSync(2, `gitflare: ${text}\n`);
  unlock();
  process.exit(1);
}

// At once: what was acknowledged is on disk, as after a crash, and a client that hangs must not keep the server.
function stop() {
  stopping = true;
  unlock();
  workerd?.kill("SIGKILL");
  process.exit(0);
}
// Before Miniflare's own handlers, which end the process with another status.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, stop);

// Miniflare does not tell which process it starts, so workerd is seen when it is started.
const { spawn } = childProcess;
childProcess.spawn = (command, args, ...rest) => {
  const child = spawn(command, args, ...rest);
  if (args?.[0] === "serve") watch(child);
  return child;
};

function watch(child) {
  workerd = child;
  fs.writeFileSync(path.join(options.persist, "workerd.pid"), `${workerd.pid}\n`);
  // Its stdin ends with this process, however that ends: then workerd, which would go on for ever, ends as well.
  const script = 'read -r _; kill -9 "$1" 2>/dev/null';
  const reaper = spawn("sh", ["-c", script, "reaper", String(workerd.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true, // not within reach of a Ctrl-C in the terminal
  });
  reaper.unref();
  workerd.on("exit", (code, signal) => {
    reaper.kill("SIGKILL");
    if (!stopping) fail(`workerd ended (${signal ?? code})`);
  });
}

// Two workerd processes on one folder would each believe that they own its databases.
function lock(folder) {
  const file = path.join(folder, "lock");
  for (;;) {
    try {
      fs.writeFileSync(file, `${process.pid}\n`, { flag: "wx" });
      unlock = () => fs.rmSync(file, { force: true });
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const owner = Number(fs.readFileSync(file, "utf8"));
      if (owner && isAlive(owner)) fail(`${folder} is in use by process ${owner}; choose another --persist`);
      fs.rmSync(file, { force: true });
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

// A port of one's own is asked for by name; workerd's words for one that is taken say nothing. Answers a port that is free.
function checkAddress(host, port) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once("error", (error) => {
      const reason = error.code === "EADDRINUSE" ? "is in use" : `cannot be used (${error.code})`;
      fail(`${host}:${port} ${reason}; choose another address with --listen`);
    });
    probe.listen(port, host, () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}

fs.mkdirSync(options.persist, { recursive: true, mode: 0o700 });
lock(options.persist);
if (setupToken.length < SHORTEST_TOKEN) {
  fail(`GITFLARE_SETUP_TOKEN has fewer than ${SHORTEST_TOKEN} characters: who guesses it owns the site`);
}
const free = await checkAddress(options.host, options.port);
// Of these Miniflare tells the port it got; of others only that of a second socket, its own way in.
const isTold = ["127.0.0.1", "0.0.0.0", "::", "::1"].includes(options.host);
if (!isTold) options.port = free;

const { Log, LogLevel, Miniflare } = await import("miniflare");
const server = new Miniflare({
  name: "gitflare",
  host: options.host,
  port: options.port,
  modules: true,
  rootPath: path.dirname(options.script),
  modulesRoot: path.dirname(options.script),
  scriptPath: options.script,
  modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
  compatibilityDate: options.compatibilityDate,
  compatibilityFlags: options.compatibilityFlags,
  bindings: { ...options.vars, GITFLARE_SETUP_TOKEN: setupToken },
  durableObjects: options.objects,
  durableObjectsPersist: path.join(options.persist, "objects"),
  assets: options.assets,
  d1Databases: options.databases,
  d1Persist: path.join(options.persist, "d1"),
  // What the edge would say of a visitor; without it Miniflare asks the network.
  cf: { colo: "LHR", continent: "EU", country: "GB" },
  // Lets a test fire the cron trigger: GET /cdn-cgi/handler/scheduled
  unsafeTriggerHandlers: options.testHooks,
  log: new Log(LogLevel.WARN),
  handleRuntimeStdio(stdout, stderr) {
    stdout.pipe(process.stderr, { end: false });
    stderr.pipe(process.stderr, { end: false });
  },
});

// The page behind the link exists until there is an account. Asking for it also makes the tables.
async function showSetup(reachable, wayIn) {
  const setup = `/setup?token=${encodeURIComponent(setupToken)}`;
  const answer = await fetch(`${wayIn}${setup}`, { redirect: "manual" });
  if (answer.ok) {
    say(`setup: ${reachable}${setup}`);
  } else if (answer.status !== 404) {
    console.error(`gitflare: the Worker answered ${answer.status} to its first request: ${await answer.text()}`);
  }
}

try {
  const wayIn = (await server.ready).origin;
  const port = isTold ? new URL(wayIn).port || "80" : options.port;
  const at = (host) => `http://${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  say(`listening on ${at(options.host)}`);
  // All addresses are none that a browser can open.
  const reachable = { "0.0.0.0": "127.0.0.1", "::": "::1" }[options.host] ?? options.host;
  if (options.askForSetup) await showSetup(at(reachable), wayIn);
} catch (error) {
  if (!stopping) fail(`workerd did not start: ${error.stack ?? error}`);
}

if (options.crons.length > 0) {
  setInterval(async () => {
    try {
      const worker = await server.getWorker();
      for (const cron of options.crons) await worker.scheduled({ cron });
    } catch (error) {
      if (!stopping) console.error("gitflare: the cron trigger failed:", error);
    }
  }, CRON_EVERY).unref();
}
