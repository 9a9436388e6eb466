// The filter sheet on phones. The address' fragment opens it without scripts; with them the focus stays inside,
// Escape and the phone's Back close it, and choosing does not leave a trail of fragments.
const narrow = matchMedia("(max-width: 60rem)");
let opener = null;
let openedAt = "";

const sheet = () => document.getElementById("filters");

export const isOpen = () => Boolean(sheet()?.classList.contains("is-open"));

// Marks the sheet that is in the page now as open or closed; the results' exchange brings a new one.
export function set(open) {
  const box = sheet();
  for (const part of document.querySelectorAll("header, footer, .skip, .pills, #list")) part.inert = open;
  document.body.classList.toggle("has-sheet", open);
  if (!box) return;
  box.classList.toggle("is-open", open);
  if (open) {
    box.role = "dialog";
    box.setAttribute("aria-modal", "true");
  } else {
    box.removeAttribute("role");
    box.removeAttribute("aria-modal");
  }
}

function open(pill) {
  opener = pill.getAttribute("href");
  openedAt = location.href;
  history.pushState({ sheet: true }, "", location.href);
  set(true);
  const part = document.getElementById(opener.slice(1));
  const facet = part.closest("details");
  if (facet) facet.open = true;
  sheet().scrollTop = facet ? facet.offsetTop - sheet().querySelector(".filters-head").offsetHeight : 0;
  sheet().querySelector("[data-close]").focus({ preventScroll: true });
}

function close() {
  if (location.href === openedAt) history.back();
  else shut();
}

function shut() {
  set(false);
  document.querySelector(`.pill[href="${opener}"]`)?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const pill = event.target.closest(".pill");
  if (pill) {
    event.preventDefault();
    open(pill);
  } else if (isOpen() && event.target.closest("[data-close], .backdrop")) {
    event.preventDefault();
    close();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOpen()) close();
});
addEventListener("popstate", () => {
  if (isOpen()) shut();
});
narrow.addEventListener("change", () => {
  if (!narrow.matches && isOpen()) shut();
});
