// Suggestions under a search field: products, headings, exporters.
import { combobox, named } from "./combobox.js";

const WAIT_MS = 80;

function group(list, title, entries) {
  const box = document.createElement("div");
  const name = named("span", "", title);
  box.role = "group";
  name.id = `${list.id}-${list.childElementCount}`;
  box.setAttribute("aria-labelledby", name.id);
  box.append(name);
  for (const entry of entries) {
    const option = document.createElement("div");
    option.role = "option";
    option.id = `${name.id}-${box.childElementCount}`;
    option.dataset.address = entry.address;
    option.append(named("bdi", "", entry.name));
    if (entry.code) option.append(named("bdi", "code", entry.code));
    box.append(option);
  }
  list.append(box);
}

function enhance(form, number) {
  const { lang, suggest, products, headings, exporters, some, none } = form.dataset;
  combobox(form.querySelector("input[type=search]"), {
    id: `suggestions-${number}`,
    label: products,
    wait: WAIT_MS,
    after: form.lastElementChild,
    find: (text) => `${suggest}?${new URLSearchParams({ q: text, lang })}`,
    fill(list, found) {
      const groups = [
        [products, found.products.map((p) => ({ name: p.name, address: `/${lang}/products/${p.slug}-${p.id}` }))],
        [headings, found.headings.map((h) => ({ name: h.name, code: h.code, address: `/${lang}/browse/${h.code}` }))],
        [exporters, found.exporters.map((e) => ({ name: e.name, address: `/${lang}/exporters/${e.slug}` }))],
      ];
      for (const [title, entries] of groups) if (entries.length) group(list, title, entries);
    },
    pick: (option) => location.assign(option.dataset.address),
    said: (count) => (count ? some.replace("{n}", count) : none),
  });
}

document.querySelectorAll("form[data-suggest]").forEach(enhance);
