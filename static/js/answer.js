/* The answer to a match: shows the reason only for a no and the date only for a later. Without this script both show. */
"use strict";

(() => {
  const needs = { reason: "no", ask_again_on: "later" };

  function update(form) {
    const chosen = form.querySelector("input[name$='-answer']:checked");
    for (const [field, answer] of Object.entries(needs)) {
      const input = form.querySelector(`[name$='-${field}']`);
      if (input) input.closest(".field").hidden = !chosen || chosen.value !== answer;
    }
  }

  for (const form of document.querySelectorAll("[data-answer-form]")) {
    form.addEventListener("change", () => update(form));
    update(form);
  }
})();
