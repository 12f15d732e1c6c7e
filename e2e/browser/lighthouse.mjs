// node lighthouse.mjs BINARY PATH|URL: what Lighthouse says of the main pages of a local repository, pushed to a fresh
// server, or of one that is served already. Below 98 in anything is a failure.

import { execFileSync } from "node:child_process";
import lighthouse, { desktopConfig } from "lighthouse";
import { launch } from "./browser.mjs";
import { serve } from "./site.mjs";

const LEAST = 98;
const CATEGORIES = ["performance", "accessibility", "best-practices"];
// Where Chromium listens to it.
const PORT = 9310;

const [binary, from] = process.argv.slice(2);
const site = from.startsWith("http") ? { home: from, stop: () => {} } : await pushed(binary, from);
const browser = await launch([`--remote-debugging-port=${PORT}`]);
const low = [];
try {
  for (const [name, address] of await pages(site.home)) {
    for (const [device, config] of [["mobile", undefined], ["desktop", desktopConfig]]) {
      const flags = { port: PORT, output: "json", logLevel: "error", onlyCategories: CATEGORIES };
      const { lhr } = await lighthouse(address, flags, config);
      const scores = CATEGORIES.map((category) => Math.round(lhr.categories[category].score * 100));
      const took = (audit) => lhr.audits[audit].displayValue.replace(/\s/g, " ");
      const shift = lhr.audits["cumulative-layout-shift"].displayValue;
      console.log(`${name.padEnd(7)} ${device.padEnd(8)} ${scores.join(" ")}   LCP ${took("largest-contentful-paint")}, CLS ${shift}, ${took("total-byte-weight")}`);
      if (scores.some((score) => score < LEAST)) {
        const audits = Object.values(lhr.audits).filter((audit) => audit.score !== null && audit.score < 0.9);
        low.push(`${name} ${device}: ${audits.map((audit) => `${audit.id} ${audit.displayValue ?? ""}`).join("; ")}`);
      }
    }
  }
} finally {
  await browser.close();
  site.stop();
}
low.forEach((line) => console.error(line));
console.log(`lighthouse: performance, accessibility, best practices; ${low.length} below ${LEAST}`);
process.exit(low.length === 0 ? 0 : 1);

async function pushed(binary, path) {
  const site = await serve(binary);
  const target = `${site.url.replace("://", `://ada:${site.token}@`)}/ada/repository.git`;
  execFileSync("git", ["push", "--quiet", target, "HEAD:refs/heads/main"], { cwd: path, stdio: "inherit" });
  return { ...site, home: `${site.url}/ada/repository` };
}

// The home, and the first folder with files, file and commit it leads to. A link of a page is one of its pages.
async function pages(home) {
  const { origin, pathname } = new URL(home);
  const first = async (path, pattern) => {
    const html = await (await fetch(origin + path)).text();
    const found = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href.replaceAll("&amp;", "&"));
    return found.find((href) => href.startsWith(pathname) && pattern.test(href));
  };
  const tree = await first(pathname, /\/tree\/[^/]+\/(?!\.)[^/]+$/);
  const code = await first(pathname, /\/blob\/.*\.(c|rs|js|py|go|java)$/);
  const blob = code ?? (await first(tree, /\/blob\/.*\/(?!\.)[^/]+$/));
  const commit = await first(`${pathname}/commits`, /\/commit\/[0-9a-f]{40}$/);
  return Object.entries({ home: pathname, tree, blob, commit }).map(([name, path]) => [name, origin + path]);
}
