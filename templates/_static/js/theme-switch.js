// The button that changes between light and dark colours. Without scripts the system decides and no button is shown.
const root = document.documentElement;

function change() {
  const theme = root.hasAttribute("data-dark") ? "light" : "dark";
  root.dataset.theme = theme;
  root.toggleAttribute("data-dark", theme === "dark");
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // The choice then lasts as long as the page.
  }
}

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.hidden = false;
  button.addEventListener("click", change);
}

// The phone's menu closes on Escape and when something outside it is pressed.
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}
