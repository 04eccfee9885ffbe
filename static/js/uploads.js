/* Mending an upload by keyboard: Enter saves a row, the focus goes to the next wrong cell; words are added to lists. */
(function () {
  "use strict";

  const WRONG = "[data-mend-list] [data-mend-input][aria-invalid='true']";
  let last = null; // {row, name} of the cell that was in use when a row was sent

  /* Enter in a choice and Ctrl+Enter in a text of several lines save, as Enter does in a line. */
  document.addEventListener("keydown", (event) => {
    const input = event.target.closest?.("[data-mend-input]");
    if (!input || event.key !== "Enter" || event.isComposing) { return; }
    const needsControl = input.tagName === "TEXTAREA";
    if (input.tagName === "INPUT" || (needsControl && !event.ctrlKey && !event.metaKey)) { return; }
    event.preventDefault();
    input.form.requestSubmit();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("[data-mend]");
    if (!form) { return; }
    const input = document.activeElement?.closest?.("[data-mend-input]");
    last = { row: form.closest("li").id, name: input && form.contains(input) ? input.name : "" };
  });

  /* A list of codes: choosing a word adds it to the text, once. */
  document.addEventListener("change", (event) => {
    const list = event.target.closest?.("[data-mend-add]");
    if (!list || !list.value) { return; }
    const input = document.getElementById(list.dataset.mendAdd);
    const words = input.value.split(/[、，,；;\n]+/).map((word) => word.trim()).filter(Boolean);
    if (!words.includes(list.value)) { input.value = [...words, list.value].join("、"); }
    list.value = "";
    input.focus();
  });

  /* The tick in the head stands for all of the page; before htmx, on the same event, sends them. */
  document.addEventListener("change", (event) => {
    const all = event.target.closest?.("[data-tick-all]");
    if (!all) { return; }
    for (const box of all.form.querySelectorAll("[name='row']")) { box.checked = all.checked; }
  }, true);

  function go(input) {
    input.focus();
    if (input.select && input.tagName !== "SELECT") { input.select(); }
    input.scrollIntoView({ block: "center" });
  }

  function follows(one, other) {
    return Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
  }

  /* After a row was answered: stay at the cell that is still wrong, else go to the next wrong one, else ask for more. */
  document.addEventListener("htmx:afterSettle", () => {
    if (!last) { return; }
    const row = document.getElementById(last.row);
    const name = last.name;
    last = null;
    if (!row) { return; }
    const same = name && row.querySelector(`${WRONG}[name="${CSS.escape(name)}"]`);
    const wrong = [...document.querySelectorAll(WRONG)];
    const next = same || row.querySelector(WRONG) || wrong.find((input) => follows(row, input)) || wrong[0];
    if (next) { go(next); return; }
    more(row);
  });

  /* Nothing wrong is left on this page: bring the next ones, or whatever the upload needs now. */
  function more(row) {
    const list = row.closest("[data-mend-list]");
    if (!list || !window.htmx) { row.focus(); return; }
    const url = new URL(window.location.href);
    url.searchParams.delete("page");
    url.searchParams.delete("q");
    url.searchParams.delete("group");
    url.hash = "";
    window.htmx.ajax("GET", url.pathname + url.search, { target: "#import", swap: "innerHTML" }).then(() => {
      window.history.replaceState(window.history.state, "", url);
      const first = document.querySelector(WRONG);
      if (first) { go(first); return; }
      const button = document.querySelector("#import-next .btn-primary");
      if (button) { button.focus(); button.scrollIntoView({ block: "center" }); }
    });
  }
})();
