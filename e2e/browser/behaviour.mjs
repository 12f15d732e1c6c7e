// node behaviour.mjs BINARY: what the script does, and that everything works without it.

import assert from "node:assert/strict";
import { launch, tab } from "./browser.mjs";
import { PASSWORD, start } from "./site.mjs";

const [binary, ...names] = process.argv.slice(2);
const site = await start(binary, new URL("../..", import.meta.url).pathname);
const browser = await launch();
const complaints = [];
const wide = { width: 1280, theme: "light" };
const open = (options) => tab(browser, site.url, { ...wide, ...options }, complaints);

// Whether the document is still the one that was loaded.
const mark = (page) => page.evaluate(() => void (globalThis.same = true));
const isSame = (page) => page.evaluate(() => globalThis.same === true);

const tests = {
  async "a link changes the page in place, and back is back"() {
    const page = await open({ name: "ada" });
    await mark(page);
    await page.click("a.title:text('ada/gitflare')");
    await page.waitForURL(`${site.url}/ada/gitflare`);
    await page.waitForSelector("h1:text('gitflare')");
    assert.equal(await isSame(page), true);
    assert.equal(await page.title(), "ada/gitflare · Gitflare");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
    assert.match(await page.textContent("#announcer"), /ada\/gitflare/);
    await page.goBack();
    await page.waitForSelector("h1:text('Your repositories')");
    assert.equal(await isSame(page), true);
  },

  async "a redirect, a page that is missing, and a form's answer"() {
    const page = await open({ name: "ada" });
    await mark(page);
    await page.evaluate(() => {
      const link = document.createElement("a");
      link.href = "/Ada/Gitflare";
      link.id = "away";
      link.textContent = "away";
      document.querySelector("main").append(link);
    });
    await page.click("#away");
    await page.waitForSelector("h1:text('gitflare')");
    assert.equal(page.url(), `${site.url}/ada/gitflare`);
    await page.evaluate(() => void (location.href = "/no/such/page/here"));
    await page.waitForSelector("h1:text('Not found')");
    assert.equal(await isSame(page), true);
    await page.goto(`${site.url}/explore`);
    await mark(page);
    await page.fill("main input[name=q]", "compiler");
    await page.press("main input[name=q]", "Enter");
    await page.waitForURL(/q=compiler/);
    await page.waitForSelector(".title:text('grace/compiler')");
    assert.equal(await page.locator(".title").count(), 1);
    assert.equal(await isSame(page), true);
  },

  async "what is hovered is fetched ahead, and only once"() {
    const page = await open({ name: "ada" });
    const asked = [];
    page.on("request", (request) => asked.push(`${request.headers()["x-prefetch"] ?? "-"} ${new URL(request.url()).pathname}`));
    await page.hover("a.title:text('ada/gitflare')");
    await page.waitForTimeout(400);
    assert.deepEqual(asked.filter((line) => line.includes("/ada/gitflare")), ["1 /ada/gitflare"]);
    await page.click("a.title:text('ada/gitflare')");
    await page.waitForSelector("h1:text('gitflare')");
    assert.equal(asked.filter((line) => line.endsWith("/ada/gitflare")).length, 1);
  },

  async "a star is given without leaving the page"() {
    const page = await open({ name: "ada" });
    await page.goto(`${site.url}/ada/gitflare`);
    await mark(page);
    await page.click("#star");
    await page.waitForSelector("#star[aria-pressed=true]");
    assert.match(await page.textContent("#star"), /Starred\s*3/);
    assert.equal(await isSame(page), true);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "star");
    await page.click("#star");
    await page.waitForSelector("#star[aria-pressed=false]");
  },

  async "keys: the map, the search box, rows, and not in fields"() {
    const page = await open({ name: "ada" });
    await page.keyboard.press("?");
    await page.waitForSelector("dialog.key-map[open]");
    assert.match(await page.textContent("dialog"), /find a repository/);
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    assert.equal(await page.evaluate(() => document.activeElement?.className), "title");
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "jump");
    await page.keyboard.type("j?");
    assert.equal(await page.inputValue("#jump"), "j?");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.waitForURL(`${site.url}/settings`);
    await page.goto(`${site.url}/settings/appearance`);
    await page.check("#keys-off");
    await page.click("button:text('Save keyboard')");
    await page.waitForSelector("html[data-keys=off]");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("?");
    assert.equal(await page.locator("dialog").count(), 0);
  },

  async "the finder lists the same with and without script, and letters in any place find a file"() {
    const page = await open({ name: "grace" });
    const bare = await open({ name: "grace", script: false });
    const rows = (of) => of.locator(".paths a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    const marks = (of) => of.locator(".paths").first().innerHTML();
    for (const typed of ["lib", "fsurs", "pagescode", "Cargo.toml", "e2e pages", "zzzz", "r"]) {
      await bare.goto(`${site.url}/ada/gitflare/find/main?q=${encodeURIComponent(typed)}`);
      await page.goto(`${site.url}/ada/gitflare/find/main`);
      await page.waitForLoadState("networkidle");
      await page.locator("input[data-finder]").pressSequentially(typed);
      await page.waitForFunction((words) => document.querySelector("[data-found]").textContent === words, await bare.textContent("[data-found]"));
      assert.deepEqual(await rows(page), await rows(bare), typed);
      assert.equal((await marks(page)).replaceAll("\n", ""), (await marks(bare)).replaceAll("\n", ""), typed);
    }
    await page.goto(`${site.url}/ada/gitflare/find/main`);
    await page.waitForLoadState("networkidle");
    await page.keyboard.type("code blame");
    await page.waitForSelector(".paths li:first-child a[href$='src/code/blame.rs']");
    await page.keyboard.press("ArrowDown");
    assert.match(await page.evaluate(() => document.activeElement.href), /blame\.rs$/);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.waitForURL(/code\/blame\.rs$/);
    // The second visit has the list already.
    await page.goto(`${site.url}/ada/gitflare/find/main`);
    await page.waitForLoadState("networkidle");
    const [{ transferSize, decodedBodySize }] = await page.evaluate(() =>
      performance.getEntriesByType("resource").filter((it) => it.name.includes("/tree-list/")).map((it) => it.toJSON()));
    assert.ok(transferSize < 1_000 && decodedBodySize > 10_000, `${transferSize} of ${decodedBodySize} bytes came`);
  },

  async "what a diff leaves out is shown in its place, and on a page without script"() {
    const page = await open({ name: "grace" });
    const lines = (of) => of.locator(".diff td.new [data-n]").count();
    for (const how of ["", "?diff=split"]) {
      await page.goto(`${site.url}/ada/gitflare/commit/main${how}`);
      await mark(page);
      const before = await lines(page);
      const words = await page.locator("a[data-excerpt]").first().textContent();
      const [, shown] = /Show (\d+) /.exec(words);
      await page.locator("a[data-excerpt]").first().click();
      await page.waitForFunction((wanted) => document.querySelectorAll(".diff td.new [data-n]").length === wanted, before + Number(shown));
      assert.equal(await isSame(page), true);
      const numbers = await page.locator(".file").first().locator("td.new [data-n]").evaluateAll((all) => all.map((it) => Number(it.dataset.n)));
      assert.deepEqual(numbers, [...numbers].sort((one, other) => one - other));
    }
    const bare = await open({ name: "grace", script: false });
    await bare.goto(`${site.url}/ada/gitflare/commit/main`);
    const before = await bare.locator(".file").first().locator("td.new [data-n]").count();
    await bare.locator("a[data-excerpt]").first().click();
    await bare.waitForURL(/file=.*context=/);
    assert.ok((await bare.locator(".file").first().locator("td.new [data-n]").count()) > before);
  },

  async "keys of a repository: files, the permanent link, other forms of a file"() {
    const page = await open({ name: "grace" });
    await page.goto(`${site.url}/ada/gitflare/blob/main/crates/forge/src/lib.rs`);
    await page.keyboard.press("l");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.type("42");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#L42$/);
    await page.keyboard.press("y");
    await page.waitForURL(/\/blob\/[0-9a-f]{40}\/crates\/forge\/src\/lib\.rs#L42$/);
    await page.waitForSelector("a[data-permalink]", { state: "detached" });
    await page.keyboard.press("B");
    await page.waitForURL(/\/blame\/[0-9a-f]{40}\//);
    await page.goto(`${site.url}/ada/gitflare`);
    await page.keyboard.press("t");
    await page.waitForURL(/\/find\/main$/);
    await page.waitForSelector("input[data-finder]:focus");
    await page.keyboard.type("forge/src/lib.rs");
    await page.keyboard.press("Enter");
    await page.waitForURL(/lib\.rs/);
    await page.goto(`${site.url}/ada/gitflare`);
    await page.keyboard.press("b");
    await page.waitForSelector(".picker[open]");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".picker[open]").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.closest(".picker > summary") !== null), true);
  },

  async "a dialog keeps the keyboard, and gives it back"() {
    const page = await open({ name: "ada" });
    await page.focus("a.title >> nth=0");
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
    for (let n = 0; n < 6; n += 1) {
      await page.keyboard.press(n < 3 ? "Tab" : "Shift+Tab");
      const inside = await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("dialog") !== null);
      assert.equal(inside, true);
    }
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.className), "title");
  },

  async "copying, times and menus"() {
    const page = await open({ name: "ada" });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(`${site.url}/ada/gitflare`);
    await page.click(".clone summary");
    await page.click(".clone .copy");
    await page.waitForSelector(".copy[data-copied]");
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, /^http:\/\/127\.0\.0\.1:\d+\/ada\/gitflare\.git$/);
    await page.keyboard.press("Escape");
    await page.hover("main .files time >> nth=0");
    const title = await page.getAttribute("main .files time", "title");
    assert.match(title, /\d{4}/);
    await page.click(".picker summary");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "INPUT");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "A");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("details.menu[open]").count(), 0);
  },

  async "colours change while they are chosen, and stay"() {
    const page = await open({ name: "grace" });
    await page.goto(`${site.url}/settings/appearance`);
    await page.check("#theme-dark");
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    await page.click("button:text('Save colours')");
    await page.waitForSelector(".notice.good");
    await page.reload();
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
  },

  async "a form is sent once"() {
    const page = await open({ name: "grace" });
    await page.goto(`${site.url}/new`);
    await page.fill("#name", "twice");
    const posts = [];
    page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
    await page.evaluate(() => {
      const button = document.querySelector("main form button[type=submit]");
      button.click();
      button.click();
    });
    await page.waitForURL(`${site.url}/grace/twice`);
    assert.equal(posts.length, 1);
  },

  async "everything works without script"() {
    const page = await open({ script: false });
    await page.goto(`${site.url}/login`);
    await page.fill("#name", "linus");
    await page.fill("#password", PASSWORD);
    await page.click("main button[type=submit]");
    await page.waitForURL(`${site.url}/`);
    assert.equal(await page.locator(".copy:visible").count(), 0);
    await page.click(".you summary");
    await page.click(".you a[href='/settings']");
    await page.fill("#full_name", "Linus");
    await page.click("main button[type=submit]");
    await page.waitForURL(`${site.url}/settings?done=profile`);
    await page.goto(`${site.url}/ada/gitflare`);
    await page.click("#star");
    await page.waitForURL(`${site.url}/ada/gitflare`);
    assert.equal(await page.getAttribute("#star", "aria-pressed"), "false");
    await page.click(".picker summary");
    await page.click(".picker a:has(.ref:text-is('main'))");
    await page.waitForURL(/\/tree\/main$/);
    await page.click(".you summary");
    await page.click(".you button[type=submit]");
    await page.waitForURL(`${site.url}/`);
    assert.equal(await page.locator(".you").count(), 0);
  },

  async "nothing runs that is not ours"() {
    const page = await open({ name: "ada" });
    const before = complaints.length;
    const refused = await page.evaluate(() => {
      try {
        document.querySelector("main").innerHTML = "<img src=x>";
        return "taken";
      } catch (error) {
        return error.name;
      }
    });
    assert.equal(refused, "TypeError");
    await page.waitForTimeout(200);
    // What the browser says of the refusal.
    complaints.splice(before);
  },
};

let failed = 0;
try {
  for (const [name, test] of Object.entries(tests)) {
    if (names.length > 0 && !names.some((wanted) => name.includes(wanted))) {
      continue;
    }
    try {
      await test();
      console.log(`ok   ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL ${name}\n${error.stack}`);
    }
    for (const context of browser.contexts()) {
      await context.close();
    }
  }
} finally {
  await browser.close();
  site.stop();
}
for (const complaint of complaints) {
  console.error(complaint);
}
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed, ${complaints.length} complaints`);
process.exit(failed === 0 && complaints.length === 0 ? 0 : 1);
