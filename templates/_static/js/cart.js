// The cart works its figures out anew while one types: the server prices and judges, this only puts it in place.
const WAIT_MS = 300;

const at = (object, path) => path.split(".").reduce((found, name) => found?.[name], object);

function start(form) {
  const token = form.querySelector("[name=_token]").value;
  const sign = (name) => form.querySelector(`template[data-${name}]`).content.firstElementChild;
  const stuck = form.querySelector("[data-stuck-here]");
  let wait = 0;
  let asked = null;

  function put(root, look) {
    for (const place of root.querySelectorAll("[data-look]")) {
      if (root === form && place.closest("[data-line]")) continue;
      const text = at(look, place.dataset.look) ?? "";
      const shown = text || place.dataset.none || "";
      if (place.textContent !== shown) place.textContent = shown;
      if ("hideEmpty" in place.dataset) place.hidden = !text;
    }
    for (const place of root.querySelectorAll("[data-look-if]")) {
      if (root === form && place.closest("[data-line]")) continue;
      place.hidden = !at(look, place.dataset.lookIf);
    }
  }

  function bars(look) {
    for (const box of form.querySelectorAll("[data-gauge]")) {
      const gauge = look[box.dataset.gauge];
      box.dataset.level = gauge?.level ?? "unknown";
      box.querySelector("rect").setAttribute("width", gauge?.percent ?? 0);
      const meter = box.querySelector("[role=meter]");
      meter?.setAttribute("aria-valuenow", gauge?.percent ?? 0);
      if (gauge?.used) meter?.setAttribute("aria-valuetext", gauge.used);
    }
    form.querySelector("[data-bars]").hidden = !look.weight;
  }

  function refusals(look) {
    const list = form.querySelector("[data-list=refusals]");
    const before = [...list.children].map((line) => line.textContent.trim());
    list.hidden = !look.refusals.length;
    // Said once by a screen reader, not at every key.
    if (before.join("\n") === look.refusals.join("\n")) return;
    list.replaceChildren(
      ...look.refusals.map((text) => {
        const line = sign("refusal").cloneNode(true);
        line.querySelector("span").textContent = text;
        return line;
      }),
    );
  }

  function rules(look) {
    form.querySelector("[data-rules]").hidden = !look.rules.length;
    form.querySelector(".cart-rule-list").replaceChildren(
      ...look.rules.map((rule) => {
        const line = sign("rule-line").cloneNode(true);
        line.classList.toggle("is-broken", !rule.fits);
        line.classList.toggle("is-binding", rule.binds);
        for (const place of line.querySelectorAll("[data-rule]")) place.textContent = rule[place.dataset.rule] || "–";
        return line;
      }),
    );
  }

  function changes(look) {
    form.querySelector("[data-changes]").hidden = !look.changes.length;
    form.querySelector("[data-shifts]").replaceChildren(
      ...look.changes.map((shift) => {
        const row = document.createElement("tr");
        for (const [name, tag] of [["name", "th"], ["field", "td"], ["before", "td"], ["now", "td"]]) {
          const cell = document.createElement(tag);
          const text = document.createElement("bdi");
          text.textContent = shift[name];
          if (tag === "th") cell.scope = "row";
          if (name === "before") cell.className = "was";
          if (name === "now") cell.className = "is";
          cell.append(text);
          row.append(cell);
        }
        return row;
      }),
    );
    // Sending with the new figures agrees to what is shown now.
    for (const line of look.lines) {
      const seen = form.querySelector(`[name="seen.${line.product}"]`);
      if (seen) seen.value = line.seen;
    }
  }

  function problems(look) {
    for (const frame of form.querySelectorAll("[data-field]")) {
      const name = frame.dataset.field;
      const input = form.elements[name];
      const text = look.problems[name] ?? "";
      let place = frame.querySelector(".form-error");
      frame.classList.toggle("is-wrong", Boolean(text));
      // What describes the field besides its error: the hint.
      input.dataset.hints ??= (input.getAttribute("aria-describedby") ?? "").replace(`f-${name}-error`, "").trim();
      input.removeAttribute("aria-invalid");
      input.setAttribute("aria-describedby", input.dataset.hints);
      if (!text) {
        place?.remove();
        continue;
      }
      if (!place) {
        place = sign("problem").cloneNode(true);
        place.id = `f-${name}-error`;
        frame.querySelector("label").after(place);
      }
      const said = place.querySelector("span");
      if (said.textContent.trim() !== text) said.textContent = text;
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", `${input.dataset.hints} ${place.id}`.trim());
    }
  }

  function buttons(look) {
    const refused = look.level === "refused";
    const shown = {
      take: look.changes.length > 0 && !refused,
      send: !look.changes.length && !refused && !look.blocked,
      inquire: refused,
    };
    for (const place of form.querySelectorAll("[data-button]")) place.hidden = !shown[place.dataset.button];
    for (const place of form.querySelectorAll("[data-state]")) place.dataset.state = look.level;
  }

  function show(look) {
    put(form, look);
    for (const row of form.querySelectorAll("[data-line]")) {
      const line = look.lines.find((one) => one.product === row.dataset.line);
      if (line) put(row, line);
    }
    for (const step of [bars, refusals, rules, changes, problems, buttons]) step(look);
  }

  async function ask() {
    asked?.abort();
    const mine = (asked = new AbortController());
    form.classList.add("is-waiting");
    try {
      const answer = await fetch(form.dataset.cart, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRF-Token": token },
        body: new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "_token")),
        signal: mine.signal,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.json());
      stuck.hidden = true;
    } catch (error) {
      if (error.name === "AbortError") return;
      stuck.textContent = form.dataset.stuck;
      stuck.hidden = false;
      form.querySelector("[data-update]").classList.remove("without-js");
    }
    if (asked === mine) form.classList.remove("is-waiting");
  }

  const told = form.querySelector("[data-told-here]");
  form.elements.incoterm.addEventListener("change", ({ target }) => {
    const meaning = told.querySelector("span");
    if (meaning) meaning.textContent = target.selectedOptions[0]?.dataset.told ?? "";
  });
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(ask, WAIT_MS);
  });
  // What is on its way must not come after what is sent now.
  form.addEventListener("submit", () => {
    clearTimeout(wait);
    asked?.abort();
  });
}

document.querySelectorAll("form[data-cart]").forEach(start);
