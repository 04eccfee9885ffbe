/* Uploads of files to a record: size said before sending, progress while sending. */
(function () {
  "use strict";
  if (window.portalFiles) { return; } // the fragment brings this file along each time
  window.portalFiles = true;

  const say = (text) => document.dispatchEvent(new CustomEvent("portal:say", { detail: text }));

  document.addEventListener("change", (event) => {
    const { maxBytes, textLarge } = event.target.dataset ?? {};
    if (!maxBytes || !event.target.files) { return; }
    const large = [...event.target.files].find((file) => file.size > Number(maxBytes));
    if (!large) { return; }
    say(textLarge.replace("{name}", large.name).replace("{limit}", Math.round(maxBytes / 1048576)));
    event.target.value = "";
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.closest?.("[data-upload]")?.querySelector("[data-upload-progress]");
    if (bar && event.detail.lengthComputable) {
      bar.hidden = false;
      bar.value = Math.round((100 * event.detail.loaded) / event.detail.total);
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const bar = event.target.matches?.("[data-upload]") ? event.target.querySelector("[data-upload-progress]") : null;
    if (bar) { bar.hidden = true; }
  });
})();
