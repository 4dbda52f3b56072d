// Native dialogs. A link with hx-get and hx-target="#dialog" fills the host, which then opens; the
// server closes it with the event "dialog:close". Without scripts the same link is a page.

const host = () => document.querySelector("#dialog");
let opener = null;

function open(dialog, from) {
  if (dialog.open) return;
  const row = from?.closest("tr");
  opener = { element: from, id: from?.id, row: row?.id };
  dialog.showModal();
}

// The row that held the opener is often replaced by a fresh one: its link is then the nearest place.
function focusBack() {
  const again = opener?.id && document.getElementById(opener.id);
  const row = opener?.row && document.getElementById(opener.row);
  const place = opener?.element?.isConnected ? opener.element : again || row?.querySelector(".row-link") || row?.querySelector("a, button");
  // What was chosen in a menu is out of sight again: the menu's own button is the place.
  const menu = place?.closest("details.menu:not([open])")?.querySelector("summary");
  (menu || place || document.querySelector("#main"))?.focus();
  opener = null;
}

document.addEventListener("htmx:after:swap", (event) => {
  const { target, sourceElement } = event.detail.ctx;
  const dialog = host();
  // A response may name its target itself (HX-Retarget); it is then still a selector here.
  if (!dialog?.childElementCount || (target !== dialog && target !== "#dialog")) return;
  open(dialog, dialog.contains(sourceElement) ? opener?.element : sourceElement);
});

document.addEventListener("dialog:close", () => host()?.close());

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-dialog-close]");
  const dialog = closer?.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }
});

// "close" does not bubble, but it can be caught on its way down.
document.addEventListener(
  "close",
  (event) => {
    if (event.target === host()) event.target.replaceChildren();
    if (opener) focusBack();
  },
  { capture: true },
);
