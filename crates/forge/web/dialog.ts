// Dialogs that are made when they are asked for. They keep the keyboard while they are open, and give it back.

// Shows one with this title; `name` is its class, and the beginning of its title's id.
export function show(name: string, words: string, ...content: HTMLElement[]): HTMLDialogElement {
  const dialog = document.createElement("dialog");
  dialog.className = `dialog ${name}`;
  const title = document.createElement("h2");
  title.id = `${name}-title`;
  title.textContent = words;
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(title, ...content);
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement) {
      before.focus();
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
