// Banners and toasts for what no server can say: it does not answer, or answered with something else. They look
// like those of templates/macros/banner.html and toast.html.

const first = (html) => document.createRange().createContextualFragment(html.trim()).firstElementChild;

// Icons are parts of one file, whose address the page has somewhere.
function icon(name) {
  const address = document.querySelector("svg.icon use")?.getAttribute("href").split("#")[0];
  return address ? `<svg class="icon" aria-hidden="true"><use href="${address}#${name}"/></svg>` : "";
}

export function banner(title, body) {
  return first(`<div class="banner tone-bad" role="alert">${icon("alert-circle")}
    <div><p class="banner-title">${title}</p>${body}</div></div>`);
}

export function toast(message) {
  const note = first(`<div class="toast-note" data-seconds="6">${icon("circle-check")} <p></p>
    <button type="button" class="btn-close" data-toast-close aria-label="Dismiss"></button></div>`);
  note.querySelector("p").textContent = message;
  return note;
}
