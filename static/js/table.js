// A click anywhere in a row opens its link, and Back and reload find the table where it was left.

const INTERACTIVE = "a, button, input, label, select, summary, textarea, [role=button], .tools, .line-rows";

function isRowClick(event) {
  if (event.target.closest(INTERACTIVE)) return false;
  // Marking text to copy it by hand also ends in a click.
  return window.getSelection().isCollapsed;
}

function openRow(event) {
  const link = event.target.closest(".data-table tbody tr")?.querySelector(".row-link");
  if (!link || !isRowClick(event)) return;
  if (event.ctrlKey || event.metaKey || event.button === 1) window.open(link.href, "_blank", "noopener");
  else link.click();
}

document.addEventListener("click", openRow);
document.addEventListener("auxclick", (event) => {
  if (event.button === 1) openRow(event);
});

const placeKey = () => `dockside.place ${location.pathname}${location.search}`;

function savePlace() {
  const frame = document.querySelector(".data-table-frame");
  if (!frame) return;
  sessionStorage.setItem(placeKey(), `${frame.scrollTop} ${frame.scrollLeft} ${window.scrollY}`);
}

function restorePlace() {
  const frame = document.querySelector(".data-table-frame");
  const place = sessionStorage.getItem(placeKey());
  if (!frame || !place) return;
  const [top, left, page] = place.split(" ").map(Number);
  frame.scrollTo(left, top);
  window.scrollTo(0, page);
}

window.addEventListener("pagehide", savePlace);
document.addEventListener("scrollend", savePlace, { capture: true });
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.request.headers["HX-History-Restore-Request"]) restorePlace();
});

// A fresh visit starts at the top; only Back, Forward and reload go to the place that was left.
const [visit] = performance.getEntriesByType("navigation");
if (visit?.type === "back_forward" || visit?.type === "reload") restorePlace();
