// node screenshots.mjs BINARY FOLDER [NAME…]: what the pages look like. With `small` as the name: the few small pictures that
// the README shows.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch, tab } from "./browser.mjs";
import { PAGES, THEMES, WIDTHS } from "./pages.mjs";
import { start } from "./site.mjs";

const [binary, folder, ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const site = await start(binary, new URL("../..", import.meta.url).pathname);
const browser = await launch();

// Page, visitor, width, height, theme.
const README = [
  ["home", "/ada/gitflare", "ada", 1280, 800, "light"],
  ["commit", "/ada/gitflare/commit/main", "grace", 1280, 800, "dark"],
  ["blame", "/ada/gitflare/blame/main/crates/forge/src/lib.rs", "grace", 1280, 800, "light"],
  ["phone", "/ada/gitflare/blob/main/crates/forge/src/lib.rs", null, 390, 800, "dark"],
];

async function small() {
  for (const [name, path, who, width, height, theme] of README) {
    const page = await tab(browser, site.url, { name: who, width, theme });
    await page.setViewportSize({ width, height });
    await page.goto(site.url + path, { waitUntil: "load" });
    await page.evaluate(() => document.fonts.ready);
    const client = await page.context().newCDPSession(page);
    const { data } = await client.send("Page.captureScreenshot", { format: "webp", quality: 70 });
    writeFileSync(join(folder, `${name}.webp`), Buffer.from(data, "base64"));
  }
}

try {
  if (names[0] === "small") {
    await small();
    names.push("-");
  }
  const wanted = PAGES.filter(([name]) => names.length === 0 || names.includes(name));
  for (const width of WIDTHS) {
    for (const theme of THEMES) {
      const tabs = new Map();
      for (const [name, path, who] of wanted) {
        if (!tabs.has(who)) {
          tabs.set(who, await tab(browser, site.url, { name: who, width, theme }));
        }
        const page = tabs.get(who);
        await page.goto(site.url + path, { waitUntil: "load" });
        await page.evaluate(() => document.fonts.ready);
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        const file = join(folder, `${name}-${width}-${theme}.png`);
        await page.screenshot({ path: file, fullPage: height < 2400 });
      }
    }
  }
} finally {
  await browser.close();
  site.stop();
}
