// The list of conversations: find, open, rename, delete.
import { $, button, h, menu, save, toast } from "./dom.js";
import { server } from "./server.js";
import { ago } from "./values.js";

export class SessionList {
  constructor({ onOpen, onGone }) {
    this.onOpen = onOpen;
    this.onGone = onGone;
    this.current = null;
    this.search = "";
    this.sessions = [];
    this.cursor = null;
    $("search").addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => { this.search = $("search").value.trim(); this.load(); }, 150);
    });
  }

  async load() {
    const asked = this.search;
    const page = await server.sessions({ limit: 50, q: asked });
    if (asked !== this.search) return;
    this.sessions = page.sessions;
    this.cursor = page.next_cursor;
    this.draw();
  }

  async loadMore() {
    const page = await server.sessions({ limit: 50, q: this.search, cursor: this.cursor });
    this.sessions.push(...page.sessions);
    this.cursor = page.next_cursor;
    this.draw();
  }

  titleOf(id) {
    return this.sessions.find((session) => session.session_id === id)?.title;
  }

  select(id) {
    this.current = id;
    this.draw();
  }

  draw() {
    const items = this.sessions.map((session) => this.#item(session));
    if (!items.length) items.push(h("li", { class: "none" }, this.search ? "Nothing found." : "No conversations yet."));
    if (this.cursor) items.push(h("li", {}, button("More", () => this.loadMore(), { class: "plain" })));
    $("sessions").replaceChildren(...items);
  }

  #item(session) {
    const here = session.session_id === this.current;
    const open = h("a", { href: `#/s/${session.session_id}`, "aria-current": here ? "page" : null },
      h("span", { class: "name", dir: "auto" }, session.title || "Untitled"), h("span", { class: "faint" }, ago(session.updated_at || session.created_at)));
    const item = h("li", { class: here ? "here" : "" }, open, menu("⋯", [
      ["Download as test cases", () => this.download(session.session_id)],
      ["Rename", () => this.#rename(item, session)],
      ["Delete", () => this.#remove(session)],
    ], { class: "icon", "aria-label": `More for ${session.title || "this conversation"}` }));
    return item;
  }

  // What was asked and answered, for `bi-workbench evaluate` to ask again.
  async download(id) {
    try {
      save(await server.cases(id), `${id}.jsonl`);
      toast("Test cases downloaded. `bi-workbench evaluate` asks them again.");
    } catch (problem) {
      toast(problem.message, "bad");
    }
  }

  #rename(item, session) {
    const input = h("input", { "aria-label": "New title", maxlength: "200" });
    input.value = session.title || "";
    let settled = false;
    const end = async (keep) => {
      if (settled) return;
      settled = true;
      const title = input.value.trim();
      if (keep && title && title !== session.title) {
        try {
          Object.assign(session, await server.rename(session.session_id, title));
          if (session.session_id === this.current) $("title").textContent = title;
        } catch (problem) {
          toast(problem.message, "bad");
        }
      }
      this.draw();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") end(true);
      if (event.key === "Escape") end(false);
    });
    input.addEventListener("blur", () => end(true));
    item.replaceChildren(input);
    input.focus();
    input.select();
  }

  async #remove(session) {
    if (!confirm(`Delete “${session.title || "Untitled"}” and everything in it?`)) return;
    try {
      await server.remove(session.session_id);
    } catch (problem) {
      if (problem.code !== "session_not_found") { toast(problem.message, "bad"); return; }
    }
    this.sessions = this.sessions.filter((other) => other !== session);
    this.draw();
    if (session.session_id === this.current) this.onGone();
  }
}
