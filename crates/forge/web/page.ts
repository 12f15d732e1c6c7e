// A page that was fetched: parsed, compared with the one on the screen, and put in its place.

import { Idiomorph } from "idiomorph";

// Pages demand Trusted Types. This is the one policy they allow, and the one place that uses it: what comes in is a
// whole page of this site, which the server has escaped and sanitised, and parsing runs nothing of it.
const policy = window.trustedTypes?.createPolicy("gitflare", { createHTML: (text) => text }) ?? {
  createHTML: (text: string) => text,
};

export interface Fetched {
  // Where it really is, after redirects.
  readonly url: string;
  readonly document: Document;
}

const swapped = new Set<() => void>();

// Calls back after every change of page.
export function onPage(callback: () => void): void {
  swapped.add(callback);
}

// Fetches a page. Nothing when the answer is not a page that can replace this one: then the browser has to go there
// by itself.
export async function fetchPage(url: string, options: RequestInit): Promise<Fetched | undefined> {
  const response = await fetch(url, { ...options, credentials: "same-origin" });
  const type = response.headers.get("content-type") ?? "";
  const whole = response.status < 500 && type.startsWith("text/html");
  if (!whole || new URL(response.url).origin !== location.origin) {
    return undefined;
  }
  const text = policy.createHTML(await response.text());
  const parsed = new DOMParser().parseFromString(text, "text/html");
  return assets(parsed) === assets(document) ? { url: response.url, document: parsed } : undefined;
}

// A page made for other scripts or styles is not for this document.
function assets(of: Document): string {
  const links = of.head.querySelectorAll<HTMLElement>("script[src], link[rel=stylesheet]");
  return [...links].map((link) => link.getAttribute("src") ?? link.getAttribute("href")).join(" ");
}

// Makes this page that page.
export async function show(next: Document): Promise<void> {
  const swap = () => {
    document.title = next.title;
    for (const { name, value } of [...next.documentElement.attributes]) {
      document.documentElement.setAttribute(name, value);
    }
    const scheme = next.head.querySelector("meta[name=color-scheme]")?.getAttribute("content");
    document.head.querySelector("meta[name=color-scheme]")?.setAttribute("content", scheme ?? "light dark");
    Idiomorph.morph(document.body, next.body, {
      restoreFocus: true,
      callbacks: { beforeNodeMorphed: (node) => !(node instanceof Element && node.id === "announcer") },
    });
    for (const callback of swapped) {
      callback();
    }
  };
  if (!document.startViewTransition || matchMedia("(prefers-reduced-motion: reduce)").matches) {
    swap();
    return;
  }
  const transition = document.startViewTransition(swap);
  // The fade may be skipped, when a tab is hidden for one; the swap itself is what counts.
  transition.ready.catch(() => undefined);
  transition.finished.catch(() => undefined);
  await transition.updateCallbackDone;
}

// Says something to those who listen instead of looking.
export function announce(words: string): void {
  const region = document.getElementById("announcer");
  if (region) {
    region.textContent = words;
  }
}
