// Parts of a page that have a page of their own: a link with data-place is fetched, and the section it names takes the
// place of the one it stands in.
//
// Lines that a diff leaves out: a link with data-excerpt stands in a row, whose place the rows of that page take.

import { announce, fetchPage } from "./page";

export function places(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-excerpt]") : null;
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && event.button === 0;
    const row = link?.closest("tr");
    if (link && row && plain) {
      event.preventDefault();
      if (!link.hasAttribute("aria-busy")) {
        link.setAttribute("aria-busy", "true");
        void expand(link, row);
      }
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-place]") : null;
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && event.button === 0;
    const section = link?.closest("section[id]");
    if (link && section && plain && !link.hasAttribute("aria-busy")) {
      event.preventDefault();
      link.setAttribute("aria-busy", "true");
      void place(link, section);
    }
  });
}

async function place(link: HTMLAnchorElement, section: Element): Promise<void> {
  try {
    const fetched = await fetchPage(link.href, {});
    const found = fetched?.document.getElementById(section.id);
    if (found) {
      section.replaceWith(document.adoptNode(found));
      found.tabIndex = -1;
      found.focus({ preventScroll: true });
      announce("More lines are shown");
      return;
    }
  } catch {
    // The browser goes there by itself.
  }
  location.href = link.href;
}

async function expand(link: HTMLAnchorElement, row: Element): Promise<void> {
  try {
    const fetched = await fetchPage(link.dataset.excerpt ?? "", {});
    const rows = [...(fetched?.document.querySelector("[data-excerpt-rows]")?.children ?? [])];
    if (rows.length > 0) {
      const lines = rows.filter((it) => !it.classList.contains("hunk"));
      row.replaceWith(...rows.map((it) => document.adoptNode(it)));
      const next = rows.map((it) => it.querySelector<HTMLElement>("a[data-excerpt]")).find((it) => it) ??
        lines[0]?.querySelector<HTMLElement>("a");
      next?.focus({ preventScroll: true });
      announce(`${lines.length} lines more are shown`);
      return;
    }
  } catch {
    // The browser goes to the page with more lines by itself.
  }
  location.href = link.href;
}
