// The page: who is signed in, which conversation is open, what the keys do.
import { isDark, prepare, redrawAll } from "./chart.js";
import { Conversation } from "./conversation.js";
import { dataPanel } from "./data.js";
import { $, button, h, toast } from "./dom.js";
import { claims, server, token, whenSignedOut } from "./server.js";
import { SessionList } from "./sessions.js";

const THEME = "bi-workbench.theme";
let conversation = null;
let opened = null;
let linked = null;

const list = new SessionList({ onOpen: open, onGone: () => { location.hash = "#/"; } });

// --- signing in

function takeTokenFromAddress() {
  const found = /^#token=([^&]+)/.exec(location.hash);
  if (!found) return;
  // It must not stay in the address, where it would be kept in the history or sent to someone with a link.
  history.replaceState(null, "", "/#/");
  // Nor may a link make someone ask under another's name unawares, whose owner would read the questions.
  const [now, then] = [claims(), claims(found[1])];
  const same = !token.get() || (now.sub === then.sub && now.tenant_id === then.tenant_id);
  if (same || confirm(`This link signs you in as ${then.sub} of ${then.tenant_id}. You are signed in as ${now.sub} of ${now.tenant_id}. Change?`)) token.set(found[1]);
}

function signOut(why) {
  conversation?.close();
  conversation = opened = null;
  token.clear();
  $("shell").hidden = true;
  $("sign-in").hidden = false;
  if (why) $("sign-why").textContent = why;
  $("token").focus();
}

async function begin() {
  if (!token.get()) { signOut(); return; }
  $("sign-in").hidden = true;
  $("shell").hidden = false;
  try {
    await list.load();
  } catch (problem) {
    if (problem.status !== 401) toast(problem.message, "bad");
    if (problem.status === 401) return;
  }
  $("leave").title = `Signed in as ${claims().sub ?? "?"} of ${claims().tenant_id ?? "?"}`;
  route();
  (window.requestIdleCallback ?? setTimeout)(prepare);
}

whenSignedOut((problem) => signOut(problem.message.includes("expired") ? "Your token has expired. Sign in with a new one; the conversation is kept." : "The server does not accept this token."));

$("sign-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = $("token").value.trim();
  token.set(given);
  $("sign-problem").textContent = "";
  try {
    await server.sessions({ limit: 1 });
    $("token").value = "";
    begin();
  } catch (problem) {
    token.clear();
    $("sign-problem").textContent = problem.message;
  }
});

$("leave").addEventListener("click", () => signOut("You have signed out."));

// --- which conversation

function route() {
  if (!token.get()) return;
  const found = /^#\/s\/([\w.-]+)(?:\/([\w.-]+))?$/.exec(location.hash);
  linked = found?.[2] ?? null;
  if (found && found[1] !== opened) open(found[1]);
  else if (found && linked) show(linked);
  else if (!found) welcome();
}

async function open(id) {
  conversation?.close();
  opened = id;
  list.select(id);
  closeSide();
  const mine = (conversation = new Conversation(id, {
    onState: (state) => conversation === mine && linkState(state),
    onChange: () => conversation === mine && changed(),
    onBranch: (session) => { toast("A new conversation goes on from there."); list.load(); location.hash = `#/s/${session.session_id}`; },
    goTo: (turn) => settled(turn),
  }));
  titled();
  controls();
  try {
    if (!list.titleOf(id)) await server.session(id).then((session) => { $("title").textContent = session.title || "New conversation"; });
    await conversation.open();
  } catch (problem) {
    if (problem.code === "session_not_found") gone();
    else if (problem.status !== 401) { toast(problem.message, "bad"); linkState("lost"); setTimeout(() => conversation === mine && open(id), 2000); }
  }
}

function gone() {
  conversation?.close();
  conversation = null;
  $("turns").replaceChildren(h("div", { class: "welcome", id: "welcome" }, h("h2", {}, "This conversation is not there"),
    h("p", {}, "It was deleted, or it belongs to someone else."), button("New conversation", () => { location.hash = "#/"; }, { class: "primary" })));
  list.load().catch(() => {});
}

async function welcome() {
  conversation?.close();
  conversation = opened = null;
  list.select(null);
  $("title").textContent = "New conversation";
  document.title = "bi-workbench";
  linkState("open");
  const offers = h("div", { class: "offers" });
  $("turns").replaceChildren(h("div", { class: "welcome", id: "welcome" }, h("h2", {}, "What would you like to know?"),
    h("p", {}, "Ask in English. Every answer comes with its SQL, its rows and how it was understood."), offers));
  controls();
  $("question").focus();
  try {
    const { suggestions } = await server.suggestions();
    offers.append(...suggestions.slice(0, 8).map((text) => button(text, () => ask(text), { class: "offer" })));
  } catch (problem) {
    if (problem.status !== 401) offers.append(h("p", { class: "problem" }, problem.message));
  }
}

