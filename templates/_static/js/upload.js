// Forms with files are sent with a bar that moves. What the server answers is followed as without scripts:
// a redirect is gone to, a refused form takes the place of the one that was sent.
import { again, start } from "./forms.js";

function bar(form) {
  const box = document.createElement("div");
  const text = document.createElement("p");
  const line = document.createElement("progress");
  box.className = "form-progress";
  line.max = 100;
  line.setAttribute("aria-label", form.dataset.upload);
  text.textContent = form.dataset.upload;
  box.append(text, line);
  // Above the row with the button, which ends every form.
  (form.querySelector(".form-buttons") ?? form.lastElementChild).before(box);
  return { box, line, text };
}

function show(answer) {
  const page = new DOMParser().parseFromString(answer.responseText, "text/html");
  const fresh = page.querySelector("main");
  if (!fresh) return false;
  document.querySelector("main").replaceWith(fresh);
  document.title = page.title;
  start(fresh);
  enhance(fresh);
  document.dispatchEvent(new Event("form-shown"));
  scrollTo({ top: 0 });
  return true;
}

function send(form, submitter) {
  const { box, line, text } = bar(form);
  // A button named "action" would stand before the property of that name.
  const address = new URL(form.getAttribute("action") || location.href, location.href).href;
  const answer = new XMLHttpRequest();
  const failed = () => {
    text.textContent = form.dataset.failed;
    text.role = "alert";
    text.className = "form-error";
    line.remove();
    again(form);
  };
  answer.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return line.removeAttribute("value");
    line.value = Math.floor((event.loaded / event.total) * 100);
  });
  // The server still works on what has arrived.
  answer.upload.addEventListener("load", () => line.removeAttribute("value"));
  answer.addEventListener("error", failed);
  answer.addEventListener("timeout", failed);
  answer.addEventListener("load", () => {
    if (answer.status < 400 && answer.responseURL !== address) return location.assign(answer.responseURL);
    if (!show(answer)) failed();
  });
  form.querySelectorAll(".form-progress").forEach((old) => old !== box && old.remove());
  answer.open("POST", address);
  answer.setRequestHeader("Accept", "text/html");
  answer.send(new FormData(form, submitter));
}

export function enhance(root) {
  for (const form of root.querySelectorAll("form[data-upload]")) {
    form.addEventListener("submit", (event) => {
      const chosen = [...form.querySelectorAll("input[type=file]")].some((field) => field.files.length);
      if (event.defaultPrevented || !chosen) return;
      event.preventDefault();
      send(form, event.submitter);
    });
  }
}

enhance(document);
