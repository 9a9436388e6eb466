// Headings of the tariff while one types: chosen ones become ticked boxes (ARIA combobox pattern).
const WAIT_MS = 120;

function enhance(box, number) {
  const input = box.querySelector("input[name=heading_words]");
  const frame = box.querySelector(".importer-chosen");
  const chosen = box.querySelector("[data-chosen-headings]");
  const list = document.createElement("div");
  const status = document.createElement("p");
  let timer = 0;
  let request = null;
  let marked = -1;

  list.className = "listbox";
  list.id = `headings-${number}`;
  list.role = "listbox";
  list.hidden = true;
  list.setAttribute("aria-label", box.dataset.label);
  status.className = "unseen";
  status.role = "status";
  input.after(list, status);
  input.role = "combobox";
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  const options = () => [...list.children];

  function close() {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    marked = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(next) {
    const all = options();
    marked = (next + all.length) % all.length;
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === marked)));
    input.setAttribute("aria-activedescendant", all[marked].id);
    all[marked].scrollIntoView({ block: "nearest" });
  }

  function named(tag, className, text) {
    const part = document.createElement(tag);
    part.className = className;
    part.textContent = text;
    return part;
  }

  function take(option) {
    const { code, shown, name } = option.dataset;
    let tick = chosen.querySelector(`input[value="${code}"]`);
    if (!tick) {
      const label = document.createElement("label");
      const text = document.createElement("span");
      tick = document.createElement("input");
      Object.assign(tick, { type: "checkbox", name: "headings", value: code });
      label.className = "form-option";
      text.append(named("bdi", "code", shown), " ", named("bdi", "", name));
      label.append(tick, text);
      chosen.append(label);
    }
    tick.checked = true;
    frame.hidden = false;
    input.value = "";
    tick.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  }

  function show(found) {
    list.replaceChildren(
      ...found.map((heading, n) => {
        const option = named("div", "", "");
        option.role = "option";
        option.id = `${list.id}-${n}`;
        option.setAttribute("aria-selected", "false");
        Object.assign(option.dataset, { code: heading.code, shown: heading.formatted, name: heading.name });
        option.append(named("bdi", "", heading.name), named("bdi", "code", heading.formatted));
        return option;
      }),
    );
    list.hidden = !found.length;
    marked = -1;
    input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", String(Boolean(found.length)));
    status.textContent = found.length ? box.dataset.some.replace("{n}", found.length) : box.dataset.none;
  }

  async function ask() {
    const text = input.value.trim();
    request?.abort();
    if (text.length < 2) return close();
    request = new AbortController();
    const query = new URLSearchParams({ q: text, lang: box.dataset.lang, limit: 8 });
    try {
      const answer = await fetch(`/api/v1/nomenclature/search?${query}`, { signal: request.signal });
      if (answer.ok) show((await answer.json()).data.filter((heading) => heading.code.length >= 4));
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
      mark(event.key === "ArrowDown" ? marked + 1 : Math.max(marked, 0) - 1);
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      take(options()[Math.max(marked, 0)]);
    }
  });
  // Keeps the focus in the field, so that pressing an option does not close the list first.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  input.addEventListener("blur", close);
}

document.querySelectorAll("[data-heading-picker]").forEach(enhance);
