// How far this person has read: told when the page is looked at, one mark on its way at a time, again after a failure.

const AGAIN_MS = 2000;

export class Reading {
  // tell(seq) resolves to the server's answer or rejects; last() is the newest number on the page; marked() hears that
  // the server has the mark.
  constructor({ tell, last, marked }) {
    Object.assign(this, { tell, last, told: marked, marked: 0, busy: false });
  }

  async mark() {
    if (this.busy || document.hidden || !document.hasFocus() || this.last() <= this.marked) return;
    this.busy = true;
    const seq = this.last();
    let failed = false;
    try {
      const answer = await this.tell(seq);
      if (answer.ok) {
        this.marked = seq;
        this.told();
      } else failed = Boolean(answer.retry);
    } catch {
      // The next connection catches up and marks then.
    } finally {
      this.busy = false;
    }
    if (failed) setTimeout(() => this.mark(), AGAIN_MS);
    else if (this.marked === seq) await this.mark();
  }
}
