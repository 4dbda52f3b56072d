// Rows of a form that are dragged into another order; the buttons beside them do the same without a mouse. The
// server learns the order from the hidden fields that go along with the rows.

let dragged = null;

const rowOf = (event) => event.target.closest?.("[data-sortable] tbody tr");

// At the edges a row can move one way only.
function mendButtons(body) {
  const rows = [...body.rows];
  for (const [place, row] of rows.entries()) {
    const [up, down] = row.querySelectorAll("button");
    up.disabled = place === 0;
    down.disabled = place === rows.length - 1;
  }
}

document.addEventListener("dragstart", (event) => {
  dragged = rowOf(event) ?? null;
  dragged?.classList.add("is-dragged");
  if (dragged) event.dataTransfer.effectAllowed = "move";
});

document.addEventListener("dragover", (event) => {
  const over = rowOf(event);
  if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  if (over === dragged) return;
  const box = over.getBoundingClientRect();
  over[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
});

document.addEventListener("drop", (event) => {
  if (dragged) event.preventDefault();
});

document.addEventListener("dragend", () => {
  if (!dragged) return;
  dragged.classList.remove("is-dragged");
  mendButtons(dragged.parentElement);
  dragged = null;
});
