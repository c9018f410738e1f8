// Sends a queue in written order with several on their way at once. Each names the one before it that is not
// acknowledged yet, so that the server refuses whatever would overtake; the road narrows when the server asks for time.

const WAIT_MS = 5000;
const OVERTOOK_MS = 1000;
// A message that broke the server so often breaks it always; those behind it must not wait for ever.
const MOST_BREAKS = 5;

export class Convoy {
  // queue() gives what waits, in written order; transmit(item, after) the server's answer, or rejects when there was
  // none; settle(item, answer) takes an item out of the queue; waiting() is told that nothing can be sent now; most() is
  // how many may be on their way.
  constructor({ queue, transmit, settle, waiting, most }) {
    Object.assign(this, { queue, transmit, settle, waiting, most });
    this.width = Infinity;
    this.breaks = new Map();
    this.wake = () => {};
  }

  // The connection is new: nothing is known against sending as many as may be.
  widen() {
    this.width = Infinity;
  }

  // Resolves to null when the queue is empty, else to the milliseconds after which to go on.
  async run() {
    const flying = new Map();
    let pause = null;
    for (;;) {
      const more = new Promise((resolve) => { this.wake = () => resolve(null); });
      if (pause === null) await this.#launch(flying);
      if (!flying.size) return pause;
      const landed = await Promise.race([...flying.values(), more]);
      if (landed) {
        flying.delete(landed.item.client_id);
        pause = await this.#land(landed, pause, flying.size > 0);
      }
    }
  }

  async #launch(flying) {
    let before = null;
    for (const item of await this.queue()) {
      if (!flying.has(item.client_id)) {
        if (flying.size >= Math.min(this.width, this.most())) return;
        flying.set(item.client_id, this.#send(item, before));
      }
      before = item.client_id;
    }
  }

  async #send(item, after) {
    try {
      return { item, answer: await this.transmit(item, after) };
    } catch (error) {
      return { item, error };
    }
  }

  #broken({ client_id }, answer) {
    if (answer.error?.code !== "server_error") return false;
    const breaks = (this.breaks.get(client_id) ?? 0) + 1;
    this.breaks.set(client_id, breaks);
    return breaks >= MOST_BREAKS;
  }

  // What an answer means for the rest: null goes on; a number stops until what flies has landed, then waits so long.
  async #land({ item, answer, error }, pause, others) {
    if (error) {
      await this.waiting();
      return Math.max(pause ?? 0, error.waitMs ?? WAIT_MS);
    }
    if (answer.retry && !this.#broken(item, answer)) {
      if (answer.error?.code === "too_fast") this.width = 1;
      // After one that failed, all behind it come back: they wait for nothing of their own.
      if (answer.error?.code === "out_of_order") return pause ?? OVERTOOK_MS;
      return Math.max(pause ?? 0, answer.error?.retry_after_ms ?? WAIT_MS);
    }
    this.breaks.delete(item.client_id);
    await this.settle(item, answer);
    if (answer.ok) this.width += 1;
    // A refused one leaves the chain, and those that named it must name another.
    return answer.ok || !others ? pause : (pause ?? 0);
  }
}
