// What is done in pages that are attacked. `provoke` and `inspect` run in the page, by themselves.

// Gives every handler its event, and follows every address that is a program.
export function provoke() {
  for (const element of document.querySelectorAll("*")) {
    for (const { name } of element.attributes) {
      if (/^on/i.test(name)) {
        element.dispatchEvent(new Event(name.slice(2).toLowerCase()));
      }
    }
    const get = (name) => element.getAttribute(name) ?? "";
    const addresses = [get("href"), get("xlink:href"), get("formaction"), get("action")];
    const runs = addresses.some((address) => /^[\0- ]*j[\t\n\r]*a[\t\n\r]*v[\t\n\r]*a[\t\n\r]*s[\t\n\r]*c/i.test(address));
    if (runs && element instanceof HTMLFormElement) {
      element.requestSubmit();
    } else if (runs) {
      element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    }
  }
}

// What the page's text is, and what may not be on any page of ours, as sentences.
export function inspect() {
  const wrong = [];
  const own = (address) => new URL(address, location.href).origin === location.origin;
  const prose =
    "a abbr acronym b bdi bdo blockquote br caption center cite code col colgroup data dd del details dfn div dl dt em figcaption " +
    "figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd li mark nav ol p pre q rp rt rtc ruby s samp section small " +
    "span strike strong sub summary sup table tbody td th thead time tr tt u ul var wbr article aside tfoot";
  const allowed = new Set(prose.split(" "));
  for (const element of document.querySelectorAll("*")) {
    const name = element.localName;
    const where = element.outerHTML.slice(0, 120);
    for (const attribute of element.attributes) {
      const key = attribute.name.toLowerCase();
      if (key.startsWith("on") || key === "style" || key === "srcdoc" || key === "ping") {
        wrong.push(`has ${key}: ${where}`);
      }
      if (["href", "xlink:href", "src", "action", "formaction", "data", "poster", "background"].includes(key)) {
        const { protocol } = new URL(attribute.value, location.href);
        if (!["http:", "https:", "mailto:"].includes(protocol)) {
          wrong.push(`leads to ${protocol} ${where}`);
        }
        if (!["a"].includes(name) && !own(attribute.value)) {
          wrong.push(`loads from elsewhere: ${where}`);
        }
      }
    }
    if (name === "script" && !/^\/assets\/app-[0-9a-f]+\.js$/.test(element.getAttribute("src") ?? "")) {
      wrong.push(`is a script: ${where}`);
    }
    if (/^(iframe|object|embed|base|portal|frame|frameset|template|math|style|noscript|applet|marquee|xmp|plaintext)$/.test(name)) {
      wrong.push(`holds ${name}: ${where}`);
    }
    if (name === "meta" && element.httpEquiv) {
      wrong.push(`commands the browser: ${where}`);
    }
    if (element.closest(".prose") && !element.matches(".prose") && !allowed.has(name)) {
      wrong.push(`a text holds ${name}: ${where}`);
    }
    if (element.closest(".prose") && name === "img" && !/^\/ada\/attacks\/raw\/main\//.test(element.getAttribute("src") ?? "/ada/attacks/raw/main/")) {
      wrong.push(`a text shows a picture from elsewhere: ${where}`);
    }
    if (element.closest(".prose") && element.id && !element.id.startsWith("user-content-")) {
      wrong.push(`a text has an id of ours: ${where}`);
    }
    if (name === "input" && element.closest(".prose") && !(element.type === "checkbox" && element.disabled)) {
      wrong.push(`a text asks for something: ${where}`);
    }
  }
  const clobbered = globalThis.clobbered !== undefined || document.clobbered !== undefined;
  return { clobbered, wrong, text: document.documentElement.textContent };
}

const TYPES = { html: "text/html", htm: "text/html", svg: "image/svg+xml", xhtml: "application/xhtml+xml", xht: "application/xhtml+xml", xml: "text/xml" };

// Takes from every answer what protects its page: the policy, the escaping, the type.
export async function disarmPage(context) {
  await context.route("**/*", async (route) => {
    const request = route.request();
    if (request.resourceType() !== "document" || !/^http:\/\/127/.test(request.url())) {
      // What a page loads besides does not matter here, only that it asks.
      return route.abort();
    }
    const response = await route.fetch({ maxRedirects: 0 });
    const headers = { ...response.headers() };
    for (const name of ["content-security-policy", "content-disposition", "x-content-type-options", "x-frame-options"]) {
      delete headers[name];
    }
    if (request.url().includes("/raw/main/raw/")) {
      const ending = new URL(request.url()).pathname.split(".").pop().toLowerCase();
      headers["content-type"] = TYPES[ending] ?? "text/html";
      return route.fulfill({ response, headers });
    }
    if (!(headers["content-type"] ?? "").startsWith("text/html")) {
      headers["content-type"] = "text/html; charset=utf-8";
    }
    const body = (await response.text())
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&");
    return route.fulfill({ response, headers, body });
  });
}
