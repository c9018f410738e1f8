// The count of unread messages in the bars of the page, from the heads of one's conversations.

const MOST = 99;
const SOON_MS = 1000;

function show(conversations) {
  const number = conversations.reduce((sum, one) => sum + one.unread, 0);
  for (const place of document.querySelectorAll("[data-unread]")) {
    if (number) (place.querySelector(".badge") ?? drawn(place)).firstChild.textContent = number > MOST ? `${MOST}+` : number;
    else place.replaceChildren();
  }
}

function drawn(place) {
  place.replaceChildren(document.getElementById("unread-template").content.cloneNode(true));
  return place.querySelector(".badge");
}

// heads() resolves to the server's answer or rejects. Several reasons to count within a second are one question.
export class Unread {
  constructor(heads) {
    this.heads = heads;
    this.due = null;
  }

  soon() {
    this.due ??= setTimeout(() => this.#count().catch(() => {}), SOON_MS);
  }

  async #count() {
    this.due = null;
    const answer = await this.heads();
    if (answer.ok) show(answer.conversations);
  }
}
