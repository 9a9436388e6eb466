// How many people the choices hold, asked anew shortly after each change. Without this the button "Count" does it.
const WAIT_MS = 350;
const box = document.querySelector("[data-count]");
const locale = document.documentElement.lang === "tr" ? "tr-TR" : "en-GB";
const figure = new Intl.NumberFormat(locale);

function follow() {
  const form = box.closest("form");
  let wait = 0;
  let asked = 0;
  const ask = async () => {
    const mine = ++asked;
    const query = new URLSearchParams(new FormData(form));
    for (const name of ["_csrf_token", "version", "do"]) query.delete(name);
    box.classList.add("is-asking");
    try {
      const answer = await fetch(`${box.dataset.count}?${query}`, { headers: { Accept: "application/json" } });
      if (mine !== asked || !answer.ok) return;
      const reach = await answer.json();
      for (const place of box.querySelectorAll("[data-figure]")) {
        place.textContent = figure.format(reach[place.dataset.figure]);
      }
      box.classList.toggle("is-nobody", !reach.reached);
      box.querySelector(".ann-reach-nobody").hidden = reach.reached > 0;
    } catch {
      // The button still counts.
    } finally {
      if (mine === asked) box.classList.remove("is-asking");
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(ask, WAIT_MS);
  });
}

if (box) follow();
