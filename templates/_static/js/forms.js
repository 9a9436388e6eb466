// What makes forms kinder: shown passwords, files told before they are sent, counted characters, one sending only.
// Every form works without this.
const MB = 1024 * 1024;
const locale = document.documentElement.lang === "tr" ? "tr-TR" : "en-GB";
const figure = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const changed = new Set();
const shown = new WeakMap();

const size = (bytes) => (bytes >= MB ? `${figure.format(bytes / MB)} MB` : `${figure.format(Math.ceil(bytes / 1024))} KB`);
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function reveal(button) {
  const field = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    button.setAttribute("aria-pressed", String(hidden));
    field.focus();
  });
  // A browser that keeps what text fields held must not learn the password.
  field.form.addEventListener("submit", () => {
    field.type = "password";
    button.setAttribute("aria-pressed", "false");
  });
}

function count(field) {
  const most = Number(field.dataset.most);
  const place = document.createElement("p");
  place.className = "form-left";
  place.id = `${field.id}-left`;
  field.after(place);
  const spoken = document.createElement("p");
  spoken.className = "unseen";
  spoken.role = "status";
  place.after(spoken);
  let wait = 0;
  const show = () => {
    // As the server counts: characters, and a line break is one.
    const left = most - [...field.value].length;
    const sentence = fill(left < 0 ? field.dataset.over : field.dataset.left, { n: figure.format(Math.abs(left)) });
    place.textContent = sentence;
    place.classList.toggle("is-over", left < 0);
    clearTimeout(wait);
    if (left < most / 10) wait = setTimeout(() => (spoken.textContent = sentence), 1000);
  };
  show();
  spoken.textContent = "";
  clearTimeout(wait);
  field.addEventListener("input", show);
}

function files(field) {
  const limit = Number(field.dataset.limitMb);
  const list = document.createElement("ul");
  list.className = "form-files";
  list.role = "list";
  list.setAttribute("aria-live", "polite");
  field.after(list);
  field.addEventListener("change", () => {
    let refused = false;
    const lines = [...field.files].map((file) => {
      const line = document.createElement("li");
      const name = document.createElement("bdi");
      const big = file.size > limit * MB;
      refused ||= big;
      name.textContent = big ? fill(field.dataset.tooBig, { name: file.name, size: size(file.size), limit }) : file.name;
      line.classList.toggle("is-wrong", big);
      line.append(name);
      if (!big) {
        const told = document.createElement("span");
        told.className = "small";
        told.textContent = size(file.size);
        line.append(told);
      }
      return line;
    });
    list.replaceChildren(...lines);
    // The browser's own message at sending says the same once more, beside the field.
    field.setCustomValidity(refused ? list.textContent : "");
    field.setAttribute("aria-invalid", String(refused));
  });
  for (const kind of ["dragenter", "dragover"]) field.addEventListener(kind, () => field.classList.add("is-over"));
  for (const kind of ["dragleave", "drop"]) field.addEventListener(kind, () => field.classList.remove("is-over"));
}

// The first sending counts. The button is marked, not disabled: a disabled one would not send its own name and value.
function once(form) {
  const status = document.createElement("p");
  status.className = "unseen";
  status.role = "status";
  form.append(status);
  form.addEventListener("submit", (event) => {
    const tooBig = [...form.querySelectorAll("input[type=file]")].find((field) => !field.validity.valid);
    if (form.dataset.sent || tooBig) {
      event.preventDefault();
      event.stopImmediatePropagation();
      tooBig?.reportValidity();
      return;
    }
    form.dataset.sent = "yes";
    changed.delete(form);
    const button = event.submitter ?? form.querySelector("[type=submit]");
    if (!button?.dataset.sending) return;
    shown.set(button, [...button.childNodes]);
    button.textContent = button.dataset.sending;
    button.setAttribute("aria-disabled", "true");
    status.textContent = button.dataset.sending;
  });
}

export function again(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-disabled]")) {
    button.removeAttribute("aria-disabled");
    button.replaceChildren(...(shown.get(button) ?? []));
  }
}

// A sentence such as "Please fill this in." says more with the name of its field.
function name(link) {
  const field = document.getElementById(link.hash.slice(1));
  const label = field?.closest(".form-field")?.querySelector(".form-label")?.firstChild?.textContent.trim();
  if (!label) return;
  const named = document.createElement("bdi");
  named.textContent = label;
  link.prepend(named, ": ");
}

export function start(root) {
  root.querySelectorAll("[data-reveal]").forEach(reveal);
  root.querySelectorAll("[data-most]").forEach(count);
  root.querySelectorAll("input[data-limit-mb]").forEach(files);
  root.querySelectorAll("form[data-form]").forEach(once);
  for (const form of root.querySelectorAll("form[data-warn]")) {
    form.addEventListener("input", () => changed.add(form));
    form.addEventListener("reset", () => changed.delete(form));
  }
  root.querySelectorAll("[data-summary] a").forEach(name);
  root.querySelector("[data-summary]")?.focus();
}

start(document);
addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected)) event.preventDefault();
});
// Back from the next page brings this one as it was left: ready to be sent again.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(again);
});
