// Times: the server's words, kept fresh, with the exact moment in the reader's own zone one hover away.

import { onPage } from "./page";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

function counted(count: number, unit: string): string {
  const whole = Math.floor(count);
  return whole === 1 ? `1 ${unit}` : `${whole} ${unit}s`;
}

// The same words as the server's.
function distance(at: Date, now: number): string {
  const ago = Math.trunc(now / 1000) - Math.trunc(at.getTime() / 1000);
  const size = Math.abs(ago);
  if (size < MINUTE) {
    return ago >= 0 ? "just now" : "in a moment";
  }
  if (size >= 60 * DAY) {
    return `on ${day.format(at)}`;
  }
  const words = size < HOUR
    ? counted(size / MINUTE, "minute")
    : size < DAY
    ? counted(size / HOUR, "hour")
    : counted(size / DAY, "day");
  return ago > 0 ? `${words} ago` : `in ${words}`;
}

function refresh(): void {
  const now = Date.now();
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) {
      continue;
    }
    const words = distance(at, now);
    if (!element.hasAttribute("data-day") && element.textContent !== words) {
      element.textContent = words;
    }
  }
}

// Pages have hundreds of times, and readers ask for the exact one of few.
function explain(event: Event): void {
  const element = event.target instanceof Element ? event.target.closest<HTMLTimeElement>("time[datetime]") : null;
  const at = new Date(element?.dateTime ?? "");
  if (element && !Number.isNaN(at.getTime())) {
    element.title = exact.format(at);
  }
}

export function times(): void {
  document.addEventListener("pointerover", explain);
  document.addEventListener("focusin", explain);
  refresh();
  onPage(refresh);
  setInterval(refresh, MINUTE * 1000);
}
