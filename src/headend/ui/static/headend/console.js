/* Headend's script. Every page works without it: it opens dialogs in place, adds keys and the choice of a theme. */
(() => {
  "use strict";
  const root = document.documentElement;
  const THEMES = ["", "light", "dark"];
  const TOAST_SHOWN_MS = 10000;

  const theme = {
    read() { try { return localStorage.getItem("theme") || ""; } catch { return ""; } },
    keep(name) { try { localStorage.setItem("theme", name); } catch { /* A browser that keeps nothing asks again next time. */ } },
    show(name) { if (name) root.dataset.theme = name; else delete root.dataset.theme; },
  };
  theme.show(theme.read());

  const nextTheme = () => THEMES[(THEMES.indexOf(theme.read()) + 1) % THEMES.length];
  const nameThemes = () => {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.hidden = false;
      button.querySelector("span").textContent = button.dataset[`name${theme.read() || "system"}`];
    }
  };

  /* A link to a page that asks opens that page's dialog here; where this fails the link is followed. */
  const openDialog = async (link) => {
    const answer = await fetch(link.href, { headers: { "X-Dialog": "1" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const dialog = page.querySelector("dialog");
    dialog.removeAttribute("open");
    document.getElementById("dialog")?.remove();
    document.body.append(document.adoptNode(dialog));
    dialog.addEventListener("close", () => {
      dialog.remove();
      /* The link may stand in a menu that has closed: then its button is where one was. */
      (link.closest("details.menu:not([open])")?.querySelector("summary") || link).focus();
    });
    dialog.showModal();
    dialog.querySelector("[autofocus], input:not([type=hidden]), textarea, select")?.focus();
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : document.body;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(target) || target.closest(".sheet a, .sheet button")) menu.open = false;
    }
    const link = target.closest("a[data-dialog]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      openDialog(link).catch(() => { location.assign(link.href); });
    }
    if (target.closest("dialog [data-cancel]")) {
      const dialog = target.closest("dialog");
      if (dialog.matches(":modal")) { event.preventDefault(); dialog.close(); }
    }
    if (target.closest("[data-close]")) target.closest(".toast")?.remove();
    if (target.closest("[data-theme-switch]")) {
      const name = nextTheme();
      theme.keep(name);
      theme.show(name);
      nameThemes();
    }
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
      if (location.hash === "#nav" && !document.querySelector("dialog[open]:modal")) location.hash = "main";
    }
  });

  /* A second press of a button that is being obeyed does nothing; the server refuses it too. */
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    if (event.target.method === "post") event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-now]")) event.target.form.requestSubmit();
  });

  document.addEventListener("DOMContentLoaded", () => {
    nameThemes();
    for (const element of document.querySelectorAll("[data-unhide]")) element.hidden = false;
    document.getElementById("errors")?.focus();
    for (const toast of document.querySelectorAll(".toast")) {
      setTimeout(() => { if (!toast.matches(":hover, :focus-within")) toast.remove(); }, TOAST_SHOWN_MS);
    }
    for (const view of document.querySelectorAll(".views [aria-current]")) {
      /* On a phone the views scroll sideways: the present one is brought into sight. */
      view.parentElement.scrollLeft = view.offsetLeft + view.offsetWidth / 2 - view.parentElement.clientWidth / 2;
    }
  });
})();
