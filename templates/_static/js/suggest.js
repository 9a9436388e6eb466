// Suggestions under a search field: products, headings, exporters, as a listbox (ARIA combobox pattern).
const WAIT_MS = 80;

function enhance(form, number) {
  const input = form.querySelector("input[type=search]");
  const { lang, suggest } = form.dataset;
  const list = document.createElement("div");
  const status = document.createElement("p");
  let timer = 0;
  let request = null;
  let chosen = -1;

  list.className = "listbox";
  list.id = `suggestions-${number}`;
  list.role = "listbox";
  list.hidden = true;
  list.setAttribute("aria-label", form.dataset.products);
  status.className = "unseen";
  status.role = "status";
  form.append(list, status);
  input.role = "combobox";
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  const options = () => [...list.querySelectorAll("[role=option]")];

  function close() {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(next) {
    const all = options();
    chosen = next < -1 ? all.length - 1 : next >= all.length ? -1 : next;
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === chosen)));
    if (chosen >= 0) {
      input.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function group(title, entries) {
    const box = document.createElement("div");
    const name = document.createElement("span");
    box.role = "group";
    name.id = `${list.id}-${list.childElementCount}`;
    name.textContent = title;
    box.setAttribute("aria-labelledby", name.id);
    box.append(name);
    for (const entry of entries) {
      const option = document.createElement("div");
      const text = document.createElement("bdi");
      option.role = "option";
      option.id = `${name.id}-${box.childElementCount}`;
      option.dataset.address = entry.address;
      option.setAttribute("aria-selected", "false");
      text.textContent = entry.name;
      option.append(text);
      if (entry.code) {
        const code = document.createElement("bdi");
        code.className = "code";
        code.textContent = entry.code;
        option.append(code);
      }
      box.append(option);
    }
    return box;
  }

  function show(found) {
    const groups = [
      [form.dataset.products, found.products.map((p) => ({ name: p.name, address: `/${lang}/products/${p.slug}-${p.id}` }))],
      [form.dataset.headings, found.headings.map((h) => ({ name: h.name, code: h.code, address: `/${lang}/browse/${h.code}` }))],
      [form.dataset.exporters, found.exporters.map((e) => ({ name: e.name, address: `/${lang}/exporters/${e.slug}` }))],
    ].filter(([, entries]) => entries.length);
    list.replaceChildren();
    for (const [title, entries] of groups) list.append(group(title, entries));
    const count = options().length;
    list.hidden = !count;
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", String(Boolean(count)));
    status.textContent = count ? form.dataset.some.replace("{n}", count) : form.dataset.none;
  }

  async function ask() {
    const text = input.value.trim();
    request?.abort();
    if (text.length < 2) return close();
    request = new AbortController();
    try {
      const answer = await fetch(`${suggest}?${new URLSearchParams({ q: text, lang })}`, { signal: request.signal });
      if (answer.ok) show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      mark(event.key === "ArrowDown" ? chosen + 1 : chosen - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(options()[chosen].dataset.address);
    }
  });
  // Keeps the focus in the field, so that pressing an option does not close the list first.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.address);
  });
  input.addEventListener("blur", close);
  form.addEventListener("submit", close);
}

document.querySelectorAll("form[data-suggest]").forEach(enhance);
