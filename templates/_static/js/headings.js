// Headings of the tariff while one types: chosen ones become ticked boxes.
import { combobox, named } from "./combobox.js";

const WAIT_MS = 120;

function enhance(box, number) {
  const input = box.querySelector("input[name=heading_words]");
  const frame = box.querySelector(".importer-chosen");
  const chosen = box.querySelector("[data-chosen-headings]");
  const { lang, label, some, none } = box.dataset;

  function take({ dataset: { code, shown, name } }) {
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
  }

  combobox(input, {
    id: `headings-${number}`,
    label,
    wait: WAIT_MS,
    takesFirst: true,
    find: (text) => `/api/v1/nomenclature/search?${new URLSearchParams({ q: text, lang, limit: 8 })}`,
    fill(list, found) {
      found.data
        .filter((heading) => heading.code.length >= 4)
        .forEach((heading, n) => {
          const option = document.createElement("div");
          option.role = "option";
          option.id = `${list.id}-${n}`;
          Object.assign(option.dataset, { code: heading.code, shown: heading.formatted, name: heading.name });
          option.append(named("bdi", "", heading.name), named("bdi", "code", heading.formatted));
          list.append(option);
        });
    },
    pick: take,
    said: (count) => (count ? some.replace("{n}", count) : none),
  });
}

document.querySelectorAll("[data-heading-picker]").forEach(enhance);
