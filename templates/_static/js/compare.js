// Remembers in this tab what was compared, so that the next product's button adds to it.
const KEY = "kervan-compare";
const MOST = 4;

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((id) => /^[a-z0-9]{12}$/.test(id)) : [];
  } catch {
    return [];
  }
}

const page = document.querySelector("[data-compared]");
if (page) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(page.dataset.compared.split(" ").filter(Boolean)));
  } catch {
    // Storage is switched off: each comparison then begins anew.
  }
}

for (const link of document.querySelectorAll("a[data-compare]")) {
  const ids = [...kept().filter((id) => id !== link.dataset.compare).slice(-(MOST - 1)), link.dataset.compare];
  const address = new URL(link.href);
  address.search = new URLSearchParams(ids.map((id) => ["p", id])).toString();
  link.href = address.href;
}
