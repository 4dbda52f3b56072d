// Good news that goes away by itself. The event "toast" ({"message": "…", "about": "…"}) makes one; the server
// may also add ready-made ones, such as one with an Undo form, to #toasts. A new one takes the place of older
// ones about the same thing, so that nothing offers to undo what is undone. Errors are never toasts.

import { toast } from "./notices.js";

function remove(note) {
  // The focus must not fall back to the start of the page with the button that was pressed.
  if (note.contains(document.activeElement)) document.querySelector("#main")?.focus();
  note.remove();
}

function replaceOlder(note) {
  if (!note.dataset.about) return;
  for (const other of document.querySelectorAll("#toasts > .toast-note[data-armed]")) {
    if (other.dataset.about === note.dataset.about) remove(other);
  }
}

function arm(note) {
  replaceOlder(note);
  note.dataset.armed = "";
  let timer;
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(() => remove(note), Number(note.dataset.seconds) * 1000);
  };
  const hold = () => clearTimeout(timer);
  note.addEventListener("mouseenter", hold);
  note.addEventListener("focusin", hold);
  note.addEventListener("mouseleave", start);
  note.addEventListener("focusout", start);
  start();
}

function armAll() {
  for (const note of document.querySelectorAll("#toasts > .toast-note:not([data-armed])")) arm(note);
}

document.addEventListener("toast", (event) => {
  const note = toast(event.detail.message ?? event.detail.value);
  note.dataset.about = event.detail.about ?? "";
  document.querySelector("#toasts")?.append(note);
  armAll();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toast-close]");
  if (button) remove(button.closest(".toast-note"));
});

document.addEventListener("htmx:after:swap", armAll);
armAll();
