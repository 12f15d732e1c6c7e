// node screenshots.mjs BINARY FOLDER [NAME…]: what the pages look like.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, tab } from "./browser.mjs";
import { PAGES, THEMES, WIDTHS } from "./pages.mjs";
import { start } from "./site.mjs";

const [binary, folder, ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const site = await start(binary, new URL("../..", import.meta.url).pathname);
const browser = await launch();
try {
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
