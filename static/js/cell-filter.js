// "Only this" and "not this" from the list. One button goes to the cell under the pointer or with the
// focus in it, one to the row that the keyboard is in; each opens a menu that the server fills. The
// buttons are made here, so that a thousand cells carry nothing for them.

// A pointer that only crosses a cell does not stay this long.
const RESTS_MS = 90;

let resting = null;

function makeButton(key) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cell-filter";
  button.setAttribute("aria-expanded", "false");
  if (key) button.dataset.key = key;
  return button;
}

const cellButton = makeButton();
const rowButton = makeButton("i");
const isOpen = (button) => button.getAttribute("aria-expanded") === "true";
const headOf = (cell) => cell.closest("table").tHead.rows[0].cells[cell.cellIndex];

function cellAt(element) {
  const cell = element.closest?.("#results .data-table > tbody > tr > td");
  return cell && headOf(cell)?.dataset.column ? cell : null;
}

function put(button, place, name) {
  if (isOpen(button) || button.parentElement === place) return;
  if (!button.firstChild) button.append(document.querySelector("#open-builder .icon").cloneNode(true));
  button.setAttribute("aria-label", name);
  button.title = name;
  place.append(button);
}

const showIn = (cell) => put(cellButton, cell, `Filter by ${headOf(cell).textContent.trim()}`);

function leave(button) {
  if (!isOpen(button) && !button.matches(":focus-visible, :hover")) button.remove();
}

document.addEventListener("pointerover", (event) => {
  // A finger does not rest anywhere: for it the lines of a row have a link to the same.
  if (event.pointerType === "touch") return;
  clearTimeout(resting);
  const cell = cellAt(event.target);
  resting = setTimeout(() => (cell ? showIn(cell) : leave(cellButton)), RESTS_MS);
});

document.addEventListener("focusin", ({ target }) => {
  if (target.closest("#cell-menu")) return;
  const isSeen = target.matches(":focus-visible");
  const row = target.closest("#results .data-table > tbody > tr");
  const link = row?.querySelector(".row-link");
  if (isSeen && link) put(rowButton, link.parentElement, `Filter by the values of ${link.textContent.trim()}`);
  else if (!rowButton.parentElement?.contains(target)) leave(rowButton);
  const cell = cellAt(target);
  if (cell && isSeen) showIn(cell);
});

// In #results, so that it goes with the list it is about; on top of everything, so that no frame cuts it.
function menuOf(button) {
  document.querySelector("#cell-menu")?.remove();
  const menu = document.createElement("div");
  menu.id = "cell-menu";
  menu.className = "cell-menu";
  menu.popover = "auto";
  menu.setAttribute("role", "group");
  menu.setAttribute("aria-label", button.getAttribute("aria-label"));
  menu.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", String(newState === "open"));
    if (newState === "closed") menu.remove();
  });
  document.querySelector("#results").append(menu);
  return menu;
}

function addressOf(button) {
  const row = button.closest("tr");
  const address = new URL(row.querySelector(".row-link").href);
  address.pathname += "/values";
  address.search = location.search;
  if (button === cellButton) address.searchParams.set("column", headOf(button.parentElement).dataset.column);
  return address.pathname + address.search;
}

// The focus comes back to where it is when the menu opens: the browser sees to that.
async function open(button) {
  const menu = menuOf(button);
  button.setAttribute("aria-controls", menu.id);
  await window.htmx.ajax("GET", addressOf(button), { source: button, target: menu, swap: "innerHTML" });
  if (!menu.isConnected || !menu.childElementCount) return menu.remove();
  if (button === cellButton) button.focus();
  else button.parentElement.querySelector(".row-link").focus();
  menu.showPopover({ source: button });
  menu.querySelector("a")?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".cell-filter");
  if (button && !isOpen(button)) open(button);
});

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

document.addEventListener("keydown", (event) => {
  const links = [...(event.target.closest?.("#cell-menu")?.querySelectorAll("a") ?? [])];
  if (!links.length || !(event.key in STEPS)) return;
  event.preventDefault();
  links.at((links.indexOf(event.target) + STEPS[event.key]) % links.length).focus();
});
