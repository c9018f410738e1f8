// Writing: the box with its draft, and the forms that send something ready (a question, an answer, a sentence).
// Each form also works without this file.

const TYPING_EVERY = 2000;

// randomUUID exists only where the page came over https or from this machine.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export class Composer {
  // send(written) takes a finished message; typing() shows the other that somebody writes.
  constructor({ root, store, person, words, send, typing }) {
    Object.assign(this, { store, person, words, send, typing });
    this.form = root.querySelector("#composer");
    this.box = root.querySelector("#body");
    this.problems = root.querySelector("#body-errors");
    this.key = `${person}:${root.dataset.conversation}`;
    this.typedAt = 0;
    this.form.addEventListener("submit", (event) => this.#onText(event));
    root.addEventListener("submit", (event) => this.#onReady(event));
    this.box.addEventListener("input", () => this.#onInput());
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    });
  }

  async restore() {
    const draft = (await this.store.all("drafts")).find((row) => row.key === this.key);
    if (draft && !this.box.value) this.box.value = draft.text;
  }

  // Words that did not go come back into the box, with what is being written kept behind them.
  takeBack(body) {
    this.box.value = [body, this.box.value].filter(Boolean).join("\n");
    this.#save();
    this.box.focus();
  }

  #onText(event) {
    event.preventDefault();
    const body = this.box.value.trim();
    if (!body) return;
    if (new TextEncoder().encode(body).length > Number(this.box.dataset.mostBytes)) {
      this.#problem(this.words.tooLong);
      return;
    }
    this.#problem("");
    this.box.value = "";
    this.#send({ client_id: newId(), kind: "text", body });
    this.box.focus();
  }

  // The draft goes only when its words are kept as a message; words this device cannot keep come back.
  async #send(message) {
    try {
      await this.send(message);
      this.#save();
    } catch {
      if (message.kind === "text") this.takeBack(message.body);
      this.#problem(this.words.notKept);
    }
  }

  #onReady(event) {
    const form = event.target.closest("form[data-ready-made]");
    if (!form) return;
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form, event.submitter));
    const label = (event.submitter ?? form.querySelector("button")).textContent.trim();
    const message = { client_id: newId(), kind: fields.kind, body: fields.body ?? "", label };
    if (fields.kind === "answer") {
      message.reply_to = Number(fields.reply_to);
      message.payload = { state: fields.state, since: fields.since ?? "", level: fields.level ?? "" };
    }
    this.#send(message);
    if (fields.kind === "question") form.closest("li").remove();
    const fold = form.closest("details");
    if (fold) fold.open = false;
    this.box.focus();
  }

  #onInput() {
    this.#save();
    this.#problem("");
    if (Date.now() - this.typedAt < TYPING_EVERY) return;
    this.typedAt = Date.now();
    this.typing();
  }

  #problem(text) {
    this.problems.textContent = text;
    if (text) this.box.setAttribute("aria-invalid", "true");
    else this.box.removeAttribute("aria-invalid");
  }

  async #save() {
    try {
      if (this.box.value) await this.store.put("drafts", { key: this.key, person: this.person, text: this.box.value });
      else await this.store.remove("drafts", this.key);
    } catch {
      // The words still stand in the box; only a reload would lose them.
    }
  }
}
