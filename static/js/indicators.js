/* The rows of indicators: each shows the fields of its operator (a range two bounds, words no number and no unit), and
   the unit stands beside today's value as long as that is a bare number. Without this file all fields are there; what
   an operator does not use the server leaves out. A field with an error is never hidden. */
(function () {
  "use strict";
  const formset = document.querySelector("[data-formset='indicators']");
  if (!formset) { return; }

  const ALL = ["value", "value_high", "unit", "text"];
  const OF = { between: ["value", "value_high", "unit"], text: ["text"] };
  const NUMBER = ["value", "unit"];
  const BARE = /^[<>≤≥≈约±+\-\s\d.,，~～–]*\d[\s\d.,，]*$/;
  const inRow = (row, name) => row.querySelector(`[name$='-${name}']`);

  function besideToday(row, shown) {
    const now = inRow(row, "now");
    let group = now.closest(".input-group");
    if (!group) {
      group = document.createElement("div");
      group.className = "input-group";
      now.replaceWith(group);
      group.append(now, Object.assign(document.createElement("span"), { className: "input-group-text" }));
    }
    const unit = inRow(row, "unit").value.trim();
    const text = now.value.trim();
    const beside = group.querySelector(".input-group-text");
    beside.textContent = unit;
    beside.hidden = !unit || !shown.includes("unit") || (text !== "" && !BARE.test(text));
  }

  function arrange(row) {
    const operator = inRow(row, "operator").value;
    const shown = OF[operator] || NUMBER;
    for (const name of ALL) {
      const input = inRow(row, name);
      const cell = input.closest("[class*='col-']");
      const remark = name === "text" && input.value.trim() !== ""; // a word beside a number, as an upload may bring it
      cell.hidden = !shown.includes(name) && !remark && !cell.querySelector(".is-invalid");
    }
    const value = inRow(row, "value");
    const label = row.querySelector(`label[for='${value.id}']`);
    label.dataset.plain = label.dataset.plain || label.textContent;
    label.textContent = operator === "between" ? value.dataset.labelRange : label.dataset.plain;
    besideToday(row, shown);
  }

  const rows = formset.querySelector("[data-formset-rows]");
  const all = () => rows.querySelectorAll("[data-formset-row]").forEach(arrange);
  const typed = (event) => { const row = event.target.closest("[data-formset-row]"); if (row) { arrange(row); } };
  all();
  rows.addEventListener("change", typed);
  rows.addEventListener("input", (event) => { if (/-(operator|unit|now)$/.test(event.target.name)) { typed(event); } });
  new MutationObserver(all).observe(rows, { childList: true });
})();
