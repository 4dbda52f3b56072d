// The button that shows the lines of a row. The first press fetches them into a row of their own below,
// later presses only hide and show; what is open stays open when the list is refreshed or revisited.

const storeKey = () => `dockside.open ${location.pathname}${location.search}`;
const rowOf = (button) => button.closest("tr");
const buttons = () => [...document.querySelectorAll("[data-disclosure]")];

function linesOf(button) {
  const below = rowOf(button).nextElementSibling;
  return below?.matches(".line-rows") ? below : null;
}

function remember() {
  const open = buttons().filter((one) => one.getAttribute("aria-expanded") === "true");
  sessionStorage.setItem(storeKey(), open.map((one) => rowOf(one).id).join(" "));
}

function setOpen(button, lines, open) {
  lines.hidden = !open;
  button.setAttribute("aria-controls", lines.id);
  button.setAttribute("aria-expanded", String(open));
}

function fetchLines(button) {
  if (button.matches(".htmx-request")) return;
  window.htmx.ajax("GET", button.getAttribute("href"), { source: button, target: rowOf(button), swap: "afterend" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-disclosure]");
  if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const lines = linesOf(button);
  if (!lines) return fetchLines(button);
  setOpen(button, lines, lines.hidden);
  remember();
});

// Fresh rows say "closed". Those whose lines are still below them are open; those whose lines went
// with the old list are fetched again.
function reopen() {
  const open = (sessionStorage.getItem(storeKey()) ?? "").split(" ");
  for (const button of buttons()) {
    const lines = linesOf(button);
    if (lines) setOpen(button, lines, !lines.hidden);
    else if (open.includes(rowOf(button).id)) fetchLines(button);
  }
}

document.addEventListener("htmx:after:swap", (event) => {
  const button = event.detail.ctx.sourceElement;
  if (!button?.matches?.("[data-disclosure]")) return reopen();
  if (linesOf(button)) setOpen(button, linesOf(button), true);
  remember();
});

// A fresh visit starts with every row closed; only Back, Forward and reload open what was open.
const [visit] = performance.getEntriesByType("navigation");
if (visit?.type === "navigate") sessionStorage.removeItem(storeKey());
reopen();
