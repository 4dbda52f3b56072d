// Ctrl or Cmd with K: all that can be done here, by its name. The list is what the page itself offers just
// now: the row at hand, the buttons of the page, its views, and the places to go.

const GROUPS = [
  ["This row", "main tr.at-hand :is(.row-link, .disclosure, .next-steps :is(a, button))"],
  ["This page", "#toasts [data-key], main :is(.page-actions, .panel-head, .bulk-bar) :is(a, button, summary), main [data-key]:not(tbody *)"],
  ["Views", ".tabs a"],
  ["Go to", ".app-nav a, .run-tray a.menu-item, .user-menu :is(a, button)"],
];
const MOST = 12;

let commands = [];

const input = () => document.querySelector("#palette input");
const list = () => document.querySelector("#palette [role=listbox]");
const chosen = () => list().querySelector("[aria-selected=true]");

// What a closed menu holds can be chosen here; what is hidden or switched off cannot be done now.
function isOffered(element) {
  return !element.closest("[hidden], dialog") && !element.matches(":disabled, [aria-disabled=true], [aria-current]");
}

function nameOf(element) {
  const copy = element.cloneNode(true);
  for (const part of copy.querySelectorAll("svg, kbd, .count-badge")) part.remove();
  return (element.getAttribute("aria-label") ?? copy.textContent).replace(/\s+/g, " ").trim();
}

function collect() {
  const seen = new Set();
  const found = [];
  document.activeElement?.closest("main tr")?.classList.add("at-hand");
  for (const [group, selector] of GROUPS) {
    for (const element of document.querySelectorAll(selector)) {
      const name = nameOf(element);
      if (!name || seen.has(element) || !isOffered(element)) continue;
      seen.add(element);
      found.push({ group, name, key: element.dataset.key, act: () => element.click() });
    }
  }
  document.querySelector("main tr.at-hand")?.classList.remove("at-hand");
  return found;
}

// Whatever is typed may also be what is looked for.
function search(text) {
  const form = document.querySelector("form[data-search]");
  form.elements.q.value = text;
  form.requestSubmit();
}

function matching(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = ({ name, group }) => words.every((word) => `${name} ${group}`.toLowerCase().includes(word));
  const found = commands.filter(has).slice(0, MOST);
  if (words.length) found.push({ group: "Search", name: `Shipments with “${text.trim()}”`, act: () => search(text) });
  return found;
}

function option({ group, name, key }, index) {
  const item = document.createElement("li");
  Object.assign(item, { id: `palette-${index}`, role: "option" });
  item.append(name);
  if (key) item.append(Object.assign(document.createElement("kbd"), { textContent: key }));
  item.append(Object.assign(document.createElement("small"), { textContent: group }));
  return item;
}

function choose(item) {
  chosen()?.setAttribute("aria-selected", "false");
  item?.setAttribute("aria-selected", "true");
  item?.scrollIntoView({ block: "nearest" });
  input().setAttribute("aria-activedescendant", item?.id ?? "");
}

function show() {
  const found = matching(input().value);
  list().replaceChildren(...found.map(option));
  [...list().children].forEach((item, index) => item.addEventListener("click", () => act(found[index])));
  choose(list().firstElementChild);
}

function act(command) {
  // Closing gives the focus back to where it was, so that what opens next knows where to return to.
  document.querySelector("#palette").close();
  command.act();
}

function onKey(event) {
  const here = chosen();
  if (event.key === "Enter" && !event.isComposing) here?.click();
  else if (event.key === "ArrowDown") choose(here?.nextElementSibling ?? list().firstElementChild);
  else if (event.key === "ArrowUp") choose(here?.previousElementSibling ?? list().lastElementChild);
  else return;
  event.preventDefault();
}

function made() {
  const dialog = document.createElement("dialog");
  Object.assign(dialog, { id: "palette", className: "dialog palette" });
  dialog.setAttribute("closedby", "any");
  dialog.setAttribute("aria-label", "What can be done here");
  dialog.innerHTML = `<input class="form-control" type="text" role="combobox" aria-expanded="true"
    aria-autocomplete="list" aria-controls="palette-list" aria-label="What to do, or where to go"
    placeholder="What to do, or where to go" autocomplete="off" spellcheck="false">
    <ul id="palette-list" role="listbox" aria-label="What can be done here"></ul>`;
  dialog.addEventListener("input", show);
  dialog.addEventListener("keydown", onKey);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  return dialog;
}

document.addEventListener("keydown", (event) => {
  const isOurs = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  if (!isOurs || !document.querySelector("form[data-search]")) return;
  event.preventDefault();
  if (document.querySelector("dialog[open]")) return;
  commands = collect();
  made().showModal();
  show();
});
