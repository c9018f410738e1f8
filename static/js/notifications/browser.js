// Turns news on in this browser. The question of the browser comes only after the button was pressed.

import { request } from "../messaging/connection.js";

const form = document.querySelector("form[data-push-key]");
const said = document.getElementById("push-said");
const works = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function say(what) {
  for (const words of said.children) words.hidden = words.dataset.push !== what;
  form.hidden = what === "on" || what === "none";
}

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

// The worker needs no page under it, so it may live beside its own file; only it must be awake before it can subscribe.
async function worker() {
  const registered = await navigator.serviceWorker.register(form.dataset.worker);
  const sleeping = registered.installing ?? registered.waiting;
  if (!registered.active && sleeping) {
    await new Promise((awake) => {
      sleeping.addEventListener("statechange", () => registered.active && awake());
    });
  }
  return registered;
}

async function current() {
  const registered = await navigator.serviceWorker.getRegistration(form.dataset.worker);
  return registered?.pushManager.getSubscription();
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return say("refused");
  const registered = await worker();
  await (await registered.pushManager.getSubscription())?.unsubscribe();
  const given = await registered.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(form.dataset.pushKey),
  });
  const { endpoint, keys } = given.toJSON();
  const answer = await request(form.action, { form: { endpoint, p256dh: keys.p256dh, auth: keys.auth } });
  if (answer.ok) return location.reload();
  await given.unsubscribe();
  const failed = said.querySelector("[data-push=failed]");
  failed.textContent = answer.error.message;
  return say("failed");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  turnOn().catch(() => say("failed"));
});

async function start() {
  if (!works) return;
  if (Notification.permission === "denied") return say("refused");
  const known = (await current())?.endpoint;
  const listed = [...document.querySelectorAll("[data-browser]")].some((row) => row.dataset.browser === known);
  say(known && listed ? "on" : "");
}
start().catch(() => say(""));
