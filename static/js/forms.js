// A form is sent once, however often its button is pressed, and what is wrong with it takes the focus.

const buttonsOf = (form) => [...form.elements].filter((one) => one.type === "submit");

function lock(form) {
  form.dataset.sending = "";
  const focused = document.activeElement;
  // A button disabled at once would drop out of the data being sent, so it is disabled a moment later.
  setTimeout(() => {
    if (!("sending" in form.dataset)) return;
    for (const button of buttonsOf(form)) {
      if (button.disabled) continue;
      button.disabled = true;
      button.dataset.locked = button === focused ? "focused" : "";
    }
  });
}

function unlock(form) {
  delete form.dataset.sending;
  for (const button of buttonsOf(form)) {
    if (!("locked" in button.dataset)) continue;
    button.disabled = false;
    if (button.dataset.locked === "focused" && document.activeElement === document.body) button.focus();
    delete button.dataset.locked;
  }
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[data-repeatable]")) return;
    if ("sending" in form.dataset) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else {
      lock(form);
    }
  },
  { capture: true },
);

document.addEventListener("htmx:finally:request", (event) => {
  const form = event.detail.ctx.request.form;
  if (form && "sending" in form.dataset) unlock(form);
});

// A page taken from the browser's memory by Back comes with its buttons as they were left.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) unlock(form);
});

function focusErrors() {
  const summary = document.querySelector("[data-error-summary]:not([data-focused])");
  if (!summary) return;
  summary.dataset.focused = "";
  summary.focus();
}

document.addEventListener("htmx:after:swap", focusErrors);
focusErrors();
