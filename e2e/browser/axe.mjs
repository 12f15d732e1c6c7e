// node axe.mjs BINARY [NAME…]: accessibility of every page, in both themes and widths, for those who may see it and for
// those who are not signed in. Any finding, anything the console complains of, anything that scrolls sideways and anything
// the keyboard cannot see is a failure.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { launch, tab } from "./browser.mjs";
import { PAGES, THEMES, WIDTHS } from "./pages.mjs";
import { start } from "./site.mjs";

// How many look at once.
const EYES = 2;
// What depends on colours: all that the second theme can change.
const COLOURS = ["color-contrast", "link-in-text-block"];

const [binary, ...names] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const site = await start(binary, new URL("../..", import.meta.url).pathname);
const browser = await launch();
const findings = [];
let runs = 0;

// Pages are looked at by whom they are for; what a stranger sees of them as well.
const wanted = PAGES.filter(([name]) => names.length === 0 || names.includes(name));
const strangers = wanted.filter(([, , who]) => who !== null).map(([name, path]) => [`${name} signed out`, path, null]);

// Whatever takes the focus shows it, and the page says first how to get past its head. Runs in the page.
function unseen() {
  const found = [];
  const able = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
  const shown = able.filter((it) => it.checkVisibility({ visibilityProperty: true }) && !it.disabled && it.type !== "hidden");
  for (const it of [...shown.slice(0, 120), ...shown.slice(-30)]) {
    if (it.tabIndex < 0) {
      continue;
    }
    if (it.tabIndex > 0) {
      found.push(`takes the keyboard out of order: ${it.outerHTML.slice(0, 120)}`);
    }
    it.focus({ preventScroll: true, focusVisible: true });
    const rings = [it, it.nextElementSibling, it.parentElement, it.closest("form, label")].filter(Boolean).map((at) => getComputedStyle(at));
    if (document.activeElement === it && !rings.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)) {
      found.push(`has the keyboard and does not show it: ${it.outerHTML.slice(0, 120)}`);
    }
  }
  if (!shown[0]?.matches(".skip, [href='#main']")) {
    found.push(`begins with ${shown[0]?.outerHTML.slice(0, 80)}`);
  }
  return found;
}

async function look(tabs, [name, path, who], width) {
  tabs[who] ??= await tab(browser, site.url, { name: who, width, theme: "light", bypassCSP: true }, findings);
  const page = tabs[who];
  const response = await page.goto(site.url + path, { waitUntil: "load" });
  if (name.endsWith(" signed out") && (response.status() !== 200 || new URL(page.url()).pathname === "/login")) {
    return;
  }
  await page.evaluate(axe);
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    const options = theme === THEMES[0] ? { rules: { "target-size": { enabled: true } } } : { runOnly: { type: "rule", values: COLOURS } };
    const { violations } = await page.evaluate((options) => globalThis.axe.run(document, { resultTypes: ["violations"], ...options }), options);
    for (const { id, help, nodes } of violations) {
      for (const node of nodes.slice(0, 5)) {
        findings.push(`${name} ${width} ${theme}: ${id}: ${help}\n    ${node.html.slice(0, 160)}\n    ${node.any?.[0]?.message ?? ""}`);
      }
    }
    runs += 1;
  }
  await page.emulateMedia({ colorScheme: THEMES[0] });
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (sideways > 0) {
    findings.push(`${name} ${width}: scrolls sideways by ${sideways} px`);
  }
  for (const finding of await page.evaluate(unseen)) {
    findings.push(`${name} ${width}: ${finding}`);
  }
}

try {
  for (const width of WIDTHS) {
    const queue = [...wanted, ...strangers];
    const eye = async () => {
      const tabs = {};
      for (let it = queue.shift(); it; it = queue.shift()) {
        await look(tabs, it, width);
      }
    };
    await Promise.all(Array.from({ length: EYES }, eye));
  }
} finally {
  await browser.close();
  site.stop();
}
for (const finding of findings) {
  console.error(finding);
}
console.log(`axe: ${runs} runs over ${wanted.length} pages, ${findings.length} findings`);
process.exit(findings.length === 0 && runs > 0 ? 0 : 1);
