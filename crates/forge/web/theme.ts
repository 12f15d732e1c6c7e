// Colours change while they are being chosen; the form makes the choice last.

export function themes(): void {
  document.addEventListener("change", (event) => {
    const choice = event.target;
    if (choice instanceof HTMLInputElement && choice.name === "theme" && choice.checked) {
      document.documentElement.dataset.theme = choice.value;
    }
  });
}
