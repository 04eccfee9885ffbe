/* Keeps the text of a long form on the server while it is typed, and offers it when the form is opened again.
   The page names its text by a uuid of its own. If another window goes on with the same text, the server says so and this
   page goes on under a new name: nothing is ever written over unseen. */
(function () {
  "use strict";
  const box = document.querySelector("[data-autosave]");
  const form = box?.closest("form");
  if (!form) { return; }

  const QUIET = 2000;      // after the last key
  const LONGEST = 8000;    // while somebody types without a pause
  const RETRY = 10000;
  const KEEPALIVE = 60000; // bytes that a page may still send while it is closed
  const NEVER = ["csrfmiddlewaretoken", "form_token", "draft"];
  const status = box.querySelector("[data-autosave-status]");
  const input = box.querySelector("[data-autosave-page]");
  const csrf = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
  let [page, revision] = input.value.split(".");
  page = page || uuid4();
  revision = Number(revision) || 0;
  input.value = `${page}.${revision}`; // from the start: what is sent may be kept although its answer never comes
  let kept = form.dataset.filled ? "" : text();
  let timer = 0;
  let since = 0;
  let sending = null;
  let gone = false;

  form.querySelector(".form-actions")?.append(status);

  function uuid4() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  /* The pairs of the form; passwords, files and what is marked data-no-draft stay out. */
  function text() {
    const left = new Set([...form.elements].filter((one) => one.type === "password" || "noDraft" in one.dataset).map((one) => one.name));
    const pairs = [...new FormData(form)].filter(([name, value]) =>
      typeof value === "string" && !NEVER.includes(name) && !left.has(name));
    return JSON.stringify(pairs);
  }

  function tell(name, values = {}, wrong = name !== "textSaved") {
    const words = box.dataset[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
    if (status.textContent !== words) { status.textContent = words; }
    status.classList.toggle("is-wrong", wrong);
  }

  function plan(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function changed() {
    if (gone) { return; }
    since = since || Date.now();
    plan(Math.max(0, Math.min(QUIET, since + LONGEST - Date.now())));
  }

  async function save({ leaving = false } = {}) {
    clearTimeout(timer);
    const now = text();
    if (gone || now === kept || (sending && !leaving)) { return; }
    const body = new FormData();
    body.append("key", box.dataset.key);
    body.append("page", page);
    body.append("revision", revision);
    body.append("version", form.elements.version?.value || "");
    body.append("fields", now);
    since = 0;
    sending = new AbortController();
    const keepalive = leaving && new Blob([now]).size < KEEPALIVE;
    try {
      const answer = await fetch(box.dataset.url, {
        method: "POST", body, headers: csrf, keepalive, signal: sending.signal, redirect: "manual", credentials: "same-origin" });
      sending = null;
      await take(answer, now);
    } catch (error) {
      sending = null;
      if (error.name !== "AbortError" && !leaving) { tell("textLost"); plan(RETRY); }
    }
  }

  async function take(answer, now) {
    if (answer.ok) {
      const { at, moved, revision: newest } = await answer.json();
      if (moved) {
        page = uuid4();
        revision = 0;
        input.value = `${page}.${revision}`;
        plan(0);
        return;
      }
      kept = now;
      revision = newest;
      input.value = `${page}.${revision}`;
      tell("textSaved", { at });
      if (text() !== kept) { changed(); }
    } else if (answer.status === 422 || answer.status === 413) {
      const { refused } = await answer.json().catch(() => ({}));
      if (!refused) { tell("textLarge"); return; }
      /* The server has dropped what it kept of this text; without the mark it begins anew. */
      [page, revision] = [uuid4(), 0];
      input.value = `${page}.${revision}`;
      status.textContent = refused;
      status.classList.add("is-wrong");
    } else if (answer.type === "opaqueredirect" || answer.status === 403) {
      tell("textOut");
      plan(RETRY);
    } else {
      tell("textLost");
      plan(RETRY);
    }
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-formset-add], [data-formset-remove]")) { setTimeout(changed); }
  });
  /* What is sent now is saved as a record or comes back in the form; a late answer must not bring it back. */
  form.addEventListener("submit", (event) => {
    setTimeout(() => {
      if (event.defaultPrevented) { return; }
      gone = true;
      clearTimeout(timer);
      sending?.abort();
      setTimeout(() => { gone = false; changed(); }, 15000); // no answer came: the page is still here
    });
  });
  /* Two requests at once would count as two windows, and the first text would stay behind. */
  document.addEventListener("visibilitychange", () => { if (document.hidden) { save({ leaving: !sending }); } });
  window.addEventListener("pagehide", () => save({ leaving: true }));

  /* Texts of an earlier visit, also from another machine. */
  const offers = box.querySelector("[data-autosave-offers]");
  async function offer() {
    const query = new URLSearchParams({ key: box.dataset.key, page, version: form.elements.version?.value || "" });
    try {
      const answer = await fetch(`${box.dataset.offers}?${query}`, { redirect: "manual", credentials: "same-origin" });
      if (answer.ok) {
        offers.innerHTML = await answer.text();
        takeUpAsked();
      }
    } catch { /* nothing to offer without a connection */ }
  }

  /* Somebody chose a text on the page of all of them: ?draft=<uuid>. Once: a reload offers it and no more. */
  function takeUpAsked() {
    const here = new URL(window.location.href);
    const asked = here.searchParams.get("draft");
    if (!asked) { return; }
    here.searchParams.delete("draft");
    history.replaceState(history.state, "", here);
    [...offers.querySelectorAll("[data-draft-take]")].find((one) => one.dataset.uuid === asked)?.click();
  }

  /* The earlier texts come into view when the newest is gone. */
  function takeAway(line) {
    line.remove();
    const folded = offers.querySelector(".draft-more");
    if (!folded) { return; }
    if (!folded.querySelector("[data-draft]")) { folded.remove(); return; }
    folded.open = folded.open || !offers.querySelector(":scope > [data-draft]");
  }

  offers.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-draft-take], [data-draft-discard]");
    if (!button) { return; }
    const line = button.closest("[data-draft]");
    button.disabled = true;
    try {
      if (button.dataset.draftDiscard) {
        const answer = await fetch(button.dataset.draftDiscard, { method: "POST", headers: csrf, redirect: "manual", credentials: "same-origin" });
        if (!answer.ok) { throw new Error(answer.status); }
        takeAway(line);
        (offers.querySelector("button") || form.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
        return;
      }
      const answer = await fetch(button.dataset.draftTake, { redirect: "manual", credentials: "same-origin" });
      if (!answer.ok) { throw new Error(answer.status); }
      const draft = await answer.json();
      form.dispatchEvent(new CustomEvent("form:fill", { bubbles: true, detail: draft.fields }));
      page = button.dataset.uuid;
      revision = draft.revision;
      input.value = `${page}.${revision}`;
      kept = text();
      takeAway(line);
      form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
      document.dispatchEvent(new CustomEvent("portal:say", { detail: box.dataset.textTaken }));
    } catch {
      button.disabled = false;
      document.dispatchEvent(new CustomEvent("portal:say", { detail: document.body.dataset.textFailed }));
    }
  });
  if (form.dataset.filled) { changed(); }
  offer();
})();
