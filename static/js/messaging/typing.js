// Shows that the other one is writing, until a message comes or no further sign does.

const SHOWN_MS = 4000;

export class TypingSign {
  constructor(place) {
    this.place = place;
  }

  show() {
    this.hide();
    this.place.hidden = false;
    this.timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  hide() {
    clearTimeout(this.timer);
    this.place.hidden = true;
  }
}
