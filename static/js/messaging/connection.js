// The live connection and, beside it, plain requests: whatever goes over the socket can go without one.

import { io } from "/static/vendor/socket.io.esm.min.js";

const ACK_MS = 4000;
const REQUEST_MS = 15000;
const KNOCK_AGAIN_MS = 30000;
const BUSY_MS = 3000;
const RESYNC_WITHIN_MS = 2000;
const BROKEN = 500;
const OWN = ["connected", "lost", "signedOut", "resync"];

const token = () => document.querySelector('meta[name="csrf-token"]').content;

// Nobody answered; the same may be asked again after waitMs.
export class NoAnswer extends Error {
  waitMs = 5000;
}

// The session is over: asking again helps only once somebody has signed in, perhaps on another page.
export class SignedOut extends NoAnswer {
  waitMs = 60000;
}

export class Connection {
  // on: {connected, lost, signedOut, resync} and any server event by its name.
  constructor(on) {
    this.socket = io({ transports: ["websocket"], auth: (give) => give({ csrf: token() }) });
    this.socket.on("connect", () => on.connected?.());
    this.socket.on("disconnect", (reason) => {
      on.lost?.();
      // The client comes back by itself unless the server hung up; then one knock shows whether we are still welcome.
      if (reason === "io server disconnect") setTimeout(() => this.socket.connect(), 1000);
    });
    this.socket.on("connect_error", (error) => {
      if (error.message === "signed_out") on.signedOut?.();
      else on.lost?.();
      // A server that was only busy is asked again soon, but not by every page in the same moment.
      const pause = error.message === "busy" ? BUSY_MS * (1 + Math.random()) : KNOCK_AGAIN_MS;
      if (!this.socket.active) setTimeout(() => this.socket.connect(), pause);
    });
    // Every page of every person hears it at once; they must not all ask in the same moment.
    this.socket.on("resync", () => setTimeout(() => on.resync?.(), Math.random() * RESYNC_WITHIN_MS));
    for (const [event, handler] of Object.entries(on)) {
      if (!OWN.includes(event)) this.socket.on(event, handler);
    }
  }

  get live() {
    return this.socket.connected;
  }

  // Resolves to the acknowledgement; rejects with NoAnswer after four seconds, and starts the connection anew.
  async ask(event, payload) {
    // Asked without a connection, the library would keep the event and send it later, out of our order.
    if (!this.live) throw new NoAnswer(event);
    const { id } = this.socket;
    let answer;
    try {
      answer = await this.socket.timeout(ACK_MS).emitWithAck(event, payload);
    } catch (error) {
      // The first of several that were not answered hangs up; the others must leave the next connection alone.
      if (this.socket.id === id) this.socket.disconnect().connect();
      throw new NoAnswer(event, { cause: error });
    }
    if (answer.error?.code === "signed_out") throw new SignedOut(event);
    return answer;
  }

  // For what may be lost.
  tell(event, payload) {
    if (this.live) this.socket.emit(event, payload);
  }
}

// The same by a plain request, with the same answers: a refusal is {ok: false, error}, a server that broke over it has
// "retry" beside it. No network, a busy server, and one that broke over a page are NoAnswer.
export async function request(address, { form = null, accept = "application/json" } = {}) {
  let answer;
  // An answer that never comes must not hold up what waits behind it.
  const options = { headers: { Accept: accept }, credentials: "same-origin", signal: AbortSignal.timeout(REQUEST_MS) };
  if (form) {
    options.method = "POST";
    options.headers["X-CSRFToken"] = token();
    options.body = new URLSearchParams(form);
  }
  try {
    answer = await fetch(address, options);
  } catch (error) {
    throw new NoAnswer(address, { cause: error });
  }
  if (answer.status === 401 || answer.redirected) throw new SignedOut(address);
  if (answer.status === BROKEN && accept !== "text/html") return broken(answer);
  if (answer.status >= 500 || answer.status === 429) throw new NoAnswer(address);
  if (accept === "text/html") return answer.text();
  const said = await answer.json();
  if (answer.ok) return { ok: true, ...said };
  if (said.code === "stale_form") throw new SignedOut(address);
  const fields = Object.fromEntries((said.errors ?? []).map((one) => [one.pointer, [one.detail]]));
  return { ok: false, error: { code: said.code, message: said.detail, fields, spans: said.spans } };
}

// Not the road but this one question was too much for the server: whoever asks counts how often.
async function broken(answer) {
  const said = await answer.json().catch(() => ({}));
  return { ok: false, retry: true, error: { code: "server_error", message: said.detail } };
}
