// The file finder: the list of all paths is fetched once, and narrowed with every letter as the server would narrow it.

import { Typed, type Path, folded } from "./fuzzy";
import { announce, onPage } from "./page";

// Rows shown of those that fit, and parts of a list that are fetched.
const ROWS = 100;
const PARTS = 16;
// How long one has to rest before the number of paths is said.
const REST = 600;

interface Answer {
  readonly paths: string;
  readonly next: string | null;
}

let known: { readonly url: string; readonly paths: Promise<Path[]> } | undefined;
let timer = 0;

export function finder(): void {
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field instanceof HTMLInputElement && field.matches("[data-finder]")) {
      void narrow(field);
    }
  });
  document.addEventListener("keydown", (event) => {
    const field = document.querySelector<HTMLInputElement>("input[data-finder]");
    const list = field?.closest(".finder")?.querySelector(".paths");
    if (!field || !list || !(event.target instanceof Element) || !event.target.closest(".finder")) {
      return;
    }
    const rows = [...list.querySelectorAll<HTMLElement>("a.title")];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      (rows[at + (event.key === "ArrowDown" ? 1 : -1)] ?? field).focus();
    } else if (event.key === "Enter" && event.target === field && rows[0] && field.value.trim() !== "") {
      event.preventDefault();
      rows[0].click();
    }
  });
  onPage(begin);
  begin();
}

// Fetches the list before the first letter is typed.
function begin(): void {
  const field = document.querySelector<HTMLInputElement>("input[data-finder]");
  if (field) {
    void paths(field.dataset.finder ?? "", field.dataset.blob ?? "").catch(() => undefined);
  }
}

function paths(url: string, blob: string): Promise<Path[]> {
  if (known?.url !== url) {
    const fetched = fetchAll(url, blob);
    known = { url, paths: fetched };
    fetched.catch(() => {
      known = undefined;
    });
  }
  return known?.paths ?? Promise.resolve([]);
}

async function fetchAll(url: string, blob: string): Promise<Path[]> {
  const all: Path[] = [];
  let after = "";
  for (let part = 0; part < PARTS; part += 1) {
    const response = await fetch(after ? `${url}?after=${encodeURIComponent(after)}` : url, { credentials: "same-origin" });
    if (!response.ok) {
      throw new Error(`the list of paths: ${response.status}`);
    }
    const answer = (await response.json()) as Answer;
    for (const line of answer.paths.split("\n")) {
      if (line) {
        const shown = decoded(line);
        all.push({ shown, href: `${blob}/${line}`, folded: folded(shown) });
      }
    }
    if (answer.next === null) {
      break;
    }
    after = answer.next;
  }
  return all;
}

// Names need not be UTF-8.
function decoded(line: string): string {
  if (!line.includes("%")) {
    return line;
  }
  const bytes: number[] = [];
  for (let at = 0; at < line.length; at += 1) {
    const isByte = line[at] === "%";
    bytes.push(isByte ? Number.parseInt(line.slice(at + 1, at + 3), 16) : line.charCodeAt(at));
    at += isByte ? 2 : 0;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes));
}

async function narrow(field: HTMLInputElement): Promise<void> {
  const wanted = field.value;
  const all = await paths(field.dataset.finder ?? "", field.dataset.blob ?? "").catch(() => undefined);
  // Somebody typed on, or the list did not come: then Enter asks the server.
  if (!all || field.value !== wanted || !field.isConnected) {
    return;
  }
  const typed = new Typed(wanted);
  const found: [number, number][] = [];
  for (const [n, path] of all.entries()) {
    const score = typed.letters.length === 0 ? 0 : typed.score(path);
    if (score !== undefined) {
      found.push([score, n]);
    }
  }
  found.sort((one, other) => other[0] - one[0] || one[1] - other[1]);
  const rows = found.slice(0, ROWS).map(([, n]) => row(all[n] as Path, typed));
  const box = field.closest(".finder");
  box?.querySelector(".paths")?.replaceChildren(...rows);
  const words = said(found.length, rows.length);
  const note = box?.querySelector<HTMLElement>("[data-found]");
  if (note) {
    note.textContent = words;
  }
  box?.querySelector("[data-further]")?.remove();
  clearTimeout(timer);
  timer = window.setTimeout(() => announce(words), REST);
}

function said(found: number, shown: number): string {
  const number = found.toLocaleString("en");
  if (found === 0) {
    return "No file here has these letters in its path, in this order.";
  }
  return found > shown ? `The best ${shown} of ${number} files that fit.` : found === 1 ? "1 file fits." : `${number} files fit.`;
}

function row(path: Path, typed: Typed): HTMLElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.className = "title";
  link.href = path.href;
  const places = typed.places(path);
  let text = "";
  let isMarked = false;
  const flush = () => {
    if (text) {
      const piece = isMarked ? document.createElement("b") : undefined;
      piece?.append(text);
      link.append(piece ?? text);
    }
    text = "";
  };
  for (const [n, c] of [...path.shown].entries()) {
    if (places.has(n) !== isMarked) {
      flush();
      isMarked = !isMarked;
    }
    text += visible(c);
  }
  flush();
  item.append(link);
  return item;
}

// Nothing in a name may hide or turn what stands beside it.
function visible(c: string): string {
  const odd = /[\p{Cc}\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u061C]/u;
  return odd.test(c) ? `‹U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›` : c;
}
