// Elements marked data-poll ask nothing while nobody looks at the tab, and ask at once when it is back:
// hx-trigger="every 2s, tab:shown from:body".

document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.detail.ctx.sourceElement.matches("[data-poll]")) event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.body.dispatchEvent(new CustomEvent("tab:shown"));
});
