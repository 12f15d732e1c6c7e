// Parts of a page that have a page of their own: a link with data-place is fetched, and the section it names takes the
// place of the one it stands in.

import { announce, fetchPage } from "./page";

export function places(): void {
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
