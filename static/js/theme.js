// Shows a chosen theme at once; the form itself tells the server, which remembers it in a cookie.
// The first paint needs no script: the page says light, dark or auto, and the stylesheet follows.

document.addEventListener("submit", (event) => {
  const chosen = event.submitter;
  if (!event.target.matches("[data-theme-form]") || !chosen) return;
  document.documentElement.dataset.bsTheme = chosen.value;
  for (const button of event.target.querySelectorAll("button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button === chosen));
  }
});
