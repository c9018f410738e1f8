// Draws one message: as the server told it, on its way, or held. The shapes are the templates of the page.

const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

// A card that neither of the two posted.
export const isOfTheSite = (message) => message.kind === "card" && Boolean(message.payload?.withdrawal);

export class Bubbles {
  constructor(root) {
    this.words = root.querySelector("#words").dataset;
    const language = document.documentElement.lang || undefined;
    const timeZone = root.dataset.timezone;
    this.clock = new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone });
    this.dayWords = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone });
    this.dayKey = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone });
  }

  stored(message, readByOther) {
    const nobody = message.kind === "system" || isOfTheSite(message);
    const bubble = clone(nobody ? "system-template" : "message-template");
    bubble.id = `m${message.seq}`;
    Object.assign(bubble.dataset, { seq: message.seq, kind: message.kind, change: message.change_no });
    bubble.querySelector("[data-body]").textContent = message.body;
    const time = bubble.querySelector("time");
    time.dateTime = message.sent_at;
    time.textContent = this.clock.format(new Date(message.sent_at));
    if (!nobody) this.#finish(bubble, message, readByOther);
    return bubble;
  }

  // On its way: its words and no time yet.
  pending(item) {
    const bubble = clone("pending-template");
    bubble.dataset.clientId = item.client_id;
    bubble.querySelector("[data-body]").append(...marked(item.label ?? item.body, null));
    return bubble;
  }

  // How one on its way stands; what the screen pointed at is marked in its words.
  standing(bubble, item, state, words) {
    bubble.dataset.standing = state;
    const place = bubble.querySelector("[data-state]");
    place.textContent = words;
    // Heard at once: the words did not go, and nothing else on the page says so.
    if (state === "refused") place.setAttribute("role", "alert");
    else place.removeAttribute("role");
    bubble.querySelector("[data-body]").replaceChildren(...marked(item.label ?? item.body, item.spans));
    const writable = item.kind === "text" && document.getElementById("body") !== null;
    bubble.querySelector("[data-edit]").hidden = state !== "refused" || !writable;
    bubble.querySelector("[data-remove]").hidden = state !== "refused" || writable;
    bubble.querySelector("[data-anyway]").hidden = state !== "refused" || !item.asked;
    bubble.querySelector("[data-again]").hidden = state !== "refused" || !item.broken;
  }

  held(message) {
    const bubble = clone("held-template");
    bubble.dataset.held = message.client_id;
    bubble.querySelector("[data-body]").textContent = message.body;
    bubble.querySelector('[name="client_id"]').value = message.client_id;
    const time = bubble.querySelector("time");
    time.dateTime = message.held_at;
    time.textContent = this.clock.format(new Date(message.held_at));
    return this.heldStanding(bubble, message.state);
  }

  heldStanding(bubble, state) {
    for (const words of bubble.querySelectorAll("[data-when]")) words.hidden = words.dataset.when !== state;
    return bubble;
  }

  day(sentAt) {
    const at = new Date(sentAt);
    const line = clone("day-template");
    line.dataset.day = this.dayKey.format(at);
    line.textContent = this.dayWords.format(at);
    return line;
  }

  #finish(bubble, message, readByOther) {
    const body = bubble.querySelector("[data-body]");
    const find = (part) => bubble.querySelector(`[data-${part}]`);
    bubble.classList.add(message.mine ? "chat-end" : "chat-start");
    find("who").textContent = message.mine ? this.words.you : this.words.other;
    if (message.deleted) {
      bubble.dataset.deleted = "";
      body.classList.add("bg-base-200", "text-base-content", "italic");
    } else if (message.mine) {
      body.classList.add("chat-bubble-primary");
    }
    if (!message.edited_at || message.deleted) find("edited").remove();
    place(find("report"), !message.mine, message.seq);
    place(find("change"), message.mine && !message.deleted && message.kind !== "card", message.seq);
    if (message.mine) {
      bubble.dataset.mine = "";
      find("state").textContent = message.seq <= readByOther ? this.words.read : this.words.sent;
    } else {
      find("state").remove();
    }
  }
}

// A link of the template that leads to one message; the template's address ends where its number belongs.
function place(link, wanted, seq) {
  if (!link) return;
  // The last one: the letters may also stand in the id of the conversation.
  if (wanted) link.href = link.dataset.to.replace(/SEQ(?!.*SEQ)/, seq);
  else link.remove();
}

// The text with its spans, counted in code points as the server counts, inside <mark>.
function marked(text, spans) {
  if (!spans?.length) return [text];
  const points = [...text];
  const pieces = [];
  let done = 0;
  for (const [start, end] of spans) {
    const mark = document.createElement("mark");
    mark.textContent = points.slice(Math.max(start, done), end).join("");
    pieces.push(points.slice(done, start).join(""), mark);
    done = Math.max(done, end);
  }
  return [...pieces, points.slice(done).join("")];
}
