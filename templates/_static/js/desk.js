// Lists of a desk: a row opens by a click, chosen rows are counted, the current place of the phone's menu is in sight.
const locale = document.documentElement.lang === "tr" ? "tr-TR" : "en-GB";

document.addEventListener("click", (event) => {
  const row = event.target.closest(".desk-table tbody tr");
  const link = row?.querySelector(".lead-cell > a");
  if (!link || event.target.closest("a, button, input, label, select, summary, details") || String(getSelection())) return;
  if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
  else link.click();
});

for (const row of document.querySelectorAll(".desk-table tbody tr:has(.lead-cell > a)")) row.classList.add("opens");

for (const form of document.querySelectorAll("form[data-bulk]")) {
  const boxes = [...form.querySelectorAll("tbody .pick input")];
  const all = form.querySelector("[data-all]");
  const told = form.querySelector("[data-chosen]");
  const show = () => {
    const n = boxes.filter((box) => box.checked).length;
    told.textContent = told.dataset.text.replace("{n}", new Intl.NumberFormat(locale).format(n));
    all.checked = n > 0 && n === boxes.length;
    all.indeterminate = n > 0 && n < boxes.length;
  };
  told.role = "status";
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("change", (event) => event.target !== all && show());
  show();
}

// Only the row of places is moved, never the page.
const nav = document.querySelector(".desk-nav");
const current = nav?.querySelector("[aria-current]");
if (current && nav.scrollWidth > nav.clientWidth) {
  const by = current.getBoundingClientRect().left - nav.getBoundingClientRect().left;
  nav.scrollBy({ left: by - (nav.clientWidth - current.clientWidth) / 2, behavior: "instant" });
}
