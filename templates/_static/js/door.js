// The door. The list is loaded once and kept with the scans on this device: what is scanned while the line is away is
// sent when it is back. Each scan has an id of its own, so that sending it twice comes to the same.
const door = document.querySelector("[data-door]");
const { door: event, list: listUrl, scans: scansUrl, token } = door.dataset;
const words = JSON.parse(door.dataset.words);
const texts = JSON.parse(door.dataset.texts);
const part = (name) => door.querySelector(`[data-${name}]`);
const RETRY_MS = 5000;
const LIST_MS = 60000;
const SAME_MS = 4000;
const AT_ONCE = 100;
const SHOWN = 30;
const STORE = "kervan-door";
const TICKET = /^[a-z0-9]{12}[A-Za-z0-9_-]{20}$/;
const CODE = /^[a-z0-9]{12}$/;

const say = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
const clock = (iso) => new Date(iso).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

// What is kept on this device

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

const listKey = `${STORE}-list-${event}`;
const queueKey = `${STORE}-queue-${event}`;
let held = read(listKey, { people: [], until: null });
let queue = read(queueKey, []);
let sending = false;
let lineAway = !navigator.onLine;

// Lists of events that are over do not stay on a device that was lent.
for (const key of Object.keys(localStorage)) {
  if (!key.startsWith(`${STORE}-list-`) || key === listKey) continue;
  const until = read(key, {}).until;
  if (!until || Date.now() - Date.parse(until) > 86400000) localStorage.removeItem(key);
}

function person(code) {
  return held.people.find((one) => one.id === code);
}

// What is shown

function count() {
  const here = held.people.filter((one) => one.at).length;
  if (held.people.length) {
    const text = say(texts.came, { n: here, all: held.people.length });
    part("count").replaceChildren(Object.assign(document.createElement("bdi"), { textContent: text }));
  }
  const unsent = part("unsent");
  unsent.hidden = !queue.length;
  unsent.textContent = say(texts.unsent, { n: queue.length });
  part("forget").hidden = !held.people.length;
}

function line(text, ok) {
  const shown = part("line");
  shown.hidden = !text;
  shown.textContent = text;
  shown.classList.toggle("is-ok", ok);
}

function told(kind, word, name = "", firm = "", more = "") {
  const box = part("said");
  box.className = `reg-said is-${kind}`;
  box.hidden = false;
  box.replaceChildren();
  for (const [text, style] of [[word, "reg-said-word"], [name, "reg-said-name"], [firm, ""], [more, ""]]) {
    if (!text) continue;
    const p = document.createElement("p");
    if (style) p.className = style;
    const bdi = document.createElement("bdi");
    bdi.textContent = text;
    p.append(bdi);
    box.append(p);
  }
  navigator.vibrate?.(kind === "in" || kind === "kept" ? 80 : [60, 80, 60]);
}

function people() {
  const search = part("search").querySelector("input").value.trim().toLocaleLowerCase();
  const found = held.people.filter((one) => `${one.name} ${one.firm}`.toLocaleLowerCase().includes(search));
  const box = part("people");
  box.replaceChildren();
  if (!found.length && search) box.append(Object.assign(document.createElement("li"), { textContent: texts.none }));
  for (const one of found.slice(0, SHOWN)) {
    const item = document.createElement("li");
    const who = document.createElement("div");
    const name = document.createElement("b");
    name.append(Object.assign(document.createElement("bdi"), { textContent: one.name }));
    const firm = Object.assign(document.createElement("span"), { className: "small" });
    firm.append(Object.assign(document.createElement("bdi"), { textContent: [one.firm, one.job].filter(Boolean).join(" · ") }));
    who.append(name, firm);
    item.append(who);
    if (one.at) {
      item.append(Object.assign(document.createElement("span"), { className: "reg-came", textContent: texts.here }));
    } else {
      const button = Object.assign(document.createElement("button"), { className: "button button-small", type: "button", textContent: texts["check-in"] });
      button.setAttribute("aria-label", `${texts["check-in"]}: ${one.name}`);
      button.addEventListener("click", () => scan(one.id));
      item.append(button);
    }
    box.append(item);
  }
  const more = part("more");
  if (more) more.hidden = found.length <= SHOWN;
}

function show() {
  count();
  people();
}

// Scans

