/* The portal's script: waits, and lets nothing be sent twice. Every page works without it. */
(() => {
  "use strict";
  const POLLED_MS = 2000;

  /* The server says 204 while there is nothing new, and anything else that is well once there is: then the page is
     loaded again. What fails on the way is asked again. */
  const poll = async (place) => {
    try {
      const answer = await fetch(place, { credentials: "same-origin", cache: "no-store", redirect: "manual" });
      if (answer.type === "opaqueredirect" || (answer.ok && answer.status !== 204)) {
        location.reload();
        return;
      }
    } catch { /* No network for a moment. */ }
    setTimeout(poll, POLLED_MS, place);
  };

  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    if (event.target.method === "post") event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  for (const element of document.querySelectorAll("[data-unhide]")) element.hidden = false;
  const waiting = document.querySelector("[data-poll]");
  if (waiting) setTimeout(poll, POLLED_MS, waiting.dataset.poll);
})();
