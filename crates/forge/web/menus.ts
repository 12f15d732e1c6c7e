// Menus are <details>: here they close when one looks elsewhere, and arrows walk through them.

function open(): HTMLDetailsElement[] {
  return [...document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")];
}

function close(menu: HTMLDetailsElement, refocus: boolean): void {
  menu.open = false;
  if (refocus) {
    menu.querySelector("summary")?.focus();
  }
}

export function menus(): void {
  document.addEventListener("pointerdown", (event) => {
    for (const menu of open()) {
      if (event.target instanceof Node && !menu.contains(event.target)) {
        close(menu, false);
      }
    }
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of open()) {
      if (event.target instanceof Node && !menu.contains(event.target)) {
        close(menu, false);
      }
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.target instanceof Element ? event.target.closest<HTMLDetailsElement>("details.menu") : null;
    if (!menu?.open) {
      return;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      close(menu, true);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const items = [...menu.querySelectorAll<HTMLElement>("a[href], button, input")];
      const step = event.key === "ArrowDown" ? 1 : -1;
      const at = items.indexOf(document.activeElement as HTMLElement);
      const next = at < 0 ? (step > 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length;
      event.preventDefault();
      items[next]?.focus();
    }
  });
  // A filter above the items leaves only those whose words hold what was typed.
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field instanceof HTMLInputElement && field.matches("[data-filter]")) {
      const wanted = field.value.trim().toLowerCase();
      for (const item of field.closest(".menu")?.querySelectorAll<HTMLElement>("li") ?? []) {
        item.hidden = !(item.textContent ?? "").toLowerCase().includes(wanted);
      }
    }
  });
}
