// A row of the list whose shipment was changed ("row:changed" with its id) is fetched again, in the columns of
// the list it stands in. Its open lines stay below it, and the focus stays in it. Several ("rows:changed" with their
// ids) are fetched one after the other, so that a page of them does not keep the server from other people.

async function renew(row) {
  let focused = row.contains(document.activeElement) ? document.activeElement : null;
  // A dialog that closes meanwhile gives the focus back to what opened it, in this very row.
  row.addEventListener("focusin", (event) => (focused = event.target));
  const { pathname } = new URL(row.querySelector(".row-link").href);
  await window.htmx.ajax("GET", `${pathname}/row${location.search}`, { source: row, target: row, swap: "outerHTML" });
  if (!focused || focused.isConnected || document.activeElement !== document.body) return;
  const same = focused.id && document.getElementById(focused.id);
  (same || document.getElementById(row.id)?.querySelector(".row-link"))?.focus();
}

async function renewIfShown(id) {
  const row = document.getElementById(`fulfillment-${id}`);
  if (row?.querySelector(".row-link")) await renew(row);
}

document.addEventListener("row:changed", (event) => renewIfShown(event.detail.id));

document.addEventListener("rows:changed", async (event) => {
  for (const id of event.detail.ids) await renewIfShown(id);
});
