// Runs before the first paint (a classic script in the head): the chosen colours, and a sign that scripts work.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // Storage may be forbidden; then the system's choice stands.
  }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  root.toggleAttribute("data-dark", theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
})();
