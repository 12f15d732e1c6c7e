// Forms: each is sent once, and those marked data-soft are sent without leaving the page.

import { fetchPage, show } from "./page";
import { arrive, settle } from "./navigate";
import { forget } from "./prefetch";

const sent = new WeakSet<HTMLFormElement>();

export function forms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post" || event.defaultPrevented) {
      return;
    }
    forget();
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    // A form that comes back from the page cache may be sent again.
    window.addEventListener("pageshow", () => sent.delete(form), { once: true });
    if (form.hasAttribute("data-soft") && window.navigation) {
      event.preventDefault();
      void send(form, event.submitter);
    }
  });
}

async function send(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) {
    body.append(name, String(value));
  }
  try {
    const page = await fetchPage(form.action, { method: "POST", body });
    if (page) {
      if (page.url !== location.href && page.url !== form.action) {
        settle(page.url);
      }
      const focused = document.activeElement?.id;
      await show(page.document);
      const again = focused ? document.getElementById(focused) : null;
      if (!again) {
        arrive();
      }
      return;
    }
  } catch (error) {
    console.info("the browser sends it by itself", error);
  } finally {
    sent.delete(form);
  }
  // The answer was not a page for us: it has happened, so look again rather than send again.
  location.reload();
}
