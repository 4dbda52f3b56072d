// What can go wrong with a request that htmx makes, said in a banner instead of nowhere.

import { banner } from "./notices.js";

const UNREACHABLE = [
  "Could not reach Dockside",
  `<p>Nothing was lost on this page. Check the network, then try again: sending the same thing twice is safe.</p>
   <p><button type="button" class="btn btn-sm" data-try-again>Try again</button></p>`,
];
const BROKEN = [
  "Dockside sent a page where a part of one was expected",
  `<p>Nothing was changed on screen. <a href="">Load this page again</a> to see how things stand.</p>`,
];

let failed = null;

// A dialog makes the page behind it unreachable, so its banners go inside it.
function bannerPlace() {
  return document.querySelector("dialog[open] .dialog-panel") ?? document.querySelector("#banners");
}

const clearBanners = () => removeAll("[data-request-banner]");

function removeAll(selector) {
  for (const banner of document.querySelectorAll(selector)) banner.remove();
}

function showBanner([title, body]) {
  clearBanners();
  const shown = banner(title, body);
  shown.dataset.requestBanner = "";
  bannerPlace().prepend(shown);
  shown.scrollIntoView({ block: "nearest" });
}

// A new try makes the refusal of the last one out of date.
document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail.ctx.sourceElement;
  if (source.matches("form, a, button")) removeAll(":is(#banners, .dialog-panel) > .banner[role=alert]");
});

// An error has the words of a banner and goes where banners go, never into the row or card that asked.
// 409 and 422 are the form again, with what to do about it. HX-Retarget and hx-status still have the last word.
document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status === 409 || ctx.response.status === 422) return;
  Object.assign(ctx, { target: bannerPlace(), swap: "afterbegin show:top", select: null });
});

// No answer at all: the network, the server, or the time limit. Failed swaps have an answer.
document.addEventListener("htmx:error", (event) => {
  const { ctx } = event.detail;
  if (!ctx || ctx.response) return;
  // A poll that fails as well must not hide that something the person did has failed.
  if (failed && ctx.sourceElement.matches("[data-poll]")) return;
  failed = ctx;
  showBanner(UNREACHABLE);
});

document.addEventListener("htmx:before:response", (event) => {
  if (event.detail.ctx.sourceElement !== failed?.sourceElement) return;
  failed = null;
  clearBanners();
});

// Whoever is signed out, or meets an error page made for a whole window, must not get it inside a table.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const isWholePage = /^\s*<!doctype/i.test(ctx.text ?? "");
  if (!isWholePage || ctx.select || ctx.swap === "none" || ctx.target === document.body) return;
  event.preventDefault();
  const answered = new URL(ctx.response.raw.url);
  if (ctx.response.raw.redirected && ctx.request.method === "GET") location.assign(answered);
  else showBanner(BROKEN);
});

function tryAgain({ sourceElement, request }) {
  if (!sourceElement?.isConnected) location.reload();
  else if (sourceElement.matches("form")) sourceElement.requestSubmit(request.submitter);
  else if (sourceElement.matches("a, button")) sourceElement.click();
  else location.reload();
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-try-again]") || !failed) return;
  const again = failed;
  failed = null;
  clearBanners();
  tryAgain(again);
});
