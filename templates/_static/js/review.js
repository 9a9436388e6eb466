// A reviewer's checklist: each tick is saved at once; without this file the button below it does the same.

for (const form of document.querySelectorAll("form[data-checklist]")) {
  const told = form.querySelector("[data-told]");
  if (!told) continue;
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
    running = running.then(save);
  });
}
