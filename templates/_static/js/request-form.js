// The form of a request: codes found while one types or from its text, further property rows, what an Incoterm means.
// Everything works without this.
import { combobox, named } from "./combobox.js";

const WAIT_MS = 150;
const GUESSES = 3;

function codes(box, number) {
  const { lang, search, label, some, none } = box.dataset;
  const input = box.querySelector("[name=hs_code]");
  const title = document.getElementById("f-title");
  const summary = document.getElementById("f-summary");
  const told = box.querySelector("[data-code-name]");
  const guesses = box.querySelector("[data-guesses]");
  const list = guesses.querySelector("ul");
  const offered = box.querySelector(".ask-offered");
  let request = null;

  const find = (text, limit) => `${search}?${new URLSearchParams({ q: text, lang, limit })}`;

  function take(code, name) {
    input.value = code;
    told.hidden = false;
    told.querySelector("bdi").textContent = name;
    guesses.hidden = true;
    offered?.remove();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  combobox(input, {
    id: `codes-${number}`,
    label,
    wait: WAIT_MS,
    takesFirst: true,
    after: input.closest(".ask-code-row"),
    find: (text) => find(text, 8),
    fill(options, found) {
      found.data
        .filter((one) => one.code.length >= 4)
        .forEach((one, n) => {
          const option = document.createElement("div");
          option.role = "option";
          option.id = `${options.id}-${n}`;
          Object.assign(option.dataset, { code: one.formatted, name: one.name });
          option.append(named("bdi", "", one.name), named("bdi", "code", one.formatted));
          options.append(option);
        });
    },
    pick: (option) => take(option.dataset.code, option.dataset.name),
    said: (count) => (count ? some.replace("{n}", count) : none),
  });
  input.addEventListener("input", (event) => {
    if (event.isTrusted) told.hidden = true;
  });

  async function guess(asked) {
    const text = title?.value.trim() || summary?.value.trim() || "";
    if (input.value.trim() || !text) return;
    request?.abort();
    request = new AbortController();
    try {
      const answer = await fetch(find(text.slice(0, 200), GUESSES), { signal: request.signal });
      if (!answer.ok) return;
      const { data } = await answer.json();
      list.replaceChildren(
        ...data.map((one) => {
          const entry = document.createElement("li");
          const button = document.createElement("button");
          button.type = "button";
          button.className = "button button-small";
          Object.assign(button.dataset, { code: one.formatted, name: one.name });
          button.append(named("bdi", "num", one.formatted), " ", named("bdi", "", one.name));
          entry.append(button);
          return entry;
        }),
      );
      guesses.hidden = !data.length;
      if (asked) (list.querySelector("button") ?? input).focus();
    } catch (error) {
      if (error.name !== "AbortError") guesses.hidden = true;
    }
  }

  title?.addEventListener("change", () => guess(false));
  // With words or a heading in the field the server lists what lies below it.
  box.querySelector("[data-guess]").addEventListener("click", (event) => {
    if (input.value.trim() || !title?.value.trim()) return;
    event.preventDefault();
    guess(true);
  });
  guesses.addEventListener("click", (event) => {
    const button = event.target.closest("[data-code]");
    if (!button) return;
    take(button.dataset.code, button.dataset.name);
    input.focus();
  });
  guesses.hidden = !list.children.length || Boolean(input.value.trim());
}

function properties(box) {
  const button = box.querySelector("[data-more]");
  const most = Number(box.dataset.mostRows);
  const rows = () => [...box.querySelectorAll(".ask-spec")];
  button?.addEventListener("click", (event) => {
    event.preventDefault();
    const last = rows().at(-1);
    const number = Number(last.dataset.row) + 1;
    const next = last.cloneNode(true);
    next.dataset.row = number;
    next.classList.remove("is-wrong");
    next.querySelector(".form-error")?.remove();
    for (const input of next.querySelectorAll("input")) {
      input.id = input.id.replace(/\d+$/, number);
      input.name = input.name.replace(/\d+$/, number);
      input.value = "";
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
      input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+/, number));
    }
    last.after(next);
    next.querySelector("input").focus();
    const before = box.form.elements.rows;
    if (before) before.value = rows().length;
    button.hidden = rows().length >= most;
  });
}

function incoterm(box) {
  const field = box.querySelector("select");
  const meaning = box.querySelector("p[data-meaning]");
  field.addEventListener("change", () => {
    meaning.textContent = field.selectedOptions[0]?.dataset.meaning ?? "";
  });
}

function enhance(root) {
  root.querySelectorAll("[data-ask-code]").forEach(codes);
  root.querySelectorAll("[data-ask-specs]").forEach(properties);
  root.querySelectorAll("[data-ask-incoterm]").forEach(incoterm);
}

enhance(document);
// A refused form that was sent with files takes the place of the old one (upload.js).
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) if (node.nodeName === "MAIN") enhance(node);
  }
}).observe(document.body, { childList: true });
