// What was written and is not acknowledged: kept on the device, sent in written order, taken out when the server has it.
// A message keeps the id it was born with, so sending it again (after a lost answer, a reload, from a second page)
// stores it once. The store is the truth; several pages of one person share it, and one of them sends at a time.

import { Convoy } from "./convoy.js";

const inOrder = (one, other) => one.written_at - other.written_at || (one.client_id < other.client_id ? -1 : 1);

// Browsers without locks (and pages that came over plain http) rely on the ids and the named order alone.
const alone = (name, work) => (navigator.locks ? navigator.locks.request(name, work) : work());

export class Outbox {
  // transmit(item, after) resolves to the server's answer {ok, …} or rejects when there was none; most() is how many
  // may be on their way; show(item, state, answer) is told "sending", "waiting", "refused", "sent", or "gone" when
  // another page has dealt with it.
  constructor({ store, person, conversation, transmit, most, show }) {
    Object.assign(this, { store, person, conversation, show });
    this.name = `milkbridge-outbox:${person}:${conversation}`;
    this.latest = 0;
    this.open = new Set();
    this.arrived = new Set();
    this.busy = this.wanted = false;
    this.convoy = new Convoy({
      queue: () => this.#queue(),
      settle: (item, answer) => this.#settle(item, answer),
      waiting: async () => (await this.#queue()).forEach((item) => this.#shown(item, "waiting")),
      transmit: (item, after) => {
        this.#shown(item, "sending");
        return transmit(item, after);
      },
      most,
    });
    this.pages = new BroadcastChannel(this.name);
    this.pages.onmessage = ({ data }) => (data.written ? this.convoy.wake() : this.#shown(data.item, data.state, data.answer));
  }

  async load() {
    for (const item of await this.#rows()) this.#shown(item, item.refused ? "refused" : "sending");
  }

  // Resolves when the device keeps it; rejects when it cannot.
  async add(written) {
    await this.#keep({ ...written, person: this.person, conversation: this.conversation, written_at: this.#next() });
  }

  // The writer read it again and means it: it goes as if written now, behind what was written meanwhile.
  async confirm(item) {
    await this.#keep({ ...item, refused: null, spans: null, asked: false, confirmed: true, written_at: this.#next() });
  }

  // Something broke on the server's side so often that it was put aside; its writer has it tried again.
  async retry(item) {
    await this.#keep({ ...item, refused: null, broken: false, written_at: this.#next() });
  }

  // The conversation shows it, so the server has it, whatever became of the answer.
  async seen(client_id) {
    if (!this.open.delete(client_id)) return;
    this.arrived.add(client_id);
    await this.store.remove("outbox", client_id);
  }

  async drop(item) {
    this.open.delete(item.client_id);
    await this.store.remove("outbox", item.client_id);
    this.pages.postMessage({ item, state: "gone" });
  }

  // After a new connection: nothing is held against sending.
  async again() {
    this.convoy.widen();
    await this.flush();
  }

  async flush() {
    this.wanted = true;
    this.convoy.wake();
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      while (this.wanted) {
        this.wanted = false;
        const pause = await alone(this.name, () => this.#drain());
        if (pause !== null && !this.wanted) this.timer = setTimeout(() => this.flush(), pause);
      }
    } finally {
      this.busy = false;
    }
  }

  async #drain() {
    let pause;
    do pause = await this.convoy.run();
    while (pause === 0);
    const kept = new Set((await this.#rows()).map((row) => row.client_id));
    for (const client_id of this.open) if (!kept.has(client_id)) this.#shown({ client_id }, "gone");
    return pause;
  }

  // Only what the device keeps is shown as being sent: whoever sees it there may close the page.
  async #keep(item) {
    await this.store.put("outbox", item);
    this.#shown(item, "sending");
    this.pages.postMessage({ written: true });
    this.flush();
  }

  async #settle(item, answer) {
    if (answer.ok) {
      await this.store.remove("outbox", item.client_id);
      this.#tell(item, "sent", answer);
      return;
    }
    const reasons = Object.values(answer.error?.fields ?? {}).flat();
    const refused = reasons.join(" ") || answer.error?.message || "–";
    const kept = { ...item, refused, spans: answer.error?.spans ?? null, asked: answer.error?.code === "nudge" };
    kept.broken = answer.error?.code === "server_error";
    await this.store.put("outbox", kept);
    this.#tell(kept, "refused");
  }

  #tell(item, state, answer) {
    this.#shown(item, state, answer);
    this.pages.postMessage({ item, state, answer });
  }

  #shown(item, state, answer) {
    if (state === "sent" || state === "gone") this.open.delete(item.client_id);
    else if (this.arrived.has(item.client_id)) return;
    else this.open.add(item.client_id);
    this.show(item, state, answer);
  }

  // Written order is the order of this number; a clock that was set back must not put a message before an earlier one.
  #next() {
    this.latest = Math.max(Date.now(), this.latest + 1);
    return this.latest;
  }

  async #queue() {
    return (await this.#rows()).filter((row) => !row.refused && !this.arrived.has(row.client_id));
  }

  async #rows() {
    const rows = (await this.store.all("outbox")).filter((row) => row.conversation === this.conversation);
    for (const row of rows) this.latest = Math.max(this.latest, row.written_at);
    return rows.sort(inOrder);
  }
}
