// Which rows are selected. A list keeps its selection in this browser tab, on its other pages too, until the
// list shows other shipments; the bar below the table says how many there are. What is sent with the form
// "bulk" is the whole selection, not only what is ticked on the page; once the page is ticked, the bar offers all
// that match the list, which the server then looks up by itself.

const boxes = () => [...document.querySelectorAll("[data-row-select]")];
const bar = () => document.querySelector("#bulk-bar");
const storeKey = () => `dockside.selected ${bar().dataset.list}`;
const everything = () => document.querySelector("[data-select-all] input");
const numberOf = (box) => box.closest("tr").querySelector(".row-link").textContent.trim();

// The box that was pressed last: with Shift, all from there on follow.
let anchor = null;

// By id, each with the number that people know the shipment by.
function selected() {
  return new Map(JSON.parse(sessionStorage.getItem(storeKey()) ?? "[]"));
}

function inWords(count, here) {
  if (everything()?.checked) return "All that match are selected";
  const elsewhere = count - here;
  return elsewhere ? `${count} selected, ${elsewhere} on other pages` : `${count} selected`;
}

function showBar(chosen, here) {
  bar().hidden = !chosen.size;
  bar().querySelector("[data-selected-count]").textContent = inWords(chosen.size, here);
  const copy = bar().querySelector("[data-copy]");
  copy.dataset.copy = [...chosen.values()].join("\n");
  copy.dataset.copied = `${chosen.size} shipment ${chosen.size === 1 ? "number" : "numbers"} copied`;
}

// How many match is said above the table, as soon as they are counted.
function offerEverything(rows, here) {
  const box = everything();
  if (!box) return;
  const matching = document.querySelector("#count")?.dataset.matching;
  const isOffered = here === rows && matching !== String(rows);
  const offer = box.closest("label");
  offer.hidden = !isOffered;
  if (!isOffered) box.checked = false;
  offer.querySelector("span").textContent = matching ? `Select all ${matching} matching` : "Select all that match";
}

// Those a run is done with need no more doing: the page of the run names them.
function leaveSelections() {
  const done = document.querySelector("[data-leave-selection]")?.dataset.leaveSelection.split(" ");
  if (!done) return;
  const gone = new Set(done);
  for (const key of Object.keys(sessionStorage).filter((name) => name.startsWith("dockside.selected "))) {
    const left = JSON.parse(sessionStorage.getItem(key)).filter(([id]) => !gone.has(id));
    if (left.length) sessionStorage.setItem(key, JSON.stringify(left));
    else sessionStorage.removeItem(key);
  }
}

function show() {
  leaveSelections();
  if (!bar()) return;
  const chosen = selected();
  const all = boxes();
  for (const box of all) box.checked = chosen.has(box.value);
  const here = all.filter((box) => box.checked).length;
  const page = document.querySelector("[data-select-page]");
  page.checked = here === all.length;
  page.indeterminate = here > 0 && here < all.length;
  offerEverything(all.length, here);
  showBar(chosen, here);
}

function set(changed, on) {
  const chosen = selected();
  for (const box of changed) {
    if (on) chosen.set(box.value, numberOf(box));
    else chosen.delete(box.value);
  }
  sessionStorage.setItem(storeKey(), JSON.stringify([...chosen]));
  show();
}

function upTo(box) {
  const all = boxes();
  const ends = [all.findIndex((one) => one.value === anchor), all.indexOf(box)].sort((a, b) => a - b);
  return ends[0] === -1 ? [box] : all.slice(ends[0], ends[1] + 1);
}

function clear() {
  anchor = null;
  sessionStorage.removeItem(storeKey());
  show();
  // The button goes with the bar it is in, and a phone has no box in the head.
  const page = document.querySelector("[data-select-page]");
  (page.checkVisibility() ? page : document.querySelector(".row-link")).focus();
}

document.addEventListener("click", (event) => {
  const { target } = event;
  if (target.matches("[data-row-select]")) {
    set(event.shiftKey ? upTo(target) : [target], target.checked);
    anchor = target.value;
  } else if (target.matches("[data-select-page]")) set(boxes(), target.checked);
  else if (target.closest("[data-select-here]")) set(boxes(), true);
  else if (target === everything()) show();
  else if (target.closest("[data-select-none]")) clear();
});

// A press with Shift would mark the text between the two boxes.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.matches("[data-row-select]")) event.preventDefault();
});

document.addEventListener("formdata", (event) => {
  if (event.target.id !== "bulk") return;
  if (everything()?.checked) {
    event.formData.delete("ids");
    return;
  }
  const here = new Set(boxes().map((box) => box.value));
  for (const id of selected().keys()) if (!here.has(id)) event.formData.append("ids", id);
});

// Enter in a box asks for nothing: only a button says what is to be done.
document.addEventListener("submit", (event) => {
  if (event.target.id === "bulk" && !event.submitter) event.preventDefault();
}, { capture: true });

// Whoever signs in next selects for themselves.
if (document.body.matches(".signed-out")) {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("dockside.selected ")) sessionStorage.removeItem(key);
}

document.addEventListener("htmx:after:swap", show);
// Back and reload bring the boxes as they were left, which may be out of date.
window.addEventListener("pageshow", show);
show();
