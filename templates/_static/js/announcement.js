// How far an announcement is, asked every two seconds; the page is loaded anew when it stands somewhere else.
const WAIT_MS = 2000;
const box = document.querySelector("[data-progress]");
const locale = document.documentElement.lang === "tr" ? "tr-TR" : "en-GB";
const figure = new Intl.NumberFormat(locale);
const percent = new Intl.NumberFormat(locale, { style: "percent" });
const PARTS = ["sent", "bounced", "suppressed", "failed", "unknown", "aborted"];
const SVG = "http://www.w3.org/2000/svg";

function draw(numbers) {
  const bar = box.querySelector(".ann-bar");
  // One that is planned has no bar yet.
  if (!bar) return;
  for (const old of bar.querySelectorAll("rect:not(.is-ground)")) old.remove();
  let x = 0;
  for (const name of PARTS) {
    if (!numbers[name]) continue;
    const wide = (1000 * numbers[name]) / numbers.total;
    const part = document.createElementNS(SVG, "rect");
    part.setAttribute("class", `is-${name}`);
    part.setAttribute("x", x);
    part.setAttribute("width", wide);
    part.setAttribute("height", 12);
    bar.append(part);
    x += wide;
  }
}

function show(told) {
  const counts = { ...told.numbers, queued: told.numbers.queued + told.numbers.handed };
  for (const place of box.querySelectorAll("[data-figure]")) {
    const name = place.dataset.figure;
    if (name === "percent") {
      place.textContent = percent.format(told.percent / 100);
      continue;
    }
    place.textContent = figure.format(counts[name]);
    place.closest("li").hidden = !counts[name] && name !== "sent" && name !== "queued";
  }
  draw(told.numbers);
}

async function ask() {
  try {
    const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
    if (answer.status === 401 || answer.status === 403 || answer.status === 404) return location.reload();
    if (answer.ok) {
      const told = await answer.json();
      if (told.state !== box.dataset.state || String(told.version) !== box.dataset.version) return location.reload();
      show(told);
    }
  } catch {
    // The next time perhaps.
  }
  setTimeout(ask, WAIT_MS);
}

if (box) setTimeout(ask, WAIT_MS);
