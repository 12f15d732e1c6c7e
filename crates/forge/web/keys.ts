// The keyboard. Whatever carries data-keys ("t", or "g c" for one after the other) is followed or focused by them; the
// map under ? is made from what the page has, so it cannot promise what is not there.

import { show } from "./dialog";

const LISTS = "main .rows .title, main .files .name a";
const PATIENCE = 1_000;

let begun = "";
let timer = 0;

export function keys(): void {
  document.addEventListener("keydown", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    if (!plain || event.defaultPrevented || event.key.length !== 1 || isTyping(event.target) || isOff()) {
      return;
    }
    const typed = begun ? `${begun} ${event.key}` : event.key;
    begun = "";
    clearTimeout(timer);
    if (act(typed)) {
      event.preventDefault();
    } else if (document.querySelector(`[data-keys^="${CSS.escape(event.key)} "]`)) {
      begun = event.key;
      timer = window.setTimeout(() => {
        begun = "";
      }, PATIENCE);
    }
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select")) &&
    !target.matches("[type=radio], [type=checkbox]");
}

function isOff(): boolean {
  return document.documentElement.dataset.keys === "off" || document.querySelector("dialog[open]") !== null;
}

function act(typed: string): boolean {
  if (typed === "?") {
    showMap();
    return true;
  }
  if (typed === "j" || typed === "k") {
    return step(typed === "j" ? 1 : -1);
  }
  const found = document.querySelector<HTMLElement>(`[data-keys="${CSS.escape(typed)}"]`);
  if (!found) {
    return false;
  }
  if (found.matches("input, select, textarea")) {
    found.focus();
  } else {
    found.click();
    // A menu is opened to choose from it, and is left from within.
    const first = found.matches("summary") && found.parentElement?.querySelector<HTMLElement>("input, a[href], button");
    if (first) {
      first.focus();
    }
  }
  return true;
}

// Moves through the rows of the page's list.
function step(by: number): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>(LISTS)];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
  next?.focus();
  return rows.length > 0;
}

function row(keys: string, words: string): HTMLElement {
  const line = document.createElement("div");
  const term = document.createElement("dt");
  for (const key of keys.split(" ")) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(cap, " ");
  }
  const meaning = document.createElement("dd");
  meaning.textContent = words;
  line.append(term, meaning);
  return line;
}

function showMap(): void {
  const list = document.createElement("dl");
  list.append(row("?", "this map"));
  if (document.querySelector(LISTS)) {
    list.append(row("j k", "next and previous row"), row("Enter", "open it"));
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-keys]")) {
    const words = element.dataset.keysLabel ?? element.getAttribute("aria-label") ?? element.textContent ?? "";
    list.append(row(element.dataset.keys ?? "", words.trim()));
  }
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "Single keys can be switched off in settings, under Appearance.";
  const done = document.createElement("button");
  done.type = "button";
  done.textContent = "Close";
  const dialog = show("key-map", "Keyboard", list, hint, done);
  done.addEventListener("click", () => dialog.close());
}