async function ask(text) {
  const question = text.trim();
  if (!question) return;
  $("question").value = "";
  grow();
  if (!conversation) {
    try {
      const session = await server.create();
      history.pushState(null, "", `#/s/${session.session_id}`);
      await open(session.session_id);
    } catch (problem) {
      if (problem.status !== 401) toast(problem.message, "bad");
      $("question").value = question;
      return;
    }
  }
  conversation.send(question);
}

let refreshing;
function changed() {
  controls();
  clearTimeout(refreshing);
  if (!conversation.busy) refreshing = setTimeout(() => list.load().then(titled).catch(() => {}), 200);
}

function titled() {
  const title = list.titleOf(opened);
  if (title) $("title").textContent = title;
  document.title = title ? `${title} – bi-workbench` : "bi-workbench";
}

function settled(turn) {
  if (linked) { if (linked === turn.turnId) show(linked); }
  else if (!turn.element.hidden) turn.element.scrollIntoView({ block: turn.element.offsetHeight > $("talk").clientHeight ? "start" : "end" });
}

function show(turnId) {
  const element = document.getElementById(turnId);
  if (!element) return;
  element.scrollIntoView({ block: "start" });
  element.classList.add("linked");
  setTimeout(() => { element.classList.remove("linked"); linked = null; }, 2500);
}

function controls() {
  const busy = conversation?.busy ?? false;
  const answered = conversation?.turns.some((turn) => turn.answer?.result_id) ?? false;
  $("send").hidden = busy;
  $("stop").hidden = !busy;
  $("cases").disabled = busy || !answered;
  $("undo").disabled = $("redo").disabled = busy || !answered;
}

function linkState(state) {
  const text = { lost: "Reconnecting…", forbidden: "You may not see this conversation." }[state] ?? "";
  $("link-state").textContent = text;
  document.body.classList.toggle("offline", state === "lost");
  $("link-state").classList.toggle("bad", Boolean(text));
  if (state === "signed-out") signOut("Your token has expired. Sign in with a new one; the conversation is kept.");
  if (state === "gone") gone();
}

// --- keys and panels

function grow() {
  const area = $("question");
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, 180)}px`;
}

function closeSide() {
  $("shell").classList.remove("side-open");
  $("menu").setAttribute("aria-expanded", "false");
}

async function toggleData(open = $("data").hidden) {
  $("data").hidden = !open;
  $("data-toggle").setAttribute("aria-expanded", String(open));
  if (!open || $("data").childElementCount) return;
  $("data").replaceChildren(h("p", { class: "faint pad" }, "Reading the model…"));
  try {
    $("data").replaceChildren(...await dataPanel((text) => { if (innerWidth < 1100) toggleData(false); ask(text); }, () => { toggleData(false); $("data-toggle").focus(); }));
  } catch (problem) {
    $("data").replaceChildren();
    $("data").hidden = true;
    toast(problem.message, "bad");
  }
}

function theme(chosen) {
  if (chosen) document.documentElement.dataset.theme = chosen;
  redrawAll();
}

$("ask").addEventListener("submit", (event) => { event.preventDefault(); ask($("question").value); });
$("question").addEventListener("input", grow);
$("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask($("question").value);
  }
});
$("stop").addEventListener("click", () => conversation?.cancel());
$("undo").addEventListener("click", () => conversation?.move("undo"));
$("redo").addEventListener("click", () => conversation?.move("redo"));
$("cases").addEventListener("click", () => list.download(opened));
$("new").addEventListener("click", () => { closeSide(); location.hash = "#/"; welcome(); });
$("data-toggle").addEventListener("click", () => toggleData());
$("menu").addEventListener("click", () => {
  const open = $("shell").classList.toggle("side-open");
  $("menu").setAttribute("aria-expanded", String(open));
});
$("theme").addEventListener("click", () => {
  const chosen = isDark() ? "light" : "dark";
  localStorage.setItem(THEME, chosen);
  theme(chosen);
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing) { event.preventDefault(); $("question").focus(); }
  if (event.key === "Escape" && !typing && !$("stop").hidden) conversation?.cancel();
  if (event.key === "Escape") closeSide();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
addEventListener("hashchange", () => { if (/^#token=/.test(location.hash)) { takeTokenFromAddress(); begin(); } else route(); });

const chosen = localStorage.getItem(THEME);
if (chosen) document.documentElement.dataset.theme = chosen;
takeTokenFromAddress();
begin();
