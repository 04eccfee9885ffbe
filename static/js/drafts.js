/* A long form that the server did not take (signed out meanwhile, page too old) comes back with its text; and any text
   that somebody hands over is put into a form (event form:fill, see autosave.js).
   Its values are kept when it is sent, in this tab only, for the same person and for an hour at most. The page that
   refused it ([data-draft-lost]: sign-in, form too old) leads back to it; any other page forgets them. */
(function () {
  "use strict";
  const KEY = "draft";
  const HOUR = 3600000;
  const KEPT_BACK = ["csrfmiddlewaretoken", "draft"];
  const path = window.location.pathname;

  function read() {
    try {
      const draft = JSON.parse(sessionStorage.getItem(KEY));
      return draft && Date.now() - draft.at < HOUR ? draft : null;
    } catch { return null; }
  }

  function write(draft) {
    try {
      if (draft) { sessionStorage.setItem(KEY, JSON.stringify(draft)); } else { sessionStorage.removeItem(KEY); }
    } catch { /* storage is full or switched off: as without this file */ }
  }

  /* Forms that are sent to their own address and hold longer texts. */
  const kept = (form) => form.method === "post" && !form.hasAttribute("action") && form.querySelector("textarea");

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !kept(event.target)) { return; }
    const fields = [...new FormData(event.target)].filter(([name, value]) =>
      typeof value === "string" && name !== "csrfmiddlewaretoken");
    write({ path, who: document.body.dataset.who, at: Date.now(), fields });
  });

  function restore(form, fields) {
    const values = new Map();
    for (const [name, value] of fields) { values.set(name, [...(values.get(name) || []), value]); }
    for (const formset of form.querySelectorAll("[data-formset]")) {
      const total = formset.querySelector("input[name$='-TOTAL_FORMS']");
      const wanted = Math.min(Number(values.get(total.name)?.[0]) || 0, 200);
      while (Number(total.value) < wanted) { formset.dispatchEvent(new CustomEvent("formset:add")); }
    }
    for (const input of [...form.elements]) {
      if (!input.name || KEPT_BACK.includes(input.name) || ["file", "submit", "button"].includes(input.type)) { continue; }
      const given = values.get(input.name) || [];
      if (input.type === "checkbox" || input.type === "radio") {
        input.checked = given.includes(input.value);
      } else if (input.multiple && input.options) {
        for (const option of input.options) { option.selected = given.includes(option.value); }
      } else if (given.length) {
        input.value = given[0];
      }
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    for (const box of form.querySelectorAll("[data-formset-row] input[name$='-DELETE']:checked")) {
      box.closest("[data-formset-row]").hidden = true;
    }
  }

  document.addEventListener("form:fill", (event) => restore(event.target, event.detail));

  const draft = read();
  const lost = document.querySelector("[data-draft-lost]");
  if (draft && lost) {
    write({ ...draft, lost: true });
    const back = document.querySelector("[data-draft-back]");
    if (back) { back.href = draft.path; back.hidden = false; }
  } else {
    write(null);
    const form = draft?.lost && draft.path === path && draft.who === document.body.dataset.who
      ? [...document.forms].find(kept) : null;
    if (form) {
      restore(form, draft.fields);
      form.dataset.filled = "1";
      document.dispatchEvent(new CustomEvent("portal:say", { detail: document.body.dataset.textRestored }));
    }
  }
})();
