// What to do with a scanned code: look it up, wherever on the page the hands were.

function beep() {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  tone.frequency.value = 220;
  tone.connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.25);
}

document.addEventListener("scan", (event) => {
  const form = document.querySelector("form[data-search]");
  // An open dialog asks for a decision first; a scan must not take the person away from it.
  if (!form || document.querySelector("dialog[open]")) return;
  form.elements.q.value = event.detail.text;
  form.requestSubmit();
});

// The page marks a search that found nothing, so that eyes may stay on the parcel.
const missed = document.querySelector("[data-scan-miss]");
if (missed && localStorage.getItem("dockside.beep") === "on") beep();
