// The button that prints; the browser's own menu prints the same.
document.querySelector("[data-print]")?.addEventListener("click", () => print());
