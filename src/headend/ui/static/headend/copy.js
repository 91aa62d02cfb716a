/* What the console and the portal share: copying the text of an element. Every page works without it. */
(() => {
  "use strict";
  const COPIED_SHOWN_MS = 2000;

  const copy = async (button) => {
    const source = document.getElementById(button.dataset.copy);
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(source.textContent.trim());
    } else {
      /* Over plain HTTP browsers give no clipboard: the text is selected, and copied the old way. */
      getSelection().selectAllChildren(source);
      if (!document.execCommand("copy")) return;
    }
    const words = button.querySelector("span");
    const before = words.textContent;
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, COPIED_SHOWN_MS);
  };

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-copy]");
    if (button) copy(button);
  });
})();
