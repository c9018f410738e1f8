// Fills the page for when there is no network with what this device keeps.

import { all, remove } from "./store.js";

function element(name, className, words) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = words ?? "";
  return made;
}

function drawn(card) {
  const box = element("article", "card border-base-300 bg-base-100 mb-4 border");
  box.lang = card.lang;
  const body = element("div", "card-body gap-3 p-4 sm:p-6");
  const list = element("dl", "grid gap-x-6 gap-y-2 sm:grid-cols-[max-content_1fr]");
  for (const [name, words] of card.lines) {
    const said = element("dd", "whitespace-pre-wrap", words);
    said.dir = "auto";
    list.append(element("dt", "font-medium opacity-85", name), said);
  }
  body.append(element("h3", "text-lg font-semibold", card.title));
  body.append(element("p", "text-3xl font-semibold tracking-widest", card.code), list);
  box.append(body);
  return box;
}

async function fill() {
  const now = new Date().toISOString();
  const cards = await all();
  for (const card of cards) if (card.until < now) await remove(card.key);
  const coming = cards.filter((card) => card.until >= now).sort((a, b) => a.from.localeCompare(b.from));
  const place = document.querySelector("[data-cards]");
  place.append(...coming.map(drawn));
  place.hidden = !coming.length;
  document.querySelector("[data-none]").hidden = coming.length > 0;
}

fill().catch(() => (document.querySelector("[data-none]").hidden = false));
