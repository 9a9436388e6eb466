// How far an import is, asked every two seconds; the page is loaded anew when it is over.
const WAIT_MS = 2000;
const box = document.querySelector("[data-progress]");
const locale = document.documentElement.lang === "tr" ? "tr-TR" : "en-GB";
const figure = new Intl.NumberFormat(locale);

async function ask() {
  try {
    const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
    if (answer.status === 401 || answer.status === 403 || answer.status === 404) return location.reload();
    if (answer.ok) {
      const job = await answer.json();
      if (!job.under_way) return location.reload();
      box.querySelector("progress").value = Math.round(job.share * 1000);
      box.querySelector("[data-told]").textContent = box.dataset.rows.replace("{n}", figure.format(job.rows));
    }
  } catch {
    // The next time perhaps.
  }
  setTimeout(ask, WAIT_MS);
}

if (box) setTimeout(ask, WAIT_MS);
