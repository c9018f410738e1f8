// Shared by every page. Everything here only eases what already works without it.

const themes = { light: "milk", dark: "milk-night" };

// Light or dark without leaving the page (and without losing what was typed); the form alone does the same by a reload.
const chooser = document.querySelector("[data-theme-choice]");
chooser?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const choice = event.submitter?.value ?? "device";
  const sent = new FormData(chooser);
  sent.set("theme", choice);
  if (choice in themes) document.documentElement.dataset.theme = themes[choice];
  else delete document.documentElement.dataset.theme;
  for (const button of chooser.querySelectorAll("button")) {
    const chosen = button.value === choice;
    button.setAttribute("aria-pressed", String(chosen));
    button.classList.toggle("btn-neutral", chosen);
  }
  document.dispatchEvent(new CustomEvent("milkbridge:theme"));
  await fetch(chooser.action, { method: "POST", body: sent, redirect: "manual" });
});

// After a refused form the reader starts at the list of what is wrong.
document.querySelector("[data-focus]")?.focus();

// A swap must not throw the focus back to the top: what replaced the focused piece takes it over.
document.addEventListener("htmx:afterSwap", (event) => {
  if (document.activeElement && document.activeElement !== document.body) return;
  const target = event.detail.target?.querySelector?.("[data-focus], [autofocus]") ?? event.detail.target;
  if (!target) return;
  if (!target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
  target.focus({ preventScroll: true });
});

// One press sends once; after a few seconds, or when the page comes back from the history, it may be pressed again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// The map library is heavy and comes only where a map stands, also when that comes by a swap.
// Without a network the list beside the map says the same.
const startMaps = () =>
  document.querySelector("[data-map]") && import("./map.js").then((map) => map.start(), () => {});
startMaps();
document.addEventListener("htmx:load", startMaps);

// Nobody is signed in (any more), so nothing stays to be read without a network (js/offline); signing out wipes it too.
if ("visitor" in document.body.dataset) {
  try {
    indexedDB.deleteDatabase("milkbridge-offline");
  } catch {
    // A browser that refuses storage has kept nothing.
  }
}
