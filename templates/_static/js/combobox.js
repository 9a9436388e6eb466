// A field with offers under it, for the keyboard and for readers who hear the page (ARIA combobox pattern).

// find(text) is the address that answers with the offers, fill(list, found) puts elements with role=option and an id into the list,
// pick(option) is what choosing one does, said(count) what is spoken. With takesFirst, Enter picks without a mark too.
export function combobox(input, { id, label, wait, find, fill, pick, said, takesFirst = false, after = input }) {
  const list = document.createElement("div");
  const status = document.createElement("p");
  let timer = 0;
  let request = null;
  let marked = -1;

  list.className = "listbox";
  list.id = id;
  list.role = "listbox";
  list.hidden = true;
  list.setAttribute("aria-label", label);
  status.className = "unseen";
  status.role = "status";
  after.after(list, status);
  input.role = "combobox";
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  const options = () => [...list.querySelectorAll("[role=option]")];

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
    marked = next < -1 ? all.length - 1 : next >= all.length ? -1 : next;
    all.forEach((option, n) => option.setAttribute("aria-selected", String(n === marked)));
    if (marked >= 0) {
      input.setAttribute("aria-activedescendant", all[marked].id);
      all[marked].scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function show(found) {
    list.replaceChildren();
    fill(list, found);
    const all = options();
    for (const option of all) option.setAttribute("aria-selected", "false");
    list.hidden = !all.length;
    marked = -1;
    input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", String(Boolean(all.length)));
    status.textContent = said(all.length);
  }

  function chosen(option) {
    pick(option);
    close();
  }

  async function ask() {
    const text = input.value.trim();
    request?.abort();
    if (text.length < 2) return close();
    request = new AbortController();
    try {
      const answer = await fetch(find(text), { signal: request.signal });
      if (answer.ok) show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      mark(event.key === "ArrowDown" ? marked + 1 : marked - 1);
    } else if (event.key === "Enter" && !list.hidden && (marked >= 0 || takesFirst)) {
      event.preventDefault();
      chosen(options()[Math.max(marked, 0)]);
    }
  });
  // Keeps the focus in the field, so that pressing an option does not close the list first.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) chosen(option);
  });
  input.addEventListener("blur", close);
  input.form?.addEventListener("submit", close);
}

// An element with a class and a text.
export function named(tag, className, text) {
  const part = document.createElement(tag);
  if (className) part.className = className;
  part.textContent = text;
  return part;
}
