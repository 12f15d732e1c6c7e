// Pages fetched a moment before they are asked for: a pointer that rests on a link is likely to follow it.

import { type Fetched, fetchPage } from "./page";

const LASTS = 15_000;
const MOST = 8;
const REST = 50;

interface Kept {
  readonly at: number;
  readonly page: Promise<Fetched | undefined>;
}

const kept = new Map<string, Kept>();

// The page of an address, if it was fetched just now. It can be had once.
export function take(url: string): Promise<Fetched | undefined> | undefined {
  const found = kept.get(url);
  kept.delete(url);
  return found && performance.now() - found.at < LASTS ? found.page : undefined;
}

// Forgets all of it: something changed.
export function forget(): void {
  kept.clear();
}

function fetchSoon(url: string): void {
  const known = kept.get(url);
  if (known && performance.now() - known.at < LASTS) {
    return;
  }
  const page = fetchPage(url, { headers: { "X-Prefetch": "1" } });
  // Whoever takes it hears of the failure.
  page.catch(() => kept.delete(url));
  kept.set(url, { at: performance.now(), page });
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST) {
      break;
    }
    kept.delete(oldest);
  }
}

// The address a pointer is on, if it is a page of ours that may be fetched unasked.
function target(event: Event): string | undefined {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link?.href || link.origin !== location.origin || link.target || link.hasAttribute("download")) {
    return undefined;
  }
  const unasked = !link.closest("[data-document]") && !link.relList.contains("nofollow");
  const here = link.pathname === location.pathname && link.search === location.search;
  return unasked && !here ? link.href.split("#")[0] : undefined;
}

export function prefetching(): void {
  if (navigator.connection?.saveData) {
    return;
  }
  let timer = 0;
  document.addEventListener("pointerover", (event) => {
    clearTimeout(timer);
    const url = event.pointerType === "mouse" ? target(event) : undefined;
    if (url) {
      timer = window.setTimeout(() => fetchSoon(url), REST);
    }
  });
  document.addEventListener("pointerdown", (event) => {
    // A finger that goes down may be about to scroll.
    const url = event.pointerType === "mouse" && event.button === 0 ? target(event) : undefined;
    if (url) {
      fetchSoon(url);
    }
  });
}
