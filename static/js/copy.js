// <button class="copy" data-copy="text"> puts its text on the clipboard and says so, with data-copied in those
// words; without a text of its own it means the words of the element before it.

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // On plain http, as in many warehouses, only the old way works.
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  if (!done) throw new Error("The browser refused to copy");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = button.dataset.copy || button.previousElementSibling.textContent;
  const announcer = document.querySelector("#announcer");
  try {
    await write(text);
  } catch {
    announcer.textContent = "Could not copy";
    return;
  }
  const { copied } = button.dataset;
  if (copied) document.dispatchEvent(new CustomEvent("toast", { detail: { message: copied } }));
  else announcer.textContent = `Copied ${text}`;
  button.classList.add("is-copied");
  button.focus();
  setTimeout(() => button.classList.remove("is-copied"), 1500);
});
