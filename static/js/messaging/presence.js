// Shows that the other one looks at this conversation too, and tells them that we do: only while the page is looked at.

const BEAT_MS = 25000;
// Each sign of the other counts for this long; then it goes by itself.
const SILENT_MS = 60000;
// What an answer tells may be half a minute old already.
const ANSWERED_MS = 30000;

export class Presence {
  // ask() tells that we are here and resolves to the answer. Without a place the person does not allow it.
  constructor(place, ask) {
    Object.assign(this, { place, ask });
    if (!place) return;
    setInterval(() => this.beat(), BEAT_MS);
    document.addEventListener("visibilitychange", () => this.beat());
  }

  async beat() {
    if (!this.place || document.hidden) return;
    try {
      const answer = await this.ask();
      // A no may come from a server process that does not hold the other's page, so it hides nothing.
      if (answer.here && this.place.hidden) this.show(ANSWERED_MS);
      else if (!answer.ok && !answer.retry) this.hide();
    } catch {
      // Without a connection nothing is told, and what is shown goes by itself.
    }
  }

  heard({ here }) {
    if (!this.place) return;
    if (here) this.show(SILENT_MS);
    else this.hide();
  }

  show(forMs) {
    clearTimeout(this.timer);
    this.place.hidden = false;
    this.timer = setTimeout(() => this.hide(), forMs);
  }

  hide() {
    clearTimeout(this.timer);
    this.place.hidden = true;
  }
}
