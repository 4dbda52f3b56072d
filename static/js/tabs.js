// Where there are more tabs than room, the row of tabs is moved so that the present one is seen.

function showCurrent() {
  for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
    const row = tab.parentElement;
    // Not scrollIntoView, which would move the page as well.
    const right = tab.offsetLeft + tab.offsetWidth - row.clientWidth;
    row.scrollLeft = Math.min(tab.offsetLeft, Math.max(row.scrollLeft, right));
  }
}

document.addEventListener("htmx:after:swap", showCurrent);
showCurrent();
