/* The rail of a long form: counts what is filled while people type, in the same way as the server (common/rails.py);
   on a phone its list opens from a bar; the step in view is marked. */
(function () {
  "use strict";
  const rail = document.querySelector("[data-rail]");
  const form = document.querySelector("main form[method=post] .form-actions")?.closest("form");
  if (!rail || !form) { return; }

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const stops = [...rail.querySelectorAll("[data-rail-stop]")];
  const list = rail.querySelector("ol");
  const toggle = rail.querySelector("[data-rail-toggle]");

  function rowsFilled(formset) {
    return [...formset.querySelectorAll("[data-formset-row]")].some((row) => !row.hidden
      && [...row.querySelectorAll("input:not([type=hidden]):not([type=checkbox]), textarea")].some((input) => input.value.trim()));
  }

  function filled(token) {
    const [name, rule = "1"] = token.split(":");
    const formset = form.querySelector(`[data-formset="${name}"]`);
    if (formset) { return rowsFilled(formset); }
    const inputs = [...form.elements].filter((one) => one.name === name);
    if (!inputs.length) { return true; }
    if (["checkbox", "radio"].includes(inputs[0].type)) { return inputs.filter((one) => one.checked).length >= parseInt(rule, 10); }
    const text = inputs[0].value.trim();
    if (rule.endsWith("w")) { return text.split(/[,，;；、\s]+/).filter(Boolean).length >= parseInt(rule, 10); }
    return [...text.replace(/\r?\n/g, "\r\n")].length >= parseInt(rule, 10);
  }

  function count() {
    let done = 0;
    let all = 0;
    for (const stop of stops) {
      if (stop.hidden) { continue; }
      const tokens = stop.dataset.railStop.split(" ").filter(Boolean);
      const ready = tokens.filter(filled).length;
      done += ready;
      all += tokens.length;
      if (!tokens.length || stop.classList.contains("is-wrong")) { continue; }
      const complete = ready === tokens.length;
      stop.classList.toggle("is-done", complete);
      stop.classList.toggle("is-open", !complete);
      stop.querySelector("[data-rail-note]").textContent = complete ? rail.dataset.textDone
        : fill(rail.dataset.textPart, { filled: ready, total: tokens.length });
    }
    for (const sum of rail.querySelectorAll("[data-rail-sum]")) { sum.textContent = fill(rail.dataset.textSum, { filled: done, total: all }); }
    const bar = rail.querySelector("[data-rail-bar]");
    bar.max = all;
    bar.value = done;
  }

  let waiting = 0;
  const soon = () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(count); };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("click", (event) => { if (event.target.closest("[data-formset-add], [data-formset-remove]")) { soon(); } });
  form.addEventListener("form:fill", soon);
  document.addEventListener("rail:count", soon);

  function open(yes) {
    rail.classList.toggle("is-open", yes);
    toggle.setAttribute("aria-expanded", String(yes));
  }
  toggle.addEventListener("click", () => open(!rail.classList.contains("is-open")));
  list.addEventListener("click", (event) => { if (event.target.closest("a")) { open(false); } });
  rail.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && rail.classList.contains("is-open")) { open(false); toggle.focus(); }
  });

  /* The step whose heading passed last stands in view. */
  const targets = stops.map((stop) => [stop.querySelector("a"), document.querySelector(stop.querySelector("a").hash)]).filter(([, part]) => part);
  function mark() {
    const passed = targets.filter(([, part]) => part.getBoundingClientRect().top < window.innerHeight / 3);
    const current = (passed.length ? passed[passed.length - 1] : targets[0])?.[0];
    for (const [link] of targets) {
      if (link === current) { link.setAttribute("aria-current", "step"); } else { link.removeAttribute("aria-current"); }
    }
  }
  document.addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  mark();
  count();
})();
