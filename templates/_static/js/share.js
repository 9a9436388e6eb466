// The device's own way to share, where it has one: no stranger's script, nobody is told.
if (navigator.share) {
  for (const button of document.querySelectorAll("[data-share]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.share({ title: button.dataset.title, url: button.dataset.address }).catch(() => {});
    });
  }
}
