// The inbox, live: fetches its own list again when something new came, was read elsewhere, or might have been missed.

import { Connection, request } from "../messaging/connection.js";

const CATCH_UP_MS = 60000;
const list = document.getElementById("notices");
let due = null;

async function refresh() {
  due = null;
  const page = new DOMParser().parseFromString(await request(location.href, { accept: "text/html" }), "text/html");
  const fresh = page.getElementById("notices");
  if (!fresh || fresh.innerHTML === list.innerHTML) return;
  // Whoever stands on a notice stands there afterwards, although it is another element now.
  const stood = document.activeElement?.closest?.("#notices form, #notices a");
  const place = stood?.getAttribute("action") ?? stood?.getAttribute("href");
  list.replaceChildren(...fresh.childNodes);
  if (!place) return;
  const same = [...list.querySelectorAll("form, a")].find((each) => [each.getAttribute("action"), each.getAttribute("href")].includes(place));
  (same?.querySelector("button") ?? same)?.focus({ preventScroll: true });
}

// Several events in one breath are one refresh; nobody looks at a hidden page.
function soon() {
  if (document.visibilityState === "visible") due ??= setTimeout(() => refresh().catch(() => {}), 150);
}

new Connection({ connected: soon, "notification.new": soon, "notification.read": soon, resync: soon });
setInterval(soon, CATCH_UP_MS);
addEventListener("focus", soon);
document.addEventListener("visibilitychange", soon);
