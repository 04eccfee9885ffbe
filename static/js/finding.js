/* Lists of the pools: facets that come after the results, and records ticked for a comparison. */
(function () {
  "use strict";

  /* Facets: those of an older question are not shown, and what was folded out stays so. */
  let unfolded = new Map();

  function asked(form) {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) { if (value !== "") { query.append(name, value); } }
    query.sort();
    return query.toString();
  }

  function sorted(text) {
    const query = new URLSearchParams(text);
    for (const name of new Set([...query.keys()])) {
      const values = query.getAll(name).filter((value) => value !== "");
      query.delete(name);
      for (const value of values) { query.append(name, value); }
    }
    query.sort();
    return query.toString();
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = document.getElementById("pool-filter");
    if (event.detail.target.id !== "facets" || !form) { return; }
    const { facetsFor } = event.detail.requestConfig.elt.dataset;
    if (facetsFor !== undefined && sorted(facetsFor) !== asked(form)) { event.detail.shouldSwap = false; }
    unfolded = new Map([...form.querySelectorAll("details[data-facet]")].map((one) => [one.dataset.facet, one.open]));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "facets") { return; }
    for (const one of event.detail.target.querySelectorAll("details[data-facet]")) {
      if (unfolded.has(one.dataset.facet)) { one.open = unfolded.get(one.dataset.facet); }
    }
  });

  /* Comparison: what is ticked is remembered for this tab, so that it survives the next page of the list. */
  const bar = document.getElementById("compare-form");
  if (!bar) { return; }
  const most = Number(bar.dataset.most);
  const drawer = `compare:${bar.dataset.compare}`;

  function kept() {
    try { return new Map(JSON.parse(sessionStorage.getItem(drawer) || "[]")); } catch { return new Map(); }
  }

  function keep(chosen) {
    try { sessionStorage.setItem(drawer, JSON.stringify([...chosen])); } catch { /* private window: this page only */ }
    show(chosen);
  }

  function show(chosen) {
    for (const box of document.querySelectorAll("[data-compare-item]")) { box.checked = chosen.has(box.value); }
    for (const hidden of bar.querySelectorAll("input[name=ids]")) { hidden.remove(); }
    for (const key of chosen.keys()) {
      if (document.querySelector(`[data-compare-item][value="${CSS.escape(key)}"]`)) { continue; }
      const field = document.createElement("input");
      field.type = "hidden"; field.name = "ids"; field.value = key;
      bar.append(field);
    }
    bar.hidden = chosen.size === 0;
    bar.querySelector(".compare-names").textContent = [...chosen.values()].map((title) => title.slice(0, 20)).join(" ｜ ");
    bar.querySelector("[data-compare-label]").textContent = bar.dataset.text.replace("{count}", chosen.size);
    bar.querySelector("[type=submit]").disabled = chosen.size < 2;
  }

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.matches("[data-compare-item]")) { return; }
    const chosen = kept();
    let full = false;
    if (!box.checked) {
      chosen.delete(box.value);
    } else if (chosen.size < most) {
      chosen.set(box.value, box.dataset.compareItem);
    } else {
      box.checked = false;
      full = true;  // said in the bar itself: a note in the corner would lie over its button
    }
    keep(chosen);
    bar.querySelector(".compare-full").textContent = full ? bar.dataset.textFull : "";
  });
  bar.querySelector("[data-compare-clear]").addEventListener("click", () => {
    bar.querySelector(".compare-full").textContent = "";
    keep(new Map());
  });
  show(kept());
  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "results") { show(kept()); } });
})();
