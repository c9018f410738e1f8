// The list of conversations, live: fetches itself again when a message comes or was read elsewhere, and asks from time
// to time how far each conversation has come, because a push may be lost.

import { Connection, request } from "./connection.js";

const EACH_MINUTE = 60000;
const list = document.getElementById("inbox");
let due = null;
let known = "";

// How far everything has come; over plain requests when there is no socket.
async function heads() {
  const answer = connection.live ? await connection.ask("heads", {}) : await request(list.dataset.heads);
  return answer.ok ? JSON.stringify(answer.conversations) : known;
}

async function refresh() {
  due = null;
  const focused = document.activeElement?.closest?.("#inbox a")?.getAttribute("href");
  const page = new DOMParser().parseFromString(await request(location.href, { accept: "text/html" }), "text/html");
  const fresh = page.getElementById("inbox");
  if (!fresh) return;
  list.replaceChildren(...fresh.childNodes);
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  // The counts in the bars above and below speak of the same messages.
  const counts = page.querySelectorAll("[data-unread]");
  document.querySelectorAll("[data-unread]").forEach((place, n) => place.replaceChildren(...(counts[n]?.childNodes ?? [])));
}

// Several events in one breath are one refresh.
function soon() {
  due ??= setTimeout(() => refresh().catch(() => {}), 150);
}

async function look() {
  if (document.hidden) return;
  const now = await heads().catch(() => known);
  if (now !== known) soon();
  known = now;
}

const connection = new Connection({
  connected: look,
  resync: look,
  "message.new": soon,
  "message.changed": soon,
  "message.read": (mark) => mark.mine && soon(),
});
addEventListener("focus", look);
document.addEventListener("visibilitychange", look);
setInterval(look, EACH_MINUTE);
