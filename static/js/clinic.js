/* The form of a need: sections that are for one kind of need only ([data-for-kind]) come and go with that kind. */
(function () {
  "use strict";
  const kind = document.getElementById("id_need_kind");

  function showSections() {
    for (const part of document.querySelectorAll("[data-for-kind]")) {
      part.hidden = part.dataset.forKind !== kind.value && !part.querySelector(".is-invalid");
    }
  }

  if (kind) {
    showSections();
    kind.addEventListener("input", showSections);
    kind.addEventListener("change", showSections);
  }
})();
