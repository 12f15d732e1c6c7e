// Lines of a file: a click on a number names the line in the address, with shift a range of them, as #L3-L9. What the
// address names is marked, and permanent links take it along.

import { show } from "./dialog";
import { settle } from "./navigate";
import { onPage } from "./page";

// Lines above the one that was asked for.
const CONTEXT = 40;

export function lines(): void {
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-go-to-line]")) {
      event.preventDefault();
      ask();
    }
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const link = target?.closest<HTMLAnchorElement>("a[data-permalink]");
    if (link) {
      link.hash = location.hash;
    }
    const number = target?.closest<HTMLElement>(".source .n a");
    const [first] = named();
    if (number && event.shiftKey && first) {
      event.preventDefault();
      const other = Number(number.dataset.n);
      settle(`#L${Math.min(first, other)}-L${Math.max(first, other)}`);
      mark();
    }
  }, { capture: true });
  window.addEventListener("hashchange", mark);
  onPage(mark);
  mark();
}

// Asks for a number, which the address names then.
function ask(): void {
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "filter";
  const field = document.createElement("input");
  field.type = "number";
  field.min = "1";
  field.required = true;
  field.setAttribute("aria-labelledby", "go-to-line-title");
  const go = document.createElement("button");
  go.textContent = "Go";
  form.append(field, go);
  const dialog = show("go-to-line", "Go to line", form);
  dialog.addEventListener("close", () => {
    if (field.value) {
      location.hash = `#L${Number(field.value)}`;
    }
  });
  // Who leaves it goes nowhere.
  dialog.addEventListener("cancel", () => {
    field.value = "";
  });
}

// The first and the last line the address names.
function named(): [number, number] {
  const found = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash);
  const first = Number(found?.[1] ?? 0);
  return [first, Number(found?.[2] ?? first)];
}

function mark(): void {
  for (const row of document.querySelectorAll(".source [data-marked]")) {
    row.removeAttribute("data-marked");
  }
  const [first, last] = named();
  const all = Number(document.querySelector<HTMLElement>(".source[data-lines]")?.dataset.lines ?? 0);
  if (first > 0 && first <= all && !document.getElementById(`L${first}`)) {
    // In another part of the file: some lines above it come along.
    location.replace(`?plain=1&from=${Math.max(1, first - CONTEXT)}${location.hash}`);
    return;
  }
  if (first === 0 || last === first) {
    return;
  }
  for (let at = first; at <= Math.min(last, first + 20_000); at += 1) {
    document.getElementById(`L${at}`)?.setAttribute("data-marked", "");
  }
  document.getElementById(`L${first}`)?.scrollIntoView({ block: "center" });
}
