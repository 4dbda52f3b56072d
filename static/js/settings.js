// Settings of this browser, not of the person: a shared scanner desk keeps its own.
// <input type="checkbox" data-setting="keys" data-default="on"> is stored as dockside.keys = on | off.

function stored(box) {
  return localStorage.getItem(`dockside.${box.dataset.setting}`) ?? box.dataset.default;
}

function show() {
  for (const box of document.querySelectorAll("input[data-setting]")) box.checked = stored(box) === "on";
}

document.addEventListener("change", (event) => {
  const box = event.target.closest("input[data-setting]");
  if (box) localStorage.setItem(`dockside.${box.dataset.setting}`, box.checked ? "on" : "off");
});

// A page restored by htmx brings the boxes as the server wrote them.
document.addEventListener("htmx:after:swap", show);
show();
