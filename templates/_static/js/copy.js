// Buttons that copy a code or the address of the page. Without a clipboard they are not shown.
const SHOWN_MS = 2000;

async function copy(button, text) {
  const place = button.querySelector("span");
  const before = place.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return;
  }
  place.textContent = button.dataset.done;
  setTimeout(() => (place.textContent = before === button.dataset.done ? "" : before), SHOWN_MS);
}

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy], [data-copy-address]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button, button.dataset.copy ?? location.href.split("#")[0]));
  }
}
