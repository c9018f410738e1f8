// The family's page, live: when a round puts something on it, the list of the chosen is fetched again.

import { Connection } from "../messaging/connection.js";

const CATCH_UP_MS = 60000;
const news = document.getElementById("match-news");
let waiting = false;

// Nobody's words or choices may be pulled away from under their hands, and what no one looks at is not "seen".
const typing = () => document.activeElement?.matches("textarea, select, input:not([type=hidden])");
const mayShow = () => document.visibilityState === "visible" && !typing();

function show() {
  if (!waiting || !mayShow()) return;
  waiting = false;
  news.dispatchEvent(new CustomEvent("milkbridge:new"));
}

function soon() {
  waiting = true;
  show();
}

// Whoever stands on a link or a button of a card stands there afterwards, although the card is another element now.
const placeOf = (element) => element?.getAttribute("href") ?? element?.closest("form")?.getAttribute("action") ?? null;
let stood = null;

document.addEventListener("htmx:beforeSwap", () => {
  const focused = document.activeElement?.closest?.("#chosen a, #chosen button");
  stood = focused ? placeOf(focused) : null;
});
document.addEventListener("htmx:afterSettle", () => {
  if (stood === null) return;
  const same = [...document.querySelectorAll("#chosen a, #chosen button")].find((each) => placeOf(each) === stood);
  stood = null;
  same?.focus({ preventScroll: true });
});

// What came between the page and its connection was told to nobody; when nothing is new the answer is empty.
new Connection({
  "match.new": (told) => told.request === news.dataset.request && soon(),
  connected: soon,
  resync: soon,
});
// A push may be lost.
setInterval(soon, CATCH_UP_MS);
addEventListener("focus", soon);
document.addEventListener("visibilitychange", show);
document.addEventListener("focusout", () => setTimeout(show));
