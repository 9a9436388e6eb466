// Choices on a results page take effect at once: the same page is fetched and its results are put in place.
// The address always says what is shown; Back and Forward work; without scripts the form is a plain GET form.
import { isOpen, set } from "./sheet.js";

const WAIT_MS = 300;
const TYPING_MS = 600;
let region = document.querySelector("[data-results]");
let request = null;
let typing = 0;
const plain = (address) => address.split("#")[0];
let shown = plain(location.href);

function addressOf(form) {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (value && !(name === "sort" && value === "relevance")) asked.append(name, value);
  }
  const query = asked.toString();
  return query ? `${form.action}?${query}` : form.action;
}

// What the reader has opened, and where the focus and the sheet stand, outlives the exchange.
function remember() {
  const active = document.activeElement;
  const sheet = document.getElementById("filters");
  return {
    open: new Map([...region.querySelectorAll("details[data-facet]")].map((part) => [part.dataset.facet, part.open])),
    name: region.contains(active) ? active.name : null,
    value: active.value,
    type: active.type,
    scroll: sheet ? sheet.scrollTop : 0,
  };
}

function recall(state) {
  for (const part of region.querySelectorAll("details[data-facet]")) {
    if (state.open.has(part.dataset.facet)) part.open = state.open.get(part.dataset.facet);
  }
  const sheet = document.getElementById("filters");
  if (sheet) sheet.scrollTop = state.scroll;
  if (!state.name) return;
  for (const field of region.querySelectorAll("input, select")) {
    if (field.name === state.name && (state.type !== "checkbox" || field.value === state.value)) {
      field.focus({ preventScroll: true });
      return;
    }
  }
}

async function load(address, { push, scroll }) {
  request?.abort();
  request = new AbortController();
  const { signal } = request;
  const slow = setTimeout(() => region.classList.add("is-waiting"), WAIT_MS);
  try {
    const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-results]");
    if (!fresh) return location.assign(address);
    const state = remember();
    const open = isOpen();
    const count = fresh.querySelector("[data-count]")?.textContent ?? "";
    region.replaceWith(fresh);
    region = fresh;
    document.title = page.title;
    // Choices made in the open sheet are one step of the history, so that Back leaves them all.
    if (push) history[open ? "replaceState" : "pushState"]({}, "", address);
    shown = plain(location.href);
    for (const link of document.querySelectorAll("a[hreflang]")) {
      const other = [...page.querySelectorAll("a[hreflang]")].find((entry) => entry.hreflang === link.hreflang);
      if (other) link.href = other.getAttribute("href");
    }
    if (open) set(true);
    recall(state);
    if (scroll) document.getElementById("list")?.scrollIntoView({ block: "start" });
    announce(count);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(address);
  } finally {
    clearTimeout(slow);
    if (!signal.aborted) region.classList.remove("is-waiting");
  }
}

// A status that is put into the page with its text is not read out: it has to change afterwards.
function announce(count) {
  const status = region.querySelector("[data-count]");
  if (!status) return;
  status.textContent = "";
  setTimeout(() => (status.textContent = count), 100);
}

document.addEventListener("change", (event) => {
  const { form } = event.target;
  if (form?.id !== "filters-form") return;
  clearTimeout(typing);
  load(addressOf(form), { push: true });
});

document.addEventListener("input", (event) => {
  const { form, inputMode } = event.target;
  if (form?.id !== "filters-form" || !["decimal", "numeric"].includes(inputMode)) return;
  clearTimeout(typing);
  typing = setTimeout(() => load(addressOf(form), { push: true }), TYPING_MS);
});

document.addEventListener("submit", (event) => {
  if (event.target.id !== "filters-form") return;
  event.preventDefault();
  clearTimeout(typing);
  if (addressOf(event.target) !== shown) load(addressOf(event.target), { push: true });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-results] a[data-swap], [data-results] .paging a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  load(link.href, { push: true, scroll: Boolean(link.closest(".paging")) });
});

addEventListener("popstate", () => {
  // A change of the fragment alone, or the sheet's own entry, shows the same results.
  if (plain(location.href) !== shown) load(location.href, { push: false });
});
