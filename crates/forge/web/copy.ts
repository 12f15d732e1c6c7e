// Copy buttons: data-copy holds the text, or the id of the element whose text it is after a #.

import { announce } from "./page";

export function copyButtons(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-copy]") : null;
    if (button) {
      void copy(button);
    }
  });
}

async function copy(button: HTMLElement): Promise<void> {
  const wanted = button.dataset.copy ?? "";
  const text = wanted.startsWith("#") ? (document.getElementById(wanted.slice(1))?.textContent ?? "") : wanted;
  try {
    await navigator.clipboard.writeText(text);
    button.dataset.copied = "";
    announce("Copied");
    setTimeout(() => delete button.dataset.copied, 2_000);
  } catch {
    announce("The browser did not let this page copy");
  }
}
