// The button that shows the lines of a row. The first press fetches them (htmx, hx-swap="afterend"),
// later presses only hide and show; what is open stays open when the list is refreshed or revisited.

const storeKey = () => `dockside.open ${location.pathname}${location.search}`;
const linesOf = (button) => document.getElementById(button.getAttribute("aria-controls"));
const buttons = () => [...document.querySelectorAll("[data-disclosure]")];

function remember() {
  const open = buttons().filter((one) => one.getAttribute("aria-expanded") === "true");
  sessionStorage.setItem(storeKey(), open.map((one) => one.getAttribute("aria-controls")).join(" "));
}

function setOpen(button, lines, open) {
  lines.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
}

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("[data-disclosure]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const lines = linesOf(button);
    const isFetching = button.matches(".htmx-request");
    if (!lines && !isFetching) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!lines) return;
    setOpen(button, lines, lines.hidden);
    remember();
  },
  { capture: true },
);

// Fresh rows say "closed". Those whose lines are still below them are open; those whose lines went
// with the old list are fetched again.
function reopen() {
  const open = (sessionStorage.getItem(storeKey()) ?? "").split(" ");
  for (const button of buttons()) {
    const lines = linesOf(button);
    if (lines) setOpen(button, lines, !lines.hidden);
    else if (open.includes(button.getAttribute("aria-controls"))) button.click();
  }
}

document.addEventListener("htmx:after:swap", (event) => {
  const isExpansion = event.detail.ctx.sourceElement?.matches?.("[data-disclosure]");
  if (!isExpansion) return reopen();
  const button = event.detail.ctx.sourceElement;
  if (linesOf(button)) setOpen(button, linesOf(button), true);
  remember();
});

// A fresh visit starts with every row closed; only Back, Forward and reload open what was open.
const [visit] = performance.getEntriesByType("navigation");
if (visit?.type === "navigate") sessionStorage.removeItem(storeKey());

// Pressing a button before htmx has attached itself to it would follow its link.
if (document.querySelector("[data-disclosure][data-htmx-powered]")) reopen();
else document.addEventListener("htmx:after:process", reopen, { once: true });
