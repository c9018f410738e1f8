// Sends what was written, one message at a time and in written order, until each is acknowledged. A message keeps the id
// it was born with, so sending it again (after a lost answer, a reload, from a second page) stores it once.

const WAIT_MS = 5000;

export class Outbox {
  // transmit(item) resolves to the server's answer {ok, …} or rejects when there was none;
  // show(item, state, detail) is told "sending", "waiting", "refused" or "sent".
  constructor({ store, person, conversation, transmit, show }) {
    Object.assign(this, { store, person, conversation, transmit, show });
    this.items = [];
    this.busy = false;
    this.timer = null;
  }

  async load() {
    const rows = await this.store.all("outbox");
    const mine = rows.filter((row) => row.conversation === this.conversation);
    this.items = mine.sort((a, b) => a.written_at - b.written_at);
    for (const item of this.items) this.show(item, item.refused ? "refused" : "sending", item.refused);
  }

  async add({ client_id, kind, body, label }) {
    const last = this.items.at(-1)?.written_at ?? 0;
    const item = {
      client_id, kind, body, label,
      person: this.person, conversation: this.conversation, written_at: Math.max(Date.now(), last + 1),
    };
    this.items.push(item);
    this.show(item, "sending");
    await this.store.put("outbox", item);
    await this.flush();
  }

  async drop(client_id) {
    this.items = this.items.filter((item) => item.client_id !== client_id);
    await this.store.remove("outbox", client_id);
  }

  async flush() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      let item;
      while ((item = this.items.find((candidate) => !candidate.refused))) {
        const wait = await this.#sendOne(item);
        if (wait) {
          this.timer = setTimeout(() => this.flush(), wait);
          break;
        }
      }
    } finally {
      this.busy = false;
    }
  }

  // Returns the milliseconds after which to go on, or 0 when the item is settled.
  async #sendOne(item) {
    let answer;
    this.show(item, "sending");
    try {
      answer = await this.transmit(item);
    } catch (error) {
      this.show(item, "waiting");
      return error.waitMs ?? WAIT_MS;
    }
    if (answer.ok) {
      await this.drop(item.client_id);
      this.show(item, "sent", answer);
      return 0;
    }
    if (answer.retry) return answer.error?.retry_after_ms ?? WAIT_MS;
    const reasons = Object.values(answer.error?.fields ?? {}).flat();
    item.refused = reasons.join(" ") || answer.error?.message || "";
    await this.store.put("outbox", item);
    this.show(item, "refused", item.refused);
    return 0;
  }
}
