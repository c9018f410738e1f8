// What a person asked for and htmx could not bring: its reader sees why, keeps what was typed, and asks again by one tap.

const piece = document.getElementById("not-swapped");
// A page also asks by itself (every few seconds, or when news comes); it asks again by itself and speaks of none of it.
const BY_HAND = new Set(["change", "click", "input", "search", "submit"]);
const UNSOUND = 422;
const mayHelp = (status) => status === 0 || status === 429 || status >= 500;
const said = new WeakMap();

/** The server's own words; none when the network failed, or something before the server answered. */
function wordsOf(xhr) {
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return page.querySelector("[role=alert] p")?.textContent.trim();
}

/** Take the words away; whoever stood on their button stands where they were asked for. */
function forget(asker) {
  const old = said.get(asker);
  said.delete(asker);
  if (old?.contains(document.activeElement)) asker.querySelector("[type=submit]")?.focus({ preventScroll: true });
  old?.remove();
}

function say({ elt: asker, target, xhr, requestConfig }) {
  const stood = said.get(asker)?.contains(document.activeElement);
  forget(asker);
  const alert = piece.content.firstElementChild.cloneNode(true);
  const button = alert.querySelector("button");
  alert.querySelector("p").textContent = wordsOf(xhr) || alert.querySelector("p").textContent;
  button.hidden = !mayHelp(xhr.status);
  button.addEventListener("click", () => {
    asker.dispatchEvent(new Event(requestConfig.triggeringEvent.type, { bubbles: true, cancelable: true }));
  });
  if (asker.matches("form")) asker.append(alert);
  else target.before(alert);
  said.set(asker, alert);
  if (stood) button.focus({ preventScroll: true });
  alert.scrollIntoView({ block: "nearest" });
}

function refused({ detail }) {
  if (!BY_HAND.has(detail.requestConfig.triggeringEvent?.type)) return;
  // What cannot be read is marked at its field, which stands outside of what a swap exchanges.
  if (detail.xhr.status === UNSOUND) location.assign(detail.pathInfo.finalRequestPath);
  else say(detail);
}

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, refused);
document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.shouldSwap && forget(detail.requestConfig.elt));
