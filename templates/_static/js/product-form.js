// The product form: further rows for prices, and tariff codes found while one types.
const WAIT_MS = 250;
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function prices(box) {
  const button = box.querySelector("[data-add-row]");
  const most = Number(box.dataset.mostRows);
  const rows = () => [...box.querySelectorAll(".price-row")];
  const show = () => (button.hidden = rows().length >= most);
  button.addEventListener("click", () => {
    const last = rows().at(-1);
    const number = Number(last.dataset.row) + 1;
    const next = last.cloneNode(true);
    next.dataset.row = number;
    next.querySelectorAll(".form-error").forEach((error) => error.remove());
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
    show();
  });
  show();
}

function tariff(box) {
  const { lang, search, node, take, up, none } = box.dataset;
  const input = box.querySelector("[name=hs_code]");
  const name = document.getElementById("f-name_tr");
  const found = box.querySelector("[data-found]");
  const guesses = box.querySelector("[data-guesses]");
  let timer = 0;
  let request = null;

  async function ask(address) {
    request?.abort();
    request = new AbortController();
    try {
      const answer = await fetch(address, { signal: request.signal, headers: { Accept: "application/json" } });
      return answer.ok ? (await answer.json()).data : null;
    } catch (error) {
      if (error.name !== "AbortError") found.replaceChildren();
      return null;
    }
  }

  const find = (text) => ask(`${search}?${new URLSearchParams({ q: text, limit: 8, lang })}`);

  function choose(code) {
    input.value = code;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(timer);
    found.replaceChildren();
    guesses.hidden = true;
    input.focus();
  }

  function line(one) {
    const entry = document.createElement("li");
    const open = document.createElement("button");
    const code = document.createElement("bdi");
    open.type = "button";
    code.className = "num";
    code.textContent = one.formatted;
    open.append(code, one.name);
    entry.append(open);
    open.addEventListener("click", () => (one.code.length === 12 ? choose(one.formatted) : below(one.code)));
    if (one.code.length === 6) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "tariff-take";
      button.textContent = fill(take, { code: one.formatted });
      button.addEventListener("click", () => choose(one.formatted));
      entry.append(button);
    }
    return entry;
  }

  function list(entries, back) {
    const lines = document.createElement("ul");
    lines.className = "tariff-list";
    lines.role = "list";
    lines.append(...entries.map(line));
    found.replaceChildren();
    if (back) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-bare";
      button.textContent = up;
      button.addEventListener("click", back);
      found.append(button);
    }
    if (entries.length) found.append(lines);
    else found.append(none);
  }

  async function below(code) {
    const data = await ask(`${node}${code}?lang=${lang}`);
    if (!data) return;
    // Nothing below: no tariff of this year is loaded, the six digits are as far as it goes.
    if (!data.children.length) return choose(data.formatted);
    list(data.children, () => typed(input.value || name?.value || ""));
  }

  async function typed(text) {
    const entries = await find(text);
    if (entries) list(entries, null);
  }

  input.addEventListener("input", (event) => {
    if (!event.isTrusted) return;
    clearTimeout(timer);
    const text = input.value.trim();
    const digits = text.replace(/\D/g, "");
    if (text.length < 2 || digits.length === 12) return found.replaceChildren();
    timer = setTimeout(() => (/^[\d.\s]+$/.test(text) && [4, 6].includes(digits.length) ? below(digits) : typed(text)), WAIT_MS);
  });
  name?.addEventListener("change", async () => {
    if (input.value.trim() || !name.value.trim()) return;
    const entries = (await find(name.value))?.slice(0, 3) ?? [];
    guesses.hidden = !entries.length;
    guesses.querySelector("ul").replaceChildren(
      ...entries.map((one) => {
        const entry = document.createElement("li");
        const button = document.createElement("button");
        const code = document.createElement("bdi");
        button.type = "button";
        button.className = "button button-small";
        button.dataset.open = one.code;
        code.className = "num";
        code.textContent = one.formatted;
        button.append(code, ` ${one.name}`);
        entry.append(button);
        return entry;
      }),
    );
  });
  guesses.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open]");
    if (button) below(button.dataset.open);
  });
}

document.querySelectorAll("[data-prices]").forEach(prices);
document.querySelectorAll("[data-tariff]").forEach(tariff);
