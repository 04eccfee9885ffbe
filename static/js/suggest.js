/* Suggestions for fields marked data-suggest="<url>": the server's <option>s go into the field's datalist. */
(function () {
  "use strict";

  let timer = 0;
  document.addEventListener("input", (event) => {
    const { suggest } = event.target.dataset ?? {};
    const list = event.target.list;
    if (!suggest || !list) { return; }
    clearTimeout(timer);
    timer = setTimeout(() => {
      const query = event.target.value.trim();
      if (!query) { return; }
      htmx.ajax("GET", suggest, { target: list, swap: "innerHTML", values: { q: query } }).then(() => {
        /* A browser shows only what holds the letters typed: a name found by its pinyin gets them as its label. */
        for (const option of list.options) {
          if (!option.value.toLowerCase().includes(query.toLowerCase())) { option.label = query; }
        }
      });
    }, 250);
  });
})();
