// A reviewer's checklist: each tick is saved at once; without this file the button below it does the same.

for (const form of document.querySelectorAll("form[data-checklist]")) {
  const told = form.querySelector("[data-told]");
  if (!told) continue;
  // The sentence beside "Verify" counts the points that every firm needs and nobody has ticked.
  const open = document.querySelector("[data-open-points]");
  const count = () => {
    if (!open) return;
    const left = form.querySelectorAll("[data-needed]:not(:checked)").length;
    open.hidden = left === 0;
    open.textContent = open.dataset.openPoints.replace("{n}", left);
  };

  let running = Promise.resolve();

  const save = async () => {
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      told.textContent = answer.ok ? form.dataset.saved : form.dataset.failed;
    } catch {
      told.textContent = form.dataset.failed;
    }
  };

  // One after the other: the last state of the boxes is what stays.
  form.addEventListener("change", () => {
    count();
    running = running.then(save);
  });
}
