/* Lists: filters that send themselves, clean addresses, rows ticked for a bulk action. */
(function () {
  "use strict";

  /* While Chinese is being composed the letters typed are not yet the text: wait for the finished word. */
  document.addEventListener("input", (event) => {
    if (event.isComposing && event.target.closest?.("[data-autosubmit]")) { event.stopPropagation(); }
  }, true);
  document.addEventListener("compositionend", (event) => {
    if (event.target.closest?.("[data-autosubmit]")) {
      event.target.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  /* Empty filters stay out of the address. */
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.hasAttribute?.("data-clean-query")) { return; }
    const parameters = event.detail.formData || event.detail.parameters;
    for (const name of new Set([...parameters.keys()])) {
      const values = parameters.getAll(name).filter((value) => value !== "");
      parameters.delete(name);
      for (const value of values) { parameters.append(name, value); }
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.hasAttribute("data-clean-query")) { return; }
    for (const field of form.elements) {
      if (field.name && field.value === "") { field.disabled = true; }
    }
    setTimeout(() => { for (const field of form.elements) { field.disabled = false; } });
  });

  /* Bulk bar: the rows ticked for one form. The bar and the head of the table both tick them all. */
  function items(form) {
    return [...document.querySelectorAll("[data-bulk-item]")].filter((box) => box.form?.id === form);
  }

  function refresh(bar) {
    const boxes = items(bar.dataset.bulkBar);
    const chosen = boxes.filter((box) => box.checked).length;
    const full = boxes.length > 0 && chosen === boxes.length;
    const toggle = bar.querySelector("[data-bulk-toggle]");
    bar.hidden = boxes.length === 0;
    bar.querySelector(".bulk-count").textContent = bar.dataset.text.replace("{count}", chosen);
    bar.querySelector(".bulk-actions").hidden = chosen === 0;
    toggle.textContent = full ? toggle.dataset.textNone : toggle.dataset.textAll;
    for (const all of document.querySelectorAll("[data-bulk-all]")) {
      all.checked = full;
      all.indeterminate = chosen > 0 && !full;
    }
  }

  const refreshAll = () => document.querySelectorAll("[data-bulk-bar]").forEach(refresh);

  function tick(bar, checked) {
    for (const box of items(bar.dataset.bulkBar)) { box.checked = checked; }
    refresh(bar);
  }

  document.addEventListener("change", (event) => {
    const bar = document.querySelector("[data-bulk-bar]");
    if (bar && event.target.matches("[data-bulk-all]")) { tick(bar, event.target.checked); }
    if (event.target.matches("[data-bulk-item]")) { refreshAll(); }
  });
  document.addEventListener("click", (event) => {
    const bar = event.target.closest("[data-bulk-toggle]")?.closest("[data-bulk-bar]");
    if (bar) { tick(bar, items(bar.dataset.bulkBar).some((box) => !box.checked)); }
  });
  refreshAll();
  document.addEventListener("htmx:load", refreshAll);
})();