function codeOf(text) {
  let found = text.trim();
  if (found.includes("/")) found = found.replace(/[?#].*$/, "").replace(/\/+$/, "").split("/").pop();
  if (TICKET.test(found)) return found;
  found = found.toLowerCase().replace(/[\s-]/g, "");
  return CODE.test(found) ? found : "";
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `scan-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

let last = { code: "", at: 0 };

function scan(text) {
  const code = codeOf(text);
  if (!code) {
    told("unknown", words.unknown);
    return;
  }
  // A camera sees the same code many times a second.
  if (code === last.code && Date.now() - last.at < SAME_MS) return;
  last = { code, at: Date.now() };
  const known = person(code.slice(0, 12));
  if (known?.at) {
    told("before", words.before, known.name, known.firm, say(texts.first, { time: clock(known.at) }));
    return;
  }
  const one = { id: newId(), code, at: new Date().toISOString() };
  queue.push(one);
  const kept = keep(queueKey, queue);
  if (known) {
    known.at = one.at;
    keep(listKey, held);
  }
  if (known) told("in", words.in, known.name, known.firm, lineAway && kept ? texts.kept : "");
  else if (lineAway) told("kept", texts.kept);
  show();
  send();
}

function answered(one) {
  const sent = queue.find((scanned) => scanned.id === one.id);
  queue = queue.filter((scanned) => scanned.id !== one.id);
  const known = sent && person(sent.code.slice(0, 12));
  if (known) known.at = one.result === "in" || one.result === "before" ? one.at : null;
  // The newest scan is the one that somebody waits for at the door.
  if (sent && sent.code === last.code) {
    told(one.result, words[one.result], one.name, one.firm, one.result === "before" ? say(texts.first, { time: clock(one.at) }) : "");
  }
}

async function send() {
  if (sending || !queue.length) return;
  sending = true;
  try {
    while (queue.length) {
      const answer = await fetch(scansUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "x-csrf-token": token },
        body: JSON.stringify({ scans: queue.slice(0, AT_ONCE) }),
        redirect: "manual",
      });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        line(texts["signed-out"], false);
        return;
      }
      if (!answer.ok) throw new Error(answer.statusText);
      for (const one of (await answer.json()).scans) answered(one);
      keep(queueKey, queue);
      keep(listKey, held);
    }
    lineAway = false;
    line(texts.sent, true);
  } catch {
    lineAway = true;
    line(texts.offline, false);
    setTimeout(send, RETRY_MS);
  } finally {
    sending = false;
    show();
  }
}

async function load() {
  try {
    const answer = await fetch(listUrl, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok) return;
    const fresh = await answer.json();
    const waiting = new Map(queue.map((one) => [one.code.slice(0, 12), one.at]));
    for (const one of fresh.people) one.at ??= waiting.get(one.id) ?? null;
    held = fresh;
    keep(listKey, held);
    lineAway = false;
    show();
  } catch {
    lineAway = true;
    line(texts.offline, false);
  }
}

part("code").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const field = part("code").querySelector("input[name=code]");
  scan(field.value);
  field.value = "";
  field.focus();
});
part("search").addEventListener("submit", (submitted) => submitted.preventDefault());
part("search").querySelector("input").addEventListener("input", people);
part("forget").querySelector("button").addEventListener("click", () => {
  if (queue.length) {
    line(texts.waits, false);
    return;
  }
  localStorage.removeItem(listKey);
  localStorage.removeItem(queueKey);
  held = { people: [], until: null };
  line(texts.forget, true);
  part("people").replaceChildren();
  part("forget").hidden = true;
});
addEventListener("online", () => {
  lineAway = false;
  line(texts.online, true);
  send();
  load();
});
addEventListener("offline", () => {
  lineAway = true;
  line(texts.offline, false);
});
addEventListener("beforeunload", (left) => {
  if (queue.length) left.preventDefault();
});

// The camera, where the browser can read codes by itself

const camera = part("camera");
const video = part("video");
let stream = null;

async function watch(detector) {
  while (stream) {
    try {
      const [found] = await detector.detect(video);
      if (found) scan(found.rawValue);
    } catch {
      // The picture is not there yet.
    }
    await new Promise((done) => setTimeout(done, 250));
  }
}

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.hidden = true;
  camera.querySelector("[data-start]").hidden = false;
  camera.querySelector("[data-stop]").hidden = true;
}

async function start() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    told("unknown", texts["camera-off"]);
    return;
  }
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  camera.querySelector("[data-start]").hidden = true;
  camera.querySelector("[data-stop]").hidden = false;
  watch(new BarcodeDetector({ formats: ["qr_code"] }));
}

if ("BarcodeDetector" in window && navigator.mediaDevices) {
  camera.hidden = false;
  camera.addEventListener("click", () => (stream ? stop() : start()));
}

if (lineAway) line(texts.offline, false);
if (held.people.length) show();
await load();
send();
setInterval(load, LIST_MS);
