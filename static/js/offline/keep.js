// Keeps the handoff on the page for when there is no network, or takes it away once it is over.

import { all, put, remove } from "./store.js";

const shown = document.querySelector("[data-offline-card]");
const { key, person, title, code, from, until, worker } = shown.dataset;

async function keep() {
  for (const card of await all()) if (card.person !== person) await remove(card.key);
  if (!code) return remove(key);
  const lines = [...shown.querySelectorAll("dt")].map((name) => [
    name.textContent.trim(),
    name.nextElementSibling.textContent.replace(/\s+/g, " ").trim(),
  ]);
  await put({ key, person, title, code, from, until, lines, lang: document.documentElement.lang });
  return navigator.serviceWorker?.register(worker, { scope: "/" });
}

// A browser that refuses storage shows nothing offline; the page itself is as it was.
keep().then(() => shown.setAttribute("data-kept", ""), () => {});
