// The current tab of a row that is longer than the screen is brought into sight.

import { onPage } from "./page";

function reveal(): void {
  for (const row of document.querySelectorAll<HTMLElement>(".tabs ul")) {
    const current = row.querySelector<HTMLElement>("[aria-current]");
    if (current && row.scrollWidth > row.clientWidth) {
      row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
    }
  }
}

export function tabs(): void {
  // After the first picture, when the sizes are known without being computed twice.
  requestAnimationFrame(() => setTimeout(reveal));
  onPage(reveal);
}
