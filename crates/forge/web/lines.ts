// Lines of a file: a click on a number names the line in the address, with shift a range of them, as #L3-L9. What the
// address names is marked, and permanent links take it along.

import { settle } from "./navigate";
import { onPage } from "./page";

export function lines(): void {
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
  if (first === 0 || last === first) {
    return;
  }
  for (let at = first; at <= Math.min(last, first + 20_000); at += 1) {
    document.getElementById(`L${at}`)?.setAttribute("data-marked", "");
  }
  document.getElementById(`L${first}`)?.scrollIntoView({ block: "center" });
}
