// One conversation, live: joins the connection, the timeline and the outbox. Without this file the page works by form
// and reload.

import { Connection, SignedOut, request } from "./connection.js";
import { Outbox } from "./outbox.js";
import { openStore } from "./store.js";
import { Timeline } from "./timeline.js";

const EACH_MINUTE = 60000;
const TYPING_EVERY = 2000;
const TYPING_SHOWN = 4000;

const root = document.getElementById("thread");
const conversation = root.dataset.conversation;
const person = root.dataset.person;
const address = root.dataset.address;
const composer = document.getElementById("composer");
const box = document.getElementById("body");
const problems = document.getElementById("body-errors");
const timeline = new Timeline(root);
const words = timeline.words;
const draftKey = `${person}:${conversation}`;

let connection;
let outbox;
let store;
let marked = 0;
let typingSentAt = 0;
let typingTimer;

// ---- What the visitor is told about the connection ----

function notice(text) {
  const place = document.getElementById("connection");
  place.textContent = text;
  place.hidden = !text;
}

// ---- Catching up ----

let catching = null;

function catchUp() {
  catching ??= follow().catch(tell).finally(() => { catching = null; });
  return catching;
}

async function follow() {
  let more = true;
  while (more) {
    const before = timeline.last;
    const answer = connection.live
      ? await connection.ask("conversation.open", { id: conversation, after_seq: before })
      : await request(`${address}?after_seq=${before}`);
    if (!answer.ok) return;
    for (const message of answer.messages) show(message);
    timeline.markRead(answer.read_seq);
    more = answer.more && timeline.last > before;
  }
  markRead();
}

function tell(error) {
  if (error instanceof SignedOut) notice(words.signedOut);
  else if (!connection.live) notice(words.offline);
}

// ---- Messages ----

function show(message) {
  const outcome = timeline.apply(message);
  if (outcome === "new" && message.kind === "card") refreshCard(message.seq);
  return outcome;
}

async function refreshCard(seq) {
  try {
    const html = await request(`${address}?after_seq=${seq - 1}&limit=1`, { accept: "text/html" });
    timeline.replace(seq, html);
  } catch (error) {
    tell(error);
  }
}

function heard(message) {
  if (message.conversation !== conversation) return;
  if (!message.mine) hideTyping();
  if (show(message) === "hole") catchUp();
  else markRead();
}

async function transmit(item) {
  const sent = { client_id: item.client_id, kind: item.kind, body: item.body };
  try {
    return connection.live
      ? await connection.ask("message.send", { conversation, ...sent })
      : await request(address, { form: sent });
  } catch (error) {
    tell(error);
    throw error;
  }
}

function onItem(item, state, detail) {
  if (state === "sent" && detail.held) {
    timeline.showPending(item, words.held).querySelector("[data-edit]").hidden = true;
    return;
  }
  if (state === "sent") {
    if (show(detail.message) === "hole") catchUp().then(() => timeline.dropPending(item.client_id));
    return;
  }
  const bubble = timeline.showPending(item, state === "refused" ? detail : words[state]);
  const edit = bubble.querySelector("[data-edit]");
  edit.hidden = state !== "refused" || item.kind !== "text" || !box;
  edit.onclick = () => takeBack(item);
}

// A refused message goes back into the box, with what is being written kept behind it.
async function takeBack(item) {
  await outbox.drop(item.client_id);
  timeline.dropPending(item.client_id);
  box.value = [item.body, box.value].filter(Boolean).join("\n");
  box.focus();
}

// ---- Read marks and typing ----

function markRead() {
  if (document.hidden || !document.hasFocus() || timeline.last <= marked) return;
  marked = timeline.last;
  if (connection.live) connection.tell("message.read", { conversation, seq: marked });
  else request(root.dataset.readAddress, { form: { seq: String(marked) } }).catch(() => { marked = 0; });
}

function hideTyping() {
  clearTimeout(typingTimer);
  document.getElementById("typing").hidden = true;
}

function showTyping(sign) {
  if (sign.conversation !== conversation) return;
  hideTyping();
  document.getElementById("typing").hidden = false;
  typingTimer = setTimeout(hideTyping, TYPING_SHOWN);
}

// ---- Writing ----

function problem(text) {
  problems.textContent = text;
  if (text) box.setAttribute("aria-invalid", "true");
  else box.removeAttribute("aria-invalid");
}

function send(kind, body, label) {
  return outbox.add({ client_id: newId(), kind, body, label });
}

// randomUUID exists only where the page came over https or from this machine.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function onSubmit(event) {
  event.preventDefault();
  const body = box.value.trim();
  if (!body) return;
  if (new TextEncoder().encode(body).length > Number(box.dataset.mostBytes)) {
    problem(words.tooLong);
    return;
  }
  problem("");
  box.value = "";
  saveDraft();
  send("text", body);
  box.focus();
}

function onQuestion(event) {
  const form = event.target.closest("form[data-question]");
  if (!form) return;
  event.preventDefault();
  const label = form.querySelector("button").textContent;
  send("question", form.elements.body.value, label);
  form.closest("li").remove();
  box.focus();
}

function onInput() {
  saveDraft();
  problem("");
  if (Date.now() - typingSentAt < TYPING_EVERY) return;
  typingSentAt = Date.now();
  connection.tell("typing", { conversation });
}

function saveDraft() {
  if (box.value) store.put("drafts", { key: draftKey, person, text: box.value });
  else store.remove("drafts", draftKey);
}

async function restoreDraft() {
  const draft = (await store.all("drafts")).find((row) => row.key === draftKey);
  if (draft && !box.value) box.value = draft.text;
}

// ---- Start ----

function again() {
  if (connection.live) notice("");
  catchUp();
  outbox.flush();
}

function listen() {
  composer.addEventListener("submit", onSubmit);
  root.addEventListener("submit", onQuestion);
  box.addEventListener("input", onInput);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) composer.requestSubmit();
  });
}

async function start() {
  store = await openStore(person);
  outbox = new Outbox({ store, person, conversation, transmit, show: onItem });
  connection = new Connection({
    connected: again,
    lost: () => notice(words.offline),
    signedOut: () => notice(words.signedOut),
    "message.new": heard,
    "message.changed": (message) => message.conversation === conversation && refreshCard(message.seq),
    "message.read": (mark) => {
      if (mark.conversation === conversation && !mark.mine) timeline.markRead(mark.seq);
    },
    "card.changed": (card) => {
      if (card.conversation === conversation) (card.seq ? [card.seq] : timeline.cards()).forEach(refreshCard);
    },
    "session.ended": () => notice(words.signedOut),
    typing: showTyping,
  });
  if (composer) {
    await restoreDraft();
    listen();
  }
  await outbox.load();
  outbox.flush();
  addEventListener("focus", catchUp);
  addEventListener("online", again);
  document.addEventListener("visibilitychange", () => document.hidden || catchUp());
  setInterval(() => document.hidden || catchUp(), EACH_MINUTE);
  if (!location.hash && timeline.last) timeline.toEnd();
  root.dataset.ready = "";
}

if ("live" in root.dataset) start();
