// Small conveniences of the filter builder's inputs that take several values: Enter adds them instead of
// sending the form, a list pasted from a spreadsheet becomes one with commas, and a long list of choices can be
// searched. And where the focus goes when what had it is gone with the old list.

const addsTo = (element) => (element.matches?.("input[data-adds]") ? element : null);

document.addEventListener("keydown", (event) => {
  const input = addsTo(event.target);
  if (!input || event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  document.getElementById(input.dataset.adds)?.click();
});

// Each line is one value; one with a comma of its own is quoted, as the server reads it.
function asValue(line) {
  const value = line.trim().replace(/,$/, "");
  return value.includes(",") && !value.startsWith('"') ? `"${value.replaceAll('"', '""')}"` : value;
}

document.addEventListener("paste", (event) => {
  const input = addsTo(event.target);
  const pasted = event.clipboardData?.getData("text/plain") ?? "";
  if (!input || input.type !== "text" || !/[\r\n]/.test(pasted.trim())) return;
  event.preventDefault();
  const values = pasted.split(/[\r\n]+/).map(asValue).filter(Boolean);
  input.setRangeText(values.join(", "), input.selectionStart, input.selectionEnd, "end");
  input.dispatchEvent(new Event("input", { bubbles: true }));
});

// The choices that an input of this kind leaves to be seen; those that are ticked always are.
function narrow(input) {
  const wanted = input.value.trim().toLowerCase();
  const choices = [...document.getElementById(input.dataset.narrows).querySelectorAll("label")];
  const fits = (choice) => choice.textContent.toLowerCase().includes(wanted);
  for (const choice of choices) choice.hidden = !fits(choice) && !choice.control.checked;
  const count = choices.filter(fits).length;
  document.querySelector("#announcer").textContent = count === 1 ? "1 choice fits" : `${count} choices fit`;
  return choices.filter(fits);
}

document.addEventListener("input", ({ target }) => {
  if (target.matches("input[data-narrows]")) narrow(target);
});

// Enter ticks the one choice that is left; the form is not sent by it.
document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches?.("input[data-narrows]") || event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  const [choice, ...others] = narrow(input);
  if (choice && !others.length) choice.control.click();
});

// Where the focus goes once the list has come anew: into the builder that was opened, back to the button that
// opened it, from the chip that was taken off to the next one, or to the chip that came from a cell.
const AFTER = {
  "#open-builder": () => document.querySelector("#filter-builder :is(select, input:not([type=hidden]))"),
  "#cell-menu a": () => [...document.querySelectorAll(".chips .chip-remove")].at(-1),
  "#close-builder": () => document.querySelector("#open-builder"),
  ".chips .chip-remove": (number) => {
    const left = [...document.querySelectorAll(".chips .chip-remove")];
    return left[number] ?? left.at(-1) ?? document.querySelector("#open-builder");
  },
};
let next = null;

document.addEventListener("click", ({ target }) => {
  const selector = Object.keys(AFTER).find((one) => target.closest?.(one));
  if (!selector) return;
  const number = [...document.querySelectorAll(selector)].indexOf(target.closest(selector));
  next = () => AFTER[selector](number);
});

document.addEventListener("htmx:after:swap", () => {
  const found = next?.();
  const isLost = document.activeElement === document.body || document.activeElement?.id === "open-builder";
  next = null;
  if (isLost) found?.focus();
});
