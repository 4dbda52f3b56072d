// Single-key shortcuts, and telling them from a scanner, which is a keyboard that types very fast.
// A shortcut therefore waits until no second key has followed it; a burst that ends in Enter is
// announced as the event "scan", and neither its letters nor its Enter reach anything on the page.

// Scanners send a key every 1 to 20 ms; people who hurry leave 60 ms or more between two keys.
const SCANNER_GAP_MS = 40;
// The shortest code worth searching; below this, two keys hit at once would count as a scan.
const SHORTEST_SCAN = 4;

let burst = "";
let lastKeyAt = 0;
let waiting = null;

function isTyping(element) {
  if (element.matches("textarea, select") || element.isContentEditable) return true;
  return element.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function dropWaiting() {
  clearTimeout(waiting?.timer);
  waiting = null;
}

function currentRow() {
  const row = document.activeElement?.closest("tr");
  // In an expanded line row, the row meant is the one that was expanded.
  return row?.matches(".line-rows") ? row.previousElementSibling : row;
}

function moveRow(step) {
  const links = [...document.querySelectorAll(".data-table .row-link")];
  const here = links.indexOf(currentRow()?.querySelector(".row-link"));
  const next = links[here === -1 ? 0 : here + step];
  next?.focus();
  next?.closest("tr").scrollIntoView({ block: "nearest" });
}

// A press of its box; with Shift it means all rows from the last one pressed to this.
function selectRow(shiftKey) {
  const box = currentRow()?.querySelector("[data-row-select]");
  box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
}

// The control that carries data-key, first in the row at hand, then on the page.
function press(key) {
  const wanted = `[data-key="${CSS.escape(key)}"]`;
  const found = currentRow()?.querySelector(wanted) ?? document.querySelector(`#toasts ${wanted}, main ${wanted}`);
  if (found?.checkVisibility() && !found.matches(":disabled, [aria-disabled=true]")) found.click();
}

// In a list, the dialog of the row at hand; a row has no button of its own for it.
function openVoid() {
  const link = currentRow()?.querySelector(".row-link");
  if (!link || !document.querySelector("#dialog")) return press("v");
  window.htmx.ajax("GET", `${new URL(link.href).pathname}/void`, { source: link, target: "#dialog", swap: "innerHTML" });
}

function run(key) {
  if (key === "/") document.querySelector("#search")?.select();
  else if (key === "?") document.querySelector("#open-keys")?.click();
  else if (key === "j") moveRow(1);
  else if (key === "k") moveRow(-1);
  else if (key === "x" || key === "X") selectRow(key === "X");
  else if (key === "e") currentRow()?.querySelector("[data-disclosure]")?.click();
  else if (key === "v") openVoid();
  else press(key);
}

function finishBurst(event, isFast) {
  const scanned = burst;
  burst = "";
  if (!isFast || scanned.length < SHORTEST_SCAN) return;
  dropWaiting();
  swallow(event);
  document.dispatchEvent(new CustomEvent("scan", { detail: { text: scanned } }));
}

function onCharacter(event) {
  const key = event.key;
  if (event.repeat) {
    if (key === "j" || key === "k") run(key);
    return;
  }
  burst += key;
  if (burst.length > 2) event.preventDefault();
  dropWaiting();
  const shortcutsOn = localStorage.getItem("dockside.keys") !== "off";
  if (burst.length > 1 || !shortcutsOn || document.querySelector("dialog[open]")) return;
  // The key is ours from here on: "/" would otherwise also open the browser's quick find.
  if (key === "/") event.preventDefault();
  waiting = { timer: setTimeout(() => run(key), SCANNER_GAP_MS) };
}

document.addEventListener(
  "keydown",
  (event) => {
    const isFast = event.timeStamp - lastKeyAt < SCANNER_GAP_MS;
    lastKeyAt = event.timeStamp;
    if (!isFast) burst = "";
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) burst = "";
    else if (event.key === "Enter") finishBurst(event, isFast);
    else if (event.key.length === 1) onCharacter(event);
  },
  { capture: true },
);
