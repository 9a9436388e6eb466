// The account's menu closes by Escape, by a click beside it and when the focus leaves it; it opens without scripts.
for (const menu of document.querySelectorAll("details[data-menu]")) {
  const button = menu.querySelector("summary");
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    button.focus();
  });
}
