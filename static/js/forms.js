/* Forms: character counters, drop zones, rows of formsets, and the way from the error summary to the field. */
(function () {
  "use strict";

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  /* Counted as the server counts: code points, line breaks as two characters (the browser sends CR LF). */
  function length(text) {
    return [...text.replace(/\r?\n/g, "\r\n")].length;
  }

  function count(input) {
    const counter = document.getElementById(`${input.id}_count`);
    if (!counter) { return; }
    const limit = Number(input.dataset.limit);
    const used = length(input.value);
    const over = used > limit;
    counter.classList.toggle("is-over", over);
    counter.textContent = over
      ? fill(counter.dataset.over, { over: used - limit, limit })
      : fill(counter.dataset.text, { count: used, limit });
  }

  document.addEventListener("input", (event) => {
    if (event.target.dataset?.limit) { count(event.target); }
  });

  /* Drop zones */
  function show(zone) {
    const input = zone.querySelector("input[type=file]");
    const name = zone.querySelector("[data-dropzone-name]");
    name.textContent = [...input.files].map((file) => `${file.name} (${Math.max(1, Math.round(file.size / 1024))} KB)`).join(", ");
  }

  document.addEventListener("change", (event) => {
    const zone = event.target.closest?.("[data-dropzone]");
    if (zone) { show(zone); }
  });

  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      const zone = event.target.closest?.("[data-dropzone]");
      if (zone) { event.preventDefault(); zone.classList.add("is-over"); }
    });
  }
  document.addEventListener("dragleave", (event) => {
    const zone = event.target.closest?.("[data-dropzone]");
    if (zone && !zone.contains(event.relatedTarget)) { zone.classList.remove("is-over"); }
  });
  document.addEventListener("drop", (event) => {
    const zone = event.target.closest?.("[data-dropzone]");
    if (!zone) { return; }
    event.preventDefault();
    zone.classList.remove("is-over");
    const input = zone.querySelector("input[type=file]");
    if (event.dataTransfer.files.length && !input.disabled) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  /* Formset rows. A removed row stays in the form with its DELETE box ticked, so numbers never shift. */
  function addRow(formset, { focus = true } = {}) {
    const total = formset.querySelector("input[name$='-TOTAL_FORMS']");
    const rows = formset.querySelector("[data-formset-rows]");
    const index = Number(total.value);
    const row = formset.querySelector("template[data-formset-empty]").content.firstElementChild.cloneNode(true);
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const attribute of [...element.attributes]) {
        if (attribute.value.includes("__prefix__")) {
          element.setAttribute(attribute.name, attribute.value.replaceAll("__prefix__", index));
        }
      }
    }
    total.value = index + 1;
    row.setAttribute("aria-label", `${row.getAttribute("aria-label").trim()} ${shown(rows).length + 1}`);
    rows.append(row);
    ready(row);
    if (focus) { row.querySelector("input:not([type=hidden]), select, textarea")?.focus(); }
    limit(formset);
  }

  const shown = (rows) => [...rows.querySelectorAll("[data-formset-row]")].filter((row) => !row.hidden);

  function removeRow(row) {
    const formset = row.closest("[data-formset]");
    const box = row.querySelector("input[name$='-DELETE']");
    if (box) { box.checked = true; }
    row.hidden = true;
    limit(formset);
    formset.querySelector("[data-formset-add]")?.focus();
  }

  function limit(formset) {
    const add = formset.querySelector("[data-formset-add]");
    const rows = formset.querySelector("[data-formset-rows]");
    if (add && formset.dataset.max) { add.disabled = shown(rows).length >= Number(formset.dataset.max); }
  }

  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-formset-add]");
    if (add) { addRow(add.closest("[data-formset]")); }
    const remove = event.target.closest("[data-formset-remove]");
    if (remove) { removeRow(remove.closest("[data-formset-row]")); }
  });

  document.addEventListener("formset:add", (event) => addRow(event.target, { focus: false }), true);

  /* After errors: to the first field to correct, with the heading of the summary said aloud; else to the summary. */
  function firstError(root) {
    const summary = root.querySelector("[data-error-summary]");
    if (!summary && root !== document) { return; }
    const all = [...root.querySelectorAll(".has-error input:not([type=hidden]), .has-error select, .has-error textarea")]
      .filter((one) => one.offsetParent !== null && !one.disabled);
    const wrong = all.find((one) => `#${one.id}` === window.location.hash) || all[0];
    /* A step that was jumped to before would take the focus away again when the page has loaded. */
    if (wrong && window.location.hash) { history.replaceState(history.state, "", window.location.pathname + window.location.search); }
    const announcer = document.getElementById("announcer");
    if (announcer && summary) { announcer.textContent = summary.querySelector("h2")?.textContent.trim() || ""; }
    (wrong || summary)?.focus();
    wrong?.scrollIntoView({ block: "center" });
  }

  function ready(root) {
    for (const input of root.querySelectorAll("[data-limit]")) { count(input); }
    for (const box of root.querySelectorAll("[data-formset-row] input[name$='-DELETE']:checked")) {
      box.closest("[data-formset-row]").hidden = true;
    }
    for (const formset of root.querySelectorAll("[data-formset]")) { limit(formset); }
    firstError(root);
  }
  ready(document);
  document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) { ready(event.target); } });
})();
