// The bell: its count follows what happens, and a click shows the newest. One window keeps the stream and tells the
// others of it, since a browser opens only a few connections to a place.
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 300000;

const { bellStream, bellLatest, bellOf } = document.querySelector("[data-bell-stream]")?.dataset ?? {};
const bells = [...document.querySelectorAll("[data-bell]")];
const said = document.querySelector("[data-bell-stream]");
const title = document.title;
const channel = "BroadcastChannel" in window ? new BroadcastChannel(`kervan-bell-${bellOf}`) : null;

function showCount(shown) {
  document.title = shown ? `(${shown}) ${title}` : title;
}

function show(told) {
  for (const bell of bells) {
    const count = bell.querySelector(".bell-count");
    count.textContent = told.shown;
    count.hidden = !told.unread;
    bell.querySelector(".bell-sign").setAttribute("aria-label", told.label);
  }
  showCount(told.unread ? told.shown : "");
  if (!told.news) return;
  said.textContent = told.news.text;
  for (const bell of bells) if (!bell.querySelector(".bell-panel").hidden) fill(bell);
}

// What opens

async function fill(bell) {
  const panel = bell.querySelector(".bell-panel");
  const whole = bell.querySelector(".bell-sign").href;
  panel.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(bellLatest, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
    panel.replaceChildren(...piece.body.childNodes);
  } catch {
    location.assign(whole);
  }
  panel.removeAttribute("aria-busy");
}

function turn(bell, open) {
  const sign = bell.querySelector(".bell-sign");
  const panel = bell.querySelector(".bell-panel");
  if (panel.hidden !== open) return;
  panel.hidden = !open;
  sign.setAttribute("aria-expanded", String(open));
  if (open) fill(bell);
}

for (const [number, bell] of bells.entries()) {
  const sign = bell.querySelector(".bell-sign");
  const panel = bell.querySelector(".bell-panel");
  if (sign.hasAttribute("aria-current")) continue;
  panel.id = `bell-panel-${number}`;
  sign.setAttribute("role", "button");
  sign.setAttribute("aria-expanded", "false");
  sign.setAttribute("aria-controls", panel.id);
  sign.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    turn(bell, panel.hidden);
  });
  sign.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    turn(bell, panel.hidden);
  });
  document.addEventListener("click", (event) => {
    if (!bell.contains(event.target)) turn(bell, false);
  });
  bell.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !bell.contains(event.relatedTarget)) turn(bell, false);
  });
  bell.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    turn(bell, false);
    sign.focus();
  });
}

// What follows

/** Follows the stream until the signal says no more or the session is over; resolves then. */
function follow(signal) {
  return new Promise((done) => {
    let source = null;
    let timer = 0;
    let pause = FIRST_PAUSE_MS;
    const end = () => {
      clearTimeout(timer);
      source?.close();
      done();
    };
    const open = () => {
      source = new EventSource(bellStream);
      source.addEventListener("bell", (event) => {
        pause = FIRST_PAUSE_MS;
        const told = JSON.parse(event.data);
        show(told);
        channel?.postMessage(told);
      });
      source.addEventListener("over", end);
      source.addEventListener("error", () => {
        // A stream that only broke off is opened again by the browser; one that was refused is not.
        if (source.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(open, pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      });
    };
    if (signal.aborted) return done();
    signal.addEventListener("abort", end, { once: true });
    open();
  });
}

let leaving = null;

function begin() {
  leaving = new AbortController();
  const { signal } = leaving;
  if (navigator.locks && channel) {
    // Whoever has the lock follows; it goes to another window as soon as this one is closed.
    navigator.locks.request(`kervan-bell-${bellOf}`, { signal }, () => follow(signal)).catch(() => {});
  } else if (!document.hidden) {
    follow(signal);
  }
}

if (bells.length && bellStream) {
  const count = bells[0].querySelector(".bell-count");
  showCount(count.hidden ? "" : count.textContent.trim());
  channel?.addEventListener("message", (event) => show(event.data));
  if ("EventSource" in window && !navigator.connection?.saveData) {
    begin();
    addEventListener("pagehide", () => leaving.abort());
    addEventListener("pageshow", (event) => event.persisted && begin());
    if (!navigator.locks || !channel) {
      document.addEventListener("visibilitychange", () => {
        leaving.abort();
        begin();
      });
    }
  }
}
