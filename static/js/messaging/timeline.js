// What the page shows of a conversation: messages in the order of their numbers, each once, with a line between days.
// It takes the message after the last one, drops what it has, and answers "hole" when one is missing in between.

const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

export class Timeline {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector("#messages");
    this.outbox = root.querySelector("#outbox");
    this.words = root.querySelector("#words").dataset;
    this.last = Number(root.dataset.lastSeq);
    this.readByOther = Number(root.dataset.readSeq);
    const language = document.documentElement.lang || undefined;
    const timeZone = root.dataset.timezone;
    this.clock = new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone });
    this.dayWords = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone });
    this.dayKey = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone });
  }

  // "new", "known" or "hole".
  apply(message) {
    if (message.client_id) this.#pending(message.client_id)?.remove();
    if (message.seq <= this.last) return "known";
    if (message.seq > this.last + 1) return "hole";
    this.last = message.seq;
    const stay = this.#atEnd();
    this.#separateDay(message.sent_at);
    this.list.append(this.#bubble(message));
    document.getElementById("nothing-yet")?.remove();
    if (message.mine || stay) this.toEnd();
    return "new";
  }

  // The other has read up to seq.
  markRead(seq) {
    this.readByOther = Math.max(this.readByOther, seq);
    for (const state of this.list.querySelectorAll("li[data-mine] [data-state]")) {
      if (Number(state.closest("li").dataset.seq) <= this.readByOther) state.textContent = this.words.read;
    }
  }

  // A message on its way: its words and how it stands.
  showPending(item, words) {
    let bubble = this.#pending(item.client_id);
    if (!bubble) {
      bubble = clone("message-template");
      bubble.classList.add("chat-end");
      bubble.dataset.clientId = item.client_id;
      bubble.querySelector("[data-body]").textContent = item.label ?? item.body;
      bubble.querySelector("[data-who]").textContent = this.words.you;
      bubble.querySelector("time").remove();
      this.outbox.append(bubble);
      this.toEnd();
    }
    bubble.querySelector("[data-state]").textContent = words;
    return bubble;
  }

  dropPending(clientId) {
    this.#pending(clientId)?.remove();
  }

  // Puts the server's own picture of a card in the place of the message, keeping the focus when it was inside.
  replace(seq, html) {
    const old = document.getElementById(`m${seq}`);
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(`li[data-seq="${seq}"]`);
    if (!old || !fresh) return;
    const hadFocus = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (hadFocus) {
      fresh.tabIndex = -1;
      fresh.focus({ preventScroll: true });
    }
  }

  cards() {
    return [...this.list.querySelectorAll('li[data-kind="card"]')].map((card) => Number(card.dataset.seq));
  }

  toEnd() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const end = this.outbox.lastElementChild ?? this.list.lastElementChild;
    end?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  }

  #atEnd() {
    const newest = this.list.lastElementChild;
    return !newest || newest.getBoundingClientRect().top < innerHeight;
  }

  #pending(clientId) {
    return this.outbox.querySelector(`li[data-client-id="${CSS.escape(clientId)}"]`);
  }

  #separateDay(sentAt) {
    const at = new Date(sentAt);
    const key = this.dayKey.format(at);
    const known = [...this.list.querySelectorAll("[data-day]")].at(-1)?.dataset.day;
    if (known === key) return;
    const line = clone("day-template");
    line.dataset.day = key;
    line.textContent = this.dayWords.format(at);
    this.list.append(line);
  }

  #bubble(message) {
    const bubble = clone("message-template");
    bubble.id = `m${message.seq}`;
    bubble.dataset.seq = message.seq;
    bubble.dataset.kind = message.kind;
    bubble.classList.add(message.mine ? "chat-end" : "chat-start");
    const body = bubble.querySelector("[data-body]");
    body.textContent = message.body;
    bubble.querySelector("[data-who]").textContent = message.mine ? this.words.you : this.words.other;
    const time = bubble.querySelector("time");
    time.dateTime = message.sent_at;
    time.textContent = this.clock.format(new Date(message.sent_at));
    bubble.querySelector("[data-edit]").remove();
    this.#finish(bubble, message);
    return bubble;
  }

  #finish(bubble, message) {
    const report = bubble.querySelector("[data-report]");
    if (message.mine) {
      bubble.dataset.mine = "";
      bubble.querySelector("[data-body]").classList.add("chat-bubble-primary");
      bubble.querySelector("[data-state]").textContent =
        message.seq <= this.readByOther ? this.words.read : this.words.sent;
      report?.remove();
    } else {
      bubble.querySelector("[data-state]").remove();
      if (report) {
        report.href = report.dataset.report + message.seq;
        report.hidden = false;
      }
    }
  }
}
