// Soft navigation: a link's page is fetched and becomes this page. Whatever is unusual is left to the browser.

import { announce, fetchPage, show } from "./page";
import { prefetching, take } from "./prefetch";

// The last thing clicked, for what the navigation itself does not tell.
let clicked: Element | null = null;
// Whether it is we who change the address.
let settling = false;

export function navigation(): void {
  const browser = window.navigation;
  if (!browser) {
    return;
  }
  document.addEventListener("click", (event) => {
    clicked = event.target instanceof Element ? event.target : null;
  }, { capture: true });
  browser.addEventListener("navigate", (event) => {
    const asked = clicked;
    clicked = null;
    if (settling || !isOurs(event, asked)) {
      return;
    }
    event.intercept({ focusReset: "manual", scroll: "manual", handler: () => go(event) });
  });
  prefetching();
}

function isOurs(event: NavigateEvent, asked: Element | null): boolean {
  const unusual = !event.canIntercept || event.hashChange || event.formData !== null ||
    event.downloadRequest !== null || event.navigationType === "reload";
  return !unusual && new URL(event.destination.url).origin === location.origin && !asked?.closest("[data-document]");
}

async function go(event: NavigateEvent): Promise<void> {
  const { url } = event.destination;
  document.documentElement.toggleAttribute("data-busy", true);
  try {
    const [bare = url, hash] = url.split("#");
    const page = (await take(bare)) ?? (await fetchPage(bare, { signal: event.signal }));
    if (event.signal.aborted) {
      return;
    }
    if (!page) {
      location.reload();
      return;
    }
    if (page.url !== bare) {
      settle(hash ? `${page.url}#${hash}` : page.url);
    }
    await show(page.document);
    event.scroll();
    arrive();
  } catch (error) {
    // Somebody went elsewhere meanwhile.
    if (!event.signal.aborted) {
      console.info("the browser goes there by itself", error);
      location.reload();
    }
  } finally {
    document.documentElement.removeAttribute("data-busy");
  }
}

// Writes the address without going there.
export function settle(url: string, how: "push" | "replace" = "replace"): void {
  settling = true;
  try {
    if (how === "push") {
      history.pushState(null, "", url);
    } else {
      history.replaceState(null, "", url);
    }
  } finally {
    settling = false;
  }
}

// As after a page that was loaded: reading starts at its heading, and its title is said.
export function arrive(): void {
  const wanted = document.querySelector<HTMLElement>("main [autofocus]") ?? document.querySelector<HTMLElement>("h1");
  if (wanted && !wanted.matches("input, select, textarea, button, a")) {
    wanted.tabIndex = -1;
  }
  wanted?.focus({ preventScroll: true });
  announce(document.title);
}
