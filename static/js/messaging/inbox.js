// The list of conversations, live: fetches itself again when a message comes or was read elsewhere.

import { Connection, request } from "./connection.js";

const list = document.getElementById("inbox");
let due = null;

async function refresh() {
  due = null;
  const focused = document.activeElement?.closest?.("#inbox a")?.getAttribute("href");
  const page = new DOMParser().parseFromString(await request(location.href, { accept: "text/html" }), "text/html");
  const fresh = page.getElementById("inbox");
  if (!fresh) return;
  list.replaceChildren(...fresh.childNodes);
  if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

// Several events in one breath are one refresh.
function soon() {
  due ??= setTimeout(() => refresh().catch(() => {}), 150);
}

new Connection({
  connected: soon,
  "message.new": soon,
  "message.read": (mark) => mark.mine && soon(),
});
addEventListener("focus", soon);
