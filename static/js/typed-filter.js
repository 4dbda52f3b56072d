// The filter as text: what may stand at the caret is offered below it; the fields follow the text, and the text
// follows the fields. What is wrong with it is selected.
// The focus stays in the text box; aria-activedescendant says which of the words is meant.

// Long enough not to ask for every letter, short enough not to be waited for.
const PAUSE_MS = 120;

let pause = null;
let request = null;
let offeredFor = null;
let isShown = false;
let focused = "";
let pressed = null;
let known = document.querySelector(".builder-typed");

const boxOf = (element) => (element?.matches?.("[data-typed] textarea") ? element : null);
const wordsOf = (box) => box.parentElement.querySelector("#typed-words");
// What was offered for another text would land in the wrong place.
const optionsOf = (box) => (offeredFor === box.value ? [...wordsOf(box).querySelectorAll("[role=option]")] : []);
const chosenIn = (box) => wordsOf(box).querySelector("[aria-selected=true]");
// The server counts whole characters, the browser counts some of them twice.
const serverPlace = (text, place) => [...text.slice(0, place)].length;
const browserPlace = (text, place) => [...text].slice(0, place).join("").length;

function choose(box, option) {
  chosenIn(box)?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) box.setAttribute("aria-activedescendant", option.id);
  else box.removeAttribute("aria-activedescendant");
}

function close(box) {
  clearTimeout(pause);
  request?.abort();
  wordsOf(box).replaceChildren();
  box.removeAttribute("aria-activedescendant");
}

function announce(count) {
  const words = count === 1 ? "1 word to choose from" : `${count} words to choose from`;
  document.querySelector("#announcer").textContent = count ? words : "";
}

async function offer(box) {
  const text = box.value;
  const address = new URL(box.parentElement.dataset.wordsUrl, location.href);
  address.searchParams.set("text", text);
  address.searchParams.set("at", serverPlace(text, box.selectionStart));
  request?.abort();
  request = new AbortController();
  try {
    const answer = await fetch(address, { signal: request.signal });
    const words = await answer.text();
    close(box);
    // Who is signed out meanwhile is told so by the next thing they press.
    if (!answer.ok || answer.redirected || document.activeElement !== box) return;
    wordsOf(box).innerHTML = words;
    offeredFor = text;
    announce(optionsOf(box).length);
  } catch {
    // Without an answer there is nothing to offer, and typing goes on as before.
    if (box.isConnected) wordsOf(box).replaceChildren();
  }
}

function pick(box, { dataset }) {
  close(box);
  const [start, end] = [dataset.start, dataset.end].map((place) => browserPlace(box.value, Number(place)));
  box.setRangeText(dataset.insert, start, end, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function step(box, by) {
  const options = optionsOf(box);
  const here = options.indexOf(chosenIn(box));
  choose(box, options.at(here === -1 && by < 0 ? -1 : (here + by) % options.length));
}

// From here on the text counts as used: the box also loses the focus when its successor takes its place.
function apply(box) {
  box.defaultValue = box.value;
  box.form.querySelector("#use-typed").click();
}

function onKey(event, box) {
  const chosen = chosenIn(box);
  const isOpen = optionsOf(box).length > 0;
  if (event.key === "ArrowDown" && isOpen) step(box, 1);
  else if (event.key === "ArrowUp" && isOpen) step(box, -1);
  else if (event.key === "Escape" && isOpen) close(box);
  else if (["Enter", "Tab"].includes(event.key) && chosen && !event.shiftKey) pick(box, chosen);
  else if (event.key === "Enter" && !event.shiftKey) apply(box);
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  const box = boxOf(event.target);
  if (box && !event.isComposing && !event.ctrlKey && !event.metaKey && !event.altKey) onKey(event, box);
});

document.addEventListener("input", (event) => {
  const box = boxOf(event.target);
  if (!box) return;
  choose(box, null);
  clearTimeout(pause);
  pause = setTimeout(() => offer(box), PAUSE_MS);
});

// The box must keep the focus, or picking with the mouse would count as leaving it.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("#typed-words")) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const option = event.target.closest("#typed-words [role=option]");
  const box = option?.closest("[data-typed]").querySelector("textarea");
  if (option && optionsOf(box).includes(option)) pick(box, option);
});

document.addEventListener("pointerdown", ({ target }) => (pressed = target.closest("button")), { capture: true });
document.addEventListener("keydown", () => (pressed = null), { capture: true });

// Another window in front is not leaving; and a button of the form that is being pressed comes first.
document.addEventListener("focusout", (event) => {
  const box = boxOf(event.target);
  if (!box?.isConnected || !document.hasFocus()) return;
  close(box);
  if (box.value !== box.defaultValue && pressed?.form !== box.form) apply(box);
});

// The builder comes back as a whole: its text stays open, with the focus where it was.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches(".builder-typed")) isShown = event.target.open;
  },
  { capture: true },
);

document.addEventListener("htmx:before:swap", () => {
  const active = document.activeElement;
  focused = active?.closest(".builder-typed") && active.id ? active.id : "";
});

function selectWhatIsWrong(box) {
  const wrong = document.querySelector("#typed-error")?.dataset;
  const places = wrong ? [wrong.start, wrong.end] : [Infinity, Infinity];
  box.setSelectionRange(...places.map((place) => browserPlace(box.value, Number(place))));
}

document.addEventListener("htmx:after:swap", () => {
  const typed = document.querySelector(".builder-typed");
  if (typed === known) return;
  known = typed;
  if (typed) typed.open ||= isShown;
  const again = typed?.open && focused && document.getElementById(focused);
  if (!again) return;
  again.focus();
  if (boxOf(again)) selectWhatIsWrong(again);
});

// The answer with the count brings the text of the fields as they are. A text that was changed comes first.
document.addEventListener("htmx:after:swap", () => {
  const text = document.querySelector("#draft-count")?.dataset.text;
  const box = document.querySelector("#typed");
  const was = box?.form.elements.typed_was;
  if (text === undefined || !was || box.value !== was.value || box.value === text) return;
  box.value = box.defaultValue = was.value = text;
});
