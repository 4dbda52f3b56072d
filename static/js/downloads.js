// A file that is ready is fetched at once: the event "file:ready" ({"url": "…"}) names it. As an attachment it
// leaves the page where it is.

document.addEventListener("file:ready", (event) => location.assign(event.detail.url));
