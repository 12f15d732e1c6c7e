// node axe.mjs BINARY: accessibility of every page, in both themes and widths. Any finding, anything the console
// complains of, and anything that scrolls sideways is a failure.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { launch, tab } from "./browser.mjs";
import { PAGES, THEMES, WIDTHS } from "./pages.mjs";
import { start } from "./site.mjs";

const [binary] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const site = await start(binary, new URL("../..", import.meta.url).pathname);
const browser = await launch();
const findings = [];
let runs = 0;
try {
  for (const width of WIDTHS) {
    for (const theme of THEMES) {
      const tabs = new Map();
      for (const [name, path, who] of PAGES) {
        if (!tabs.has(who)) {
          tabs.set(who, await tab(browser, site.url, { name: who, width, theme, bypassCSP: true }, findings));
        }
        const page = tabs.get(who);
        await page.goto(site.url + path, { waitUntil: "load" });
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        for (const { id, help, nodes } of violations) {
          for (const node of nodes.slice(0, 5)) {
            findings.push(`${name} ${width} ${theme}: ${id}: ${help}\n    ${node.html.slice(0, 160)}\n    ${node.any?.[0]?.message ?? ""}`);
          }
        }
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (sideways > 0) {
          findings.push(`${name} ${width} ${theme}: scrolls sideways by ${sideways} px`);
        }
        runs += 1;
      }
    }
  }
} finally {
  await browser.close();
  site.stop();
}
for (const finding of findings) {
  console.error(finding);
}
console.log(`axe: ${runs} runs over ${PAGES.length} pages, ${findings.length} findings`);
process.exit(findings.length === 0 && runs > 0 ? 0 : 1);
