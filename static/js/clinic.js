/* The form of a need: sections for one kind of need only ([data-for-kind]) come and go with that kind, and figures read
   from the text ([data-proposal]) are taken over into rows of the form, one at a time. On a phone the clinic is a sheet
   over the form, and its button says how many warnings it has. */
(function () {
  "use strict";
  const kind = document.getElementById("id_need_kind");

  function showSections() {
    for (const part of document.querySelectorAll("[data-for-kind]")) {
      part.hidden = part.dataset.forKind !== kind.value && !part.querySelector(".is-invalid");
    }
    const marks = document.querySelectorAll("[data-rail-stop]:not([hidden]) .form-rail-mark");
    marks.forEach((mark, place) => { mark.textContent = place + 1; });
    document.dispatchEvent(new CustomEvent("rail:count"));
  }

  if (kind) {
    showSections();
    kind.addEventListener("input", showSections);
    kind.addEventListener("change", showSections);
  }

  const formset = () => document.querySelector("[data-formset='indicators']");
  const inRow = (row, name) => row.querySelector(`[name$='-${name}']`);
  const empty = (row) => !row.hidden && ["name", "value", "value_high", "unit", "text", "now"].every((name) => !inRow(row, name)?.value);

  function freeRow() {
    const rows = () => [...formset().querySelectorAll("[data-formset-rows] [data-formset-row]")];
    const free = rows().find(empty);
    if (free) { return free; }
    const add = formset().querySelector("[data-formset-add]");
    if (!add || add.disabled) { return null; }
    formset().dispatchEvent(new CustomEvent("formset:add"));
    return rows().at(-1);
  }

  function leave(item) {
    const next = (item.nextElementSibling || item.previousElementSibling)?.querySelector("[data-proposal-accept]");
    const all = item.closest("[data-proposals]");
    item.remove();
    if (next) { next.focus(); } else {
      all.remove();
      document.querySelector("[data-proposals-button]")?.focus();
    }
  }

  function take(item) {
    const row = freeRow();
    if (!row) { return; }
    const given = item.dataset;
    const values = { name: given.name, operator: given.operator, value: given.value, value_high: given.valueHigh,
      unit: given.unit, text: given.text, now: given.now, must: given.must };
    for (const [name, value] of Object.entries(values)) {
      const input = inRow(row, name);
      if (!input) { continue; }
      input.value = value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    leave(item);
  }

  const sheet = document.getElementById("clinic");
  const opener = document.querySelector("[data-clinic-open]");

  function showSheet(open, { focus = true } = {}) {
    sheet.classList.toggle("is-open", open);
    opener.setAttribute("aria-expanded", String(open));
    if (focus) { (open ? sheet : opener).focus({ preventScroll: true }); }
  }

  if (sheet && opener) {
    opener.addEventListener("click", () => showSheet(!sheet.classList.contains("is-open")));
    sheet.addEventListener("click", (event) => {
      if (event.target.closest("[data-clinic-close]")) { showSheet(false); }
      if (event.target.closest("a[href^='#']")) { showSheet(false, { focus: false }); } // on to the field
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && sheet.classList.contains("is-open")) { showSheet(false); }
    });
    document.addEventListener("htmx:afterSettle", () => {
      const found = sheet.querySelector("[data-warnings]")?.dataset.warnings;
      const badge = opener.querySelector("[data-clinic-count]");
      badge.hidden = !Number(found);
      badge.textContent = found || "";
      if (badge.hidden) { opener.removeAttribute("aria-label"); } else { opener.setAttribute("aria-label", `${badge.dataset.text} ${found}`); }
    });
  }

  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-proposal]");
    if (!item) { return; }
    if (event.target.closest("[data-proposal-accept]")) { take(item); }
    if (event.target.closest("[data-proposal-drop]")) { leave(item); }
  });
})();
