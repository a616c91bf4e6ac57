// One conversation on the page: its turns in order, built from the session's history and its events.
import { agentSays, answerCard } from "./answer.js";
import { $, button, h, toast } from "./dom.js";
import { server } from "./server.js";
import { SessionSocket } from "./socket.js";

const newId = () => `web-${[...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

export class Conversation {
  constructor(sessionId, { onState, onChange, onBranch, goTo }) {
    this.sessionId = sessionId;
    this.onState = onState;
    this.onChange = onChange;
    this.onBranch = onBranch;
    this.goTo = goTo;
    this.turns = [];
    this.words = new Map();
    this.judged = new Map();
    this.act = {
      send: (text) => this.send(text),
      remove: (part) => this.#start({ type: "refine", content: `Without ${part.label}`, remove: part.part }, `Without ${part.label}`),
      replace: (part, words) => this.#start({ type: "refine", content: words, replace: part.part }, `${words} instead of ${part.label}`),
      visualize: (type) => this.#start({ type: "visualize", chart_type: type }, `Show as ${type.replaceAll("_", " ")}`),
      rerun: (resultId) => this.#start({ type: "rerun", result_id: resultId }, "Run it again"),
      branch: (messageId) => this.#branch(messageId),
      link: (turnId) => `${location.origin}/#/s/${this.sessionId}/${turnId}`,
    };
    $("turns").replaceChildren();
  }

  async open() {
    await this.#readHistory();
    this.socket = new SessionSocket(this.sessionId, { onFrame: (frame) => this.#take(frame), onState: (state) => this.onState(state) });
  }

  close() {
    this.socket?.close();
  }

  get busy() {
    return this.turns.some((turn) => !turn.done);
  }

  send(text) {
    this.#start({ type: "message", content: text }, text);
  }

  move(kind) {
    this.#start({ type: kind }, kind === "undo" ? "Undo" : "Redo");
  }

  cancel() {
    this.socket.cancel();
  }

  async #readHistory() {
    for (let offset = 0; ; offset += 500) {
      const page = await server.history(this.sessionId, offset);
      let words = "";
      for (const message of page.messages) {
        if (message.role === "user") words = message.content;
        else {
          this.words.set(message.metadata.turn_id, words);
          if (message.metadata.feedback) this.judged.set(message.metadata.turn_id, message.metadata.feedback);
        }
      }
      if (offset + 500 >= page.total_count) return;
    }
  }

  #start(frame, words) {
    const turn = this.#add(words, newId());
    this.socket.ask({ ...frame, message_id: turn.messageId });
    this.onChange();
    turn.element.scrollIntoView({ block: "end", behavior: "smooth" });
  }

  #add(words, messageId, turnId = null) {
    const question = h("h2", { class: "asked", dir: "auto" }, words);
    const progress = h("ol", { class: "progress", "aria-label": "Progress" });
    const body = h("div", { class: "answered" }, progress);
    const element = h("article", { class: "turn", "aria-label": words }, question, body);
    const turn = { words, messageId, turnId, element, question, progress, body, done: false, answer: null };
    if (turnId) element.id = turnId;
    // A chart takes its height when it is drawn; until the reader has moved, the newest turn is kept in view.
    element.addEventListener("drawn", () => turn === this.turns.at(-1) && this.goTo(turn), { once: true });
    this.turns.push(turn);
    $("turns").append(element);
    $("welcome")?.remove();
    return turn;
  }

  #turnOf(frame) {
    const known = this.turns.find((turn) => turn.turnId === frame.turn_id);
    if (known) return known;
    const byMessage = frame.data?.message_id && this.turns.find((turn) => turn.messageId === frame.data.message_id);
    const words = this.words.get(frame.turn_id);
    const next = byMessage || (words === undefined ? this.turns.find((turn) => turn.turnId === null && !turn.done) : null);
    if (!next) return this.#add(words ?? "…", null, frame.turn_id);
    next.turnId = next.element.id = frame.turn_id;
    return next;
  }

  #take(frame) {
    if (frame.turn_id === null) {
      if (frame.type === "error") this.#refused(frame);
      return;
    }
    let turn = this.#turnOf(frame);
    if (frame.data?.message_id && turn.messageId && turn.messageId !== frame.data.message_id) {
      // Another window's turn came first; ours still waits.
      turn.turnId = null;
      turn.progress.replaceChildren();
      turn = this.#add(this.words.get(frame.turn_id) ?? "…", null, frame.turn_id);
    }
    switch (frame.type) {
      case "stream_start": this.#step(turn, frame.agent); break;
      case "text": turn.progress.lastElementChild?.setAttribute("data-says", frame.content); break;
      case "result":
      case "clarification": this.#answer(turn, frame.data); break;
      case "cancelled": this.#end(turn, h("p", { class: "card note" }, "Stopped before there was an answer.")); break;
      case "error": this.#fail(turn, frame); break;
      case "stream_end": this.#finish(turn); break;
    }
  }

  #step(turn, agent) {
    turn.progress.lastElementChild?.classList.add("done");
    turn.progress.append(h("li", { class: "step" }, agentSays(agent)));
  }

  #answer(turn, answer) {
    turn.answer = answer;
    const target = answer.intent === "visualization" && turn.words.startsWith("Show as ")
      ? this.turns.findLast((other) => other !== turn && other.answer?.result_id === answer.result_id && other.shown) : null;
    const card = answerCard(answer, { sessionId: this.sessionId, act: this.act, feedback: this.judged.get(turn.turnId) });
    if (target) {
      target.shown = false;
      target.element.classList.add("replaced");
      // The same result drawn otherwise takes the place of the card it was switched on.
      target.body.replaceChildren(card);
      turn.element.hidden = true;
      target.shown = true;
      target.answer = answer;
    } else {
      turn.shown = true;
      turn.body.replaceChildren(card);
    }
  }

  #fail(turn, error) {
    const again = turn.messageId && turn.words ? button("Try again", () => { turn.element.remove(); this.send(turn.words); }, { class: "quiet" }) : null;
    this.#end(turn, h("div", { class: "card card-error", role: "alert" }, h("p", {}, error.detail), this.#offered(error.suggestions), again));
  }

  #offered(suggestions) {
    return suggestions?.length ? h("div", { class: "suggestions" }, suggestions.map((text) => button(text, () => this.send(text), { class: "suggestion" }))) : null;
  }

  // An error that was told to this window alone: the oldest turn that waits did not begin.
  #refused(error) {
    const turn = this.turns.find((waiting) => waiting.turnId === null && !waiting.done);
    if (!turn) {
      toast(error.detail, "bad");
      return;
    }
    this.#fail(turn, error);
    this.#finish(turn);
  }

  #end(turn, element) {
    turn.body.replaceChildren(element);
  }

  async #finish(turn) {
    turn.done = true;
    turn.progress.remove();
    const messageId = turn.answer?.message_id || turn.messageId;
    if (messageId) this.socket.settle(messageId);
    this.#mark();
    this.onChange();
    this.goTo(turn);
    if (turn.words === "…") {
      await this.#readHistory().catch(() => {});
      turn.words = this.words.get(turn.turnId) ?? turn.words;
      turn.question.textContent = turn.words;
    }
  }

  // What edits the current result may be pressed only where that result is shown last.
  #mark() {
    const last = this.turns.findLast((turn) => turn.answer && !turn.element.hidden);
    for (const turn of this.turns) turn.element.classList.toggle("past", turn !== last);
    document.querySelectorAll(".turn .live, .turn .live button").forEach((control) => {
      if ("disabled" in control) control.disabled = control.closest(".turn") !== last?.element;
    });
  }

  async #branch(messageId) {
    try {
      this.onBranch(await server.branch(this.sessionId, messageId));
    } catch (problem) {
      toast(problem.message, "bad");
    }
  }
}
