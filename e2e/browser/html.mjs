// node html.mjs BINARY: the markup of every page is valid.

import { HtmlValidate } from "html-validate";
import { PAGES } from "./pages.mjs";
import { start, Visitor } from "./site.mjs";

const [binary] = process.argv.slice(2);
const validator = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: {
    // The names of repositories make long titles.
    "long-title": "off",
    // A list of choices is read better without roles that say what it is.
    "no-redundant-role": "off",
    // <style>-less pages may carry presentation in attributes of drawings.
    "svg-focusable": "off",
  },
});
const site = await start(binary, new URL("../..", import.meta.url).pathname);
let findings = 0;
let count = 0;
try {
  const visitors = new Map([[null, new Visitor(site.url)]]);
  const strangers = PAGES.filter(([, , who]) => who !== null).map(([name, path]) => [`${name} signed out`, path, null]);
  for (const [name, path, who] of [...PAGES, ...strangers]) {
    if (!visitors.has(who)) {
      visitors.set(who, await new Visitor(site.url).signIn(who));
    }
    const html = await (await visitors.get(who).send(path)).text();
    // A redirect has no body.
    if (html === "") {
      continue;
    }
    count += 1;
    const report = await validator.validateString(html, `${name}.html`);
    for (const { messages } of report.results) {
      for (const { ruleId, message, column } of messages) {
        findings += 1;
        console.error(`${name}: ${ruleId}: ${message}\n    ${html.slice(Math.max(0, column - 60), column + 100)}`);
      }
    }
  }
} finally {
  site.stop();
}
console.log(`html: ${count} pages, ${findings} findings`);
process.exit(findings === 0 ? 0 : 1);
