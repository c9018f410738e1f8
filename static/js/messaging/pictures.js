// Fetches what the server draws better than a message's words alone: answers to tap, links that hang on it, whole cards.

import { request } from "./connection.js";

const DRAWN_BY_SERVER = ["card", "question", "answer", "picture"];
const MOST = 200;
const ONE_BREATH_MS = 20;

export class Pictures {
  constructor({ timeline, address, failed }) {
    Object.assign(this, { timeline, address, failed });
    this.due = new Set();
  }

  of(message) {
    if (DRAWN_BY_SERVER.includes(message.kind) && !message.deleted) this.want(message.seq);
  }

  // Several in one breath are one request for the run they stand in.
  want(seq) {
    if (!this.due.size) setTimeout(() => this.#fetch().catch(this.failed), ONE_BREATH_MS);
    this.due.add(seq);
  }

  async #fetch() {
    const seqs = [...this.due].sort((one, other) => one - other);
    this.due.clear();
    const after = seqs[0] - 1;
    const run = seqs.filter((seq) => seq <= after + MOST);
    seqs.slice(run.length).forEach((seq) => this.want(seq));
    const address = `${this.address}?after_seq=${after}&limit=${run.at(-1) - after}`;
    const page = new DOMParser().parseFromString(await request(address, { accept: "text/html" }), "text/html");
    for (const seq of run) this.timeline.replace(seq, page);
  }
}
