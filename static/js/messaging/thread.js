// One conversation, live: joins the connection, the timeline, the outbox and the composer. Without this file the page
// works by form and reload.

import { isOfTheSite } from "./bubble.js";
import { Composer } from "./composer.js";
import { Connection, SignedOut, request } from "./connection.js";
import { Outbox } from "./outbox.js";
import { Pictures } from "./pictures.js";
import { Presence } from "./presence.js";
import { Reading } from "./reading.js";
import { openStore } from "./store.js";
import { Timeline } from "./timeline.js";
import { TypingSign } from "./typing.js";
import { Unread } from "./unread.js";

const EACH_MINUTE = 60000;
const IN_FLIGHT = 8;

const root = document.getElementById("thread");
const { conversation, person, address, readAddress, heads } = root.dataset;
const timeline = new Timeline(root);
const words = timeline.words;
let connection;
let outbox;
let composer;

const pictures = new Pictures({ timeline, address, failed: tell });
const typingSign = new TypingSign(document.getElementById("typing"));
const presence = new Presence(document.getElementById("here-now"), () => connection.ask("here", { conversation }));
const unread = new Unread(() => (connection.live ? connection.ask("heads", {}) : request(heads)));
const reading = new Reading({
  last: () => timeline.last,
  marked: () => unread.soon(),
  tell: (seq) =>
    connection.live
      ? connection.ask("message.read", { conversation, seq })
      : request(readAddress, { form: { seq: String(seq) } }),
});

// ---- What the visitor is told about the connection ----

function notice(text) {
  const place = document.getElementById("connection");
  place.textContent = text;
  place.hidden = !text;
}

function tell(error) {
  if (error instanceof SignedOut) notice(words.signedOut);
  else if (!connection.live) notice(words.offline);
}

// ---- Catching up ----

let catching = null;
let wanted = false;

// An answer that is under way may have been given before what is missing now was stored: then it is asked once more.
function catchUp() {
  wanted = true;
  catching ??= followAll().catch(tell).finally(() => { catching = null; });
  return catching;
}

async function followAll() {
  while (wanted) {
    wanted = false;
    await follow();
  }
}

async function follow() {
  let more = true;
  while (more) {
    const [before, changed] = [timeline.last, timeline.changes];
    const answer = connection.live
      ? await connection.ask("conversation.open", { id: conversation, after_seq: before, changes_after: changed })
      : await request(`${address}?after_seq=${before}&changes_after=${changed}`);
    if (!answer.ok) {
      if (!answer.retry) notice(answer.error.message);
      return;
    }
    answer.messages.forEach(show);
    answer.changes.forEach(showChange);
    timeline.changes = Math.max(timeline.changes, answer.change_no);
    timeline.showHeld(answer.held);
    answer.held.forEach((line) => outbox.seen(line.client_id));
    timeline.markRead(answer.read_seq);
    more = answer.more && (timeline.last > before || timeline.changes > changed);
  }
  reading.mark();
}

const when = () => document.hidden || catchUp();

// ---- Messages ----

function show(message) {
  const outcome = timeline.apply(message);
  if (message.client_id) outbox.seen(message.client_id);
  if (outcome === "new") pictures.of(message);
  // What it says stands on the cards of the milk as well.
  if (outcome === "new" && isOfTheSite(message)) redrawCards();
  if (outcome !== "hole" && message.kind === "answer" && !message.deleted) timeline.answered(message.reply_to);
  return outcome;
}

function redrawCards() {
  timeline.cards().forEach((seq) => pictures.want(seq));
}

function showChange(message) {
  timeline.change(message);
  pictures.of(message);
  // An answer that was taken back: whether the question has another one, the server knows.
  if (message.kind === "answer" && message.deleted) pictures.want(message.reply_to);
}

function heard(message) {
  if (!message.mine) typingSign.hide();
  if (show(message) === "hole") catchUp();
  else reading.mark();
}

// Changes are counted like messages: one that does not follow the last means that another was not heard.
function heardChange(message) {
  showChange(message);
  if (message.seq <= timeline.last && message.change_no === timeline.changes + 1) timeline.changes = message.change_no;
  else catchUp();
}

// ---- What was written here ----

async function transmit(item, after) {
  const { client_id, kind, body, payload, reply_to, confirmed } = item;
  try {
    if (connection.live) {
      return await connection.ask("message.send", { conversation, client_id, kind, body, payload, reply_to, confirmed, after });
    }
    const form = { client_id, kind, body, ...payload };
    if (reply_to) form.reply_to = reply_to;
    if (confirmed) form.confirmed = "1";
    return await request(address, { form });
  } catch (error) {
    tell(error);
    throw error;
  }
}

function onItem(item, state, answer) {
  if (state === "gone") catchUp().then(() => timeline.dropPending(item.client_id));
  else if (state === "sent" && answer.held) timeline.addHeld(answer.held);
  else if (state === "sent") {
    if (show(answer.message) === "hole") catchUp();
  } else {
    const bubble = timeline.showPending(item, state);
    if (item.kind === "answer") timeline.answering(item.reply_to, true);
    bubble.querySelector("[data-edit]").onclick = () => takeOut(item, () => composer.takeBack(item.body));
    bubble.querySelector("[data-remove]").onclick = () => takeOut(item, () => {});
    bubble.querySelector("[data-anyway]").onclick = () => outbox.confirm(item);
    bubble.querySelector("[data-again]").onclick = () => outbox.retry(item);
  }
}

async function takeOut(item, then) {
  await outbox.drop(item);
  timeline.dropPending(item.client_id);
  if (item.kind === "answer") timeline.answering(item.reply_to, false);
  then();
}

// ---- Start ----

function again() {
  if (connection.live) {
    notice("");
    root.dataset.connected = "";
  }
  catchUp();
  outbox.again();
  presence.beat();
}

// Only what is about this conversation.
const here = (handler) => (told) => told.conversation === conversation && handler(told);

async function start() {
  const store = await openStore(person);
  const most = () => (connection.live ? IN_FLIGHT : 1);
  outbox = new Outbox({ store, person, conversation, transmit, most, show: onItem });
  connection = new Connection({
    connected: again,
    resync: again,
    lost: () => {
      notice(words.offline);
      delete root.dataset.connected;
    },
    signedOut: () => notice(words.signedOut),
    "message.new": (message) => (message.conversation === conversation ? heard(message) : unread.soon()),
    "message.changed": here(heardChange),
    "message.held": here(catchUp),
    "message.read": (mark) => {
      if (mark.mine) unread.soon();
      else if (mark.conversation === conversation) timeline.markRead(mark.seq);
    },
    "card.changed": here((card) => (card.seq ? pictures.want(card.seq) : redrawCards())),
    "session.ended": () => notice(words.signedOut),
    typing: here(() => typingSign.show()),
    presence: here((told) => presence.heard(told)),
  });
  if (document.getElementById("composer")) {
    const typing = () => connection.tell("typing", { conversation });
    composer = new Composer({ root, store, person, words, send: (written) => outbox.add(written), typing });
    await composer.restore();
  }
  await outbox.load();
  outbox.flush();
  addEventListener("focus", catchUp);
  addEventListener("online", again);
  document.addEventListener("visibilitychange", when);
  setInterval(when, EACH_MINUTE);
  // Whoever comes back from a refused form stays where its reason stands.
  if (!location.hash && timeline.last && !root.querySelector("[data-focus]")) timeline.toEnd();
  root.dataset.ready = "";
}

if ("live" in root.dataset) start();
