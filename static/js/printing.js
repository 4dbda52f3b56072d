// The page is printed once the server has noted it: the event "print:now".

document.addEventListener("print:now", () => window.print());
