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

  /* Bulk bar: data-bulk-all ticks every data-bulk-item of the same form. */
  function items(form) {
    return [...document.querySelectorAll("[data-bulk-item]")].filter((box) => box.form?.id === form);
  }

  function refresh(bar) {
    const boxes = items(bar.dataset.bulkBar);
    const chosen = boxes.filter((box) => box.checked).length;
    bar.querySelector(".bulk-count").textContent = bar.dataset.text.replace("{count}", chosen);
    bar.hidden = chosen === 0;
    for (const all of document.querySelectorAll("[data-bulk-all]")) {
      all.checked = boxes.length > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  }

  const refreshAll = () => document.querySelectorAll("[data-bulk-bar]").forEach(refresh);

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-bulk-all]")) {
      const bar = document.querySelector("[data-bulk-bar]");
      for (const box of items(bar ? bar.dataset.bulkBar : "")) { box.checked = event.target.checked; }
    }
    if (event.target.matches("[data-bulk-all], [data-bulk-item]")) { refreshAll(); }
  });
  refreshAll();
  document.addEventListener("htmx:load", refreshAll);
})();
