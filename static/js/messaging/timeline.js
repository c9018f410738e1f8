// What the page shows of a conversation: messages in the order of their numbers, each once, with a line between days.
// It takes the message after the last one, drops what it has, and answers "hole" when one is missing in between.

import { Bubbles } from "./bubble.js";

const QUIET_MS = 200;

export class Timeline {
  constructor(root) {
    this.bubbles = new Bubbles(root);
    this.words = this.bubbles.words;
    this.list = root.querySelector("#messages");
    this.outbox = root.querySelector("#outbox");
    this.held = root.querySelector("#held");
    this.last = Number(root.dataset.lastSeq);
    this.changes = Number(root.dataset.changeNo);
    this.readByOther = Number(root.dataset.readSeq);
  }

  // "new", "known" or "hole".
  apply(message) {
    if (message.client_id) {
      this.dropPending(message.client_id);
      this.#held(message.client_id)?.remove();
    }
    if (message.seq <= this.last) return "known";
    if (message.seq > this.last + 1) return "hole";
    this.last = message.seq;
    const stay = this.#atEnd();
    this.#separateDay(message.sent_at);
    this.list.append(this.bubbles.stored(message, this.readByOther));
    document.getElementById("nothing-yet")?.remove();
    if (message.mine || stay) this.toEnd();
    return "new";
  }

  // An edit or a deletion. One that was drawn on an earlier page of history is not here and needs nothing.
  change(message) {
    const old = document.getElementById(`m${message.seq}`);
    if (old && Number(old.dataset.change) < message.change_no) {
      this.#swap(old, this.bubbles.stored(message, this.readByOther));
    }
  }

  // The other has read up to seq.
  markRead(seq) {
    this.readByOther = Math.max(this.readByOther, seq);
    for (const state of this.list.querySelectorAll("li[data-mine] [data-state]")) {
      if (Number(state.closest("li").dataset.seq) <= this.readByOther) state.textContent = this.words.read;
    }
  }

  // A message on its way, and how it stands. One sent anyway goes behind what was written meanwhile.
  showPending(item, state) {
    let bubble = this.#pending(item.client_id);
    const again = bubble?.dataset.standing === "refused" && state === "sending";
    if (!bubble || again) {
      this.dropPending(item.client_id);
      bubble = this.bubbles.pending(item);
      this.outbox.append(bubble);
      this.toEnd();
    }
    this.bubbles.standing(bubble, item, state, state === "refused" ? item.refused : this.words[state]);
    return bubble;
  }

  dropPending(clientId) {
    const bubble = this.#pending(clientId);
    if (!bubble) return;
    const focused = bubble.contains(document.activeElement);
    bubble.remove();
    if (focused) document.getElementById("body")?.focus({ preventScroll: true });
  }

  // All that waits for a moderator or was refused by one, in written order.
  showHeld(lines) {
    const known = new Set(lines.map((line) => line.client_id));
    for (const bubble of this.held.querySelectorAll("[data-held]")) {
      if (!known.has(bubble.dataset.held)) bubble.remove();
    }
    for (const line of lines) this.addHeld(line);
  }

  addHeld(line) {
    this.dropPending(line.client_id);
    const bubble = this.#held(line.client_id);
    if (bubble) this.bubbles.heldStanding(bubble, line.state);
    else this.held.append(this.bubbles.held(line));
  }

  // Puts the server's own picture of a message in its place.
  replace(seq, page) {
    const old = document.getElementById(`m${seq}`);
    const fresh = page.querySelector(`li[data-seq="${seq}"]`);
    if (!old || !fresh) return;
    // It was changed while the picture was on its way.
    if (Number(fresh.dataset.change) < Number(old.dataset.change)) return;
    // Its words were read out when it came; they are the same ones.
    const log = this.list.closest("[aria-live]");
    log.setAttribute("aria-live", "off");
    setTimeout(() => log.setAttribute("aria-live", "polite"), QUIET_MS);
    this.#swap(old, fresh);
  }

  // A question with its answer needs no more buttons; while the answer is on its way, they are out of the way.
  answered(seq) {
    this.#ways(seq)?.remove();
  }

  answering(seq, on) {
    const ways = this.#ways(seq);
    if (ways) ways.hidden = on;
  }

  #ways(seq) {
    return this.list.querySelector(`#m${Number(seq)} form[data-answer]`);
  }

  cards() {
    return [...this.list.querySelectorAll('li[data-kind="card"]')].map((card) => Number(card.dataset.seq));
  }

  toEnd() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const end = this.outbox.lastElementChild ?? this.held.lastElementChild ?? this.list.lastElementChild;
    end?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  }

  // Whoever stands inside what is exchanged stands on what took its place.
  #swap(old, fresh) {
    const hadFocus = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (!hadFocus) return;
    fresh.tabIndex = -1;
    fresh.focus({ preventScroll: true });
  }

  #atEnd() {
    const newest = this.list.lastElementChild;
    return !newest || newest.getBoundingClientRect().top < innerHeight;
  }

  #pending(clientId) {
    return this.outbox.querySelector(`li[data-client-id="${CSS.escape(clientId)}"]`);
  }

  #held(clientId) {
    return this.held.querySelector(`[data-held="${CSS.escape(clientId)}"]`);
  }

  #separateDay(sentAt) {
    const line = this.bubbles.day(sentAt);
    const known = [...this.list.querySelectorAll("[data-day]")].at(-1)?.dataset.day;
    if (known !== line.dataset.day) this.list.append(line);
  }
}
