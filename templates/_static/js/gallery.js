// A small photo takes the place of the large one. Without this each leads to its file.
for (const main of document.querySelectorAll("[data-gallery]")) {
  const shown = main.querySelector("img");
  const links = [...main.parentElement.querySelectorAll(".thumbs a")];
  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const { small, medium } = link.dataset;
      shown.srcset = `${small} 320w, ${medium} 800w, ${link.href} 1600w`;
      shown.src = medium;
      shown.alt = link.querySelector("img").alt;
      main.href = link.href;
      for (const other of links) other.toggleAttribute("aria-current", other === link);
      link.setAttribute("aria-current", "true");
    });
  }
}
