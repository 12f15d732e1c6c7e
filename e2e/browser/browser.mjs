// Chromium as the system has it.

import { chromium } from "playwright-core";
import { PASSWORD } from "./site.mjs";

export async function launch(more = []) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return await chromium.launch({ executablePath, args: [...args, "--hide-scrollbars", ...more] });
}

// A tab for one visitor, width and theme. What its console complains of is an error of ours.
export async function tab(browser, url, { name, width, theme, script = true, bypassCSP = false }, complaints) {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 860 },
    colorScheme: theme,
    javaScriptEnabled: script,
    reducedMotion: "reduce",
    bypassCSP,
    isMobile: width < 600,
    hasTouch: width < 600,
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    const expected = /the server responded with a status of (404|403|401|422)/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !expected) {
      complaints?.push(`${page.url()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => complaints?.push(`${page.url()}: ${error}`));
  if (name) {
    await page.goto(`${url}/login`);
    await page.fill("#name", name);
    await page.fill("#password", PASSWORD);
    await Promise.all([page.waitForURL(`${url}/`), page.click("main button[type=submit]")]);
  }
  return page;
}
