/* Every page: dialogs, menus, messages, copying, and good manners for htmx. No page depends on this file. */
(function () {
  "use strict";
  document.documentElement.classList.remove("no-js");

  const words = (name) => document.body.dataset[name] || "";

  function say(text) {
    const note = document.createElement("div");
    note.className = "toast-note";
    note.textContent = text;
    document.getElementById("toasts")?.append(note);
    setTimeout(() => note.remove(), 6000);
  }

  document.addEventListener("portal:say", (event) => say(event.detail));

  function announce(text) {
    const announcer = document.getElementById("announcer");
    if (announcer) { announcer.textContent = text; }
  }

  /* Dialogs: <button data-dialog="id"> opens <dialog id="id">; data-open opens it with the page. */
  function openDialog(dialog) {
    if (!dialog || dialog.open) { return; }
    if (dialog.showModal) { dialog.showModal(); } else { dialog.setAttribute("open", ""); }
  }

  function closeDialog(dialog) {
    if (dialog.close) { dialog.close(); } else { dialog.removeAttribute("open"); }
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-dialog], [data-dialog-close], [data-dismiss], [data-copy]");
    if (target) {
      if (target.dataset.dialog) {
        event.preventDefault();
        openDialog(document.getElementById(target.dataset.dialog));
      } else if (target.hasAttribute("data-dialog-close")) {
        closeDialog(target.closest("dialog"));
      } else if (target.hasAttribute("data-dismiss")) {
        target.closest("[data-dismissible]")?.remove();
      } else {
        copy(target);
      }
    }
    if (event.target.matches("dialog")) { closeDialog(event.target); }
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) { menu.open = false; }
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") { return; }
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });

  /* Whoever tabs out of a menu leaves it; a tap is left to `click`, since nothing may move under a finger. */
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Tab") { return; }
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(document.activeElement)) { menu.open = false; }
    }
  });

  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const box = document.createElement("textarea");
      box.value = text;
      box.className = "visually-hidden";
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
      button.focus();
    }
    say(words("textCopied"));
  }

  /* Links that go nowhere twice: a form is sent once, however often the button is pressed. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });

  /* Tabs that do not fit scroll: the present one is brought into view, and the bar knows on which side more lie. */
  function hint(list) {
    const bar = list.parentElement;
    bar.toggleAttribute("data-before", list.scrollLeft > 1);
    bar.toggleAttribute("data-after", list.scrollLeft + list.clientWidth < list.scrollWidth - 1);
  }

  const shown = new WeakSet(); /* whoever has scrolled on is left where he is */
  function showTabs() {
    for (const list of document.querySelectorAll(".tab-bar > ul")) {
      const tab = list.querySelector("[aria-current]");
      if (tab && !shown.has(list)) {
        const [own, frame] = [tab.getBoundingClientRect(), list.getBoundingClientRect()];
        list.scrollLeft += own.left - frame.left - (frame.width - own.width) / 2;
      }
      shown.add(list);
      hint(list);
    }
  }
  showTabs();
  window.addEventListener("resize", showTabs);
  document.addEventListener("htmx:afterSettle", showTabs);
  document.addEventListener("scroll", (event) => {
    if (event.target.matches?.(".tab-bar > ul")) { hint(event.target); }
  }, { capture: true, passive: true });

  /* htmx */
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.hasAttribute("data-live")) { event.preventDefault(); }
  });

  /* What a page asks by itself says so: it is no act of its reader and keeps no session open. */
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.hasAttribute("data-live")) { event.detail.headers["X-Live"] = "1"; }
  });

  /* A fragment that is a whole page means that the session has ended: show that page instead of a page in a page.
     A refusal is a whole page too; whoever asked for the fragment is told and keeps what he has written, but what asks
     by itself says nothing, so that its page is read anew. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (/^\s*<!doctype html/i.test(event.detail.xhr.responseText || "")) {
      event.detail.shouldSwap = false;
      if (event.detail.xhr.status < 400 || event.target.hasAttribute?.("data-live")) { window.location.reload(); }
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const line = event.target.querySelector?.("[data-announce]");
    if (line) { announce(line.textContent); }
  });

  document.addEventListener("htmx:responseError", (event) => {
    if (event.target.hasAttribute?.("data-live")) { return; }
    const { status, responseText } = event.detail.xhr;
    const plain = (event.detail.xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    if (status === 503 && plain) { say(responseText); return; } /* others hold the record: one sentence says so */
    say(words(status >= 400 && status < 500 ? "textRefused" : "textFailed"));
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (!event.target.hasAttribute?.("data-live")) { say(words("textFailed")); }
    });
  }

  function ready(root) {
    for (const dialog of root.querySelectorAll("dialog[data-open]")) { openDialog(dialog); }
  }
  ready(document);
  document.addEventListener("htmx:load", (event) => ready(event.target));
})();
