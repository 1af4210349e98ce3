// The pages work without this: it only saves a click and keeps the demo panel fresh.
"use strict";

for (const select of document.querySelectorAll("select[data-submit]")) {
  select.addEventListener("change", () => select.form.submit());
}

const REFRESH_MS = 5000;

async function refresh() {
  const panel = document.querySelector("[data-refresh]");
  if (panel && !document.hidden && !panel.contains(document.activeElement)) {
    try {
      const answer = await fetch(panel.dataset.refresh, { headers: { Accept: "text/html" } });
      const text = answer.ok ? await answer.text() : "";
      const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-refresh]");
      if (fresh) panel.replaceWith(fresh);
    } catch {
      // The server is away; the next turn tries again.
    }
  }
  window.setTimeout(refresh, REFRESH_MS);
}

if (document.querySelector("[data-refresh]")) window.setTimeout(refresh, REFRESH_MS);
