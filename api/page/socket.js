// The socket of one session: follows it from its first event, connects again by itself, and misses nothing, because it
// asks for what came after the last number it saw. What was asked while it was away is sent when it is back; a message
// that arrived already is recognized by its id and not run twice.
import { parse, token } from "./server.js";

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 8000;
const SILENCE = 25000;
const FATAL = { 4401: "signed-out", 4403: "forbidden", 4404: "gone" };

export class SessionSocket {
  constructor(sessionId, { onFrame, onState }) {
    this.sessionId = sessionId;
    this.onFrame = onFrame;
    this.onState = onState;
    this.seq = 0;
    this.pause = FIRST_PAUSE;
    this.unsettled = new Map();
    this.closed = false;
    this.#connect();
  }

  // A turn; it counts as under way until its end was seen.
  ask(frame) {
    this.unsettled.set(frame.message_id, frame);
    this.#send(frame);
  }

  settle(messageId) {
    this.unsettled.delete(messageId);
  }

  cancel() {
    this.#send({ type: "cancel" });
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.watch);
    this.socket.close();
  }

  #send(frame) {
    if (this.socket.readyState === WebSocket.OPEN && this.ready) this.socket.send(JSON.stringify(frame));
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/chat/${this.sessionId}`, ["bearer", token.get()]);
    this.socket = socket;
    this.ready = false;
    socket.onopen = () => socket.send(JSON.stringify({ type: "resume", after_seq: this.seq }));
    socket.onmessage = (event) => this.#take(parse(event.data));
    socket.onclose = (event) => this.#lost(socket, event);
  }

  #take(frame) {
    this.#listen();
    if (frame.type === "resumed") {
      this.ready = true;
      this.pause = FIRST_PAUSE;
      this.onState("open");
      for (const waiting of this.unsettled.values()) this.#send(waiting);
    } else if (frame.turn_id === null) {
      if (frame.type !== "pong") this.onFrame(frame);
    } else if (frame.seq > this.seq) {
      this.seq = frame.seq;
      this.onFrame(frame);
    } else if (frame.data?.message_id && this.unsettled.has(frame.data.message_id)) {
      this.onFrame(frame);
    }
  }

  // A connection that died without a word is found out by asking.
  #listen() {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => {
      this.#send({ type: "ping" });
      this.watch = setTimeout(() => this.socket.close(), SILENCE / 5);
    }, SILENCE);
  }

  #lost(socket, event) {
    clearTimeout(this.watch);
    if (this.closed || socket !== this.socket) return;
    if (FATAL[event.code]) {
      this.closed = true;
      this.onState(FATAL[event.code]);
      return;
    }
    this.onState("lost");
    this.retry = setTimeout(() => this.#connect(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }
}
