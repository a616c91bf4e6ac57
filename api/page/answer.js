// An answer as a card: the sentence, the chart, the rows, what stands out, how it was understood, what to ask next.
import { chart } from "./chart.js";
import { button, copy, h, icon, menu, save, toast } from "./dom.js";
import { server } from "./server.js";
import { sqlBlock } from "./sql.js";
import { resultTable } from "./table.js";

const AGENTS = { router: "Read the question", sql_agent: "Ran the SQL", viz_agent: "Drew the result", analysis_agent: "Looked behind it", metadata_agent: "Looked at the model" };
const KINDS = { bar: "Bars", stacked_bar: "Stacked bars", grouped_bar: "Grouped bars", line: "Line", area: "Area", pie: "Pie", donut: "Donut", scatter: "Scatter", histogram: "Histogram", heatmap: "Heatmap", box: "Boxes", number: "Number", table: "Table" };

const THUMB = "M7 10v11H4V10h3Zm2 11V9.5l4-7c1.7 0 2.6 1 2.4 2.7L14.8 9H20c1.2 0 2 1 1.7 2.2l-1.9 8c-.2 1-1 1.8-2.1 1.8H9Z";

export const agentSays = (agent) => AGENTS[agent] || agent;

// `act` holds what a card may ask for: send, refine, remove, visualize, branch, link; `isCurrent` tells whether what
// is asked would be about this card's result.
export function answerCard(answer, { sessionId, act, feedback }) {
  const card = h("div", { class: `card ${answer.success ? "" : "card-open"}` });
  card.append(h("p", { class: "response", dir: "auto" }, answer.response));
  if (answer.clarification?.choices?.length) card.append(choices(answer.clarification.choices, act));
  for (const warning of answer.warnings || []) card.append(h("p", { class: "warning" }, warning));
  if (answer.data) card.append(result(answer, sessionId, act));
  else if (answer.result_id) card.append(expired(answer, act));
  const findings = (answer.insights || []).filter((text) => !answer.response.includes(text));
  if (findings.length) card.append(h("ul", { class: "insights", "aria-label": "What stands out" }, findings.map((text) => h("li", { dir: "auto" }, text))));
  if (answer.interpretation || answer.parts?.length || answer.assumptions?.length) card.append(understood(answer, act));
  card.append(footer(answer, sessionId, act, feedback));
  const next = (answer.suggestions || []).filter((text) => !answer.clarification?.choices?.some((choice) => choice.message === text));
  if (next.length) {
    card.append(h("div", { class: "suggestions live", role: "group", "aria-label": "Ask next" }, next.map((text) => button(text, () => act.send(text), { class: "suggestion" }))));
  }
  return card;
}

function choices(offered, act) {
  return h("div", { class: "choices live", role: "group", "aria-label": "Choices" }, offered.map((choice) => button(choice.label, () => act.send(choice.message), { class: "choice" })));
}

function result(answer, sessionId, act) {
  const { columns: names, rows } = answer.data;
  const columns = answer.columns || [];
  const drawing = answer.visualization;
  const panes = [];
  const changes = answer.differences?.data;
  if (changes?.rows.length) {
    panes.push([`Changes (${changes.rows.length})`, () => resultTable({ columns: answer.differences.columns, names: changes.columns, rows: changes.rows, rowCount: changes.rows.length, caption: answer.differences.text })]);
  }
  if (drawing && drawing.type !== "table" && rows.length) {
    panes.push([KINDS[drawing.type] === "Number" ? "Number" : "Chart", () => chart({ visualization: drawing, names, rows, columns, sentence: answer.response })]);
  }
  const loadAll = answer.result_id ? async () => {
    try {
      return (await server.rows(sessionId, answer.result_id)).rows;
    } catch (problem) {
      toast(problem.message, "bad");
      return null;
    }
  } : null;
  panes.push(["Table", () => resultTable({ columns, names, rows, rowCount: answer.row_count ?? rows.length, truncated: answer.truncated, caption: answer.interpretation || answer.response, loadAll })]);
  if (answer.sql) panes.push(["SQL", () => sqlBlock(answer.sql)]);
  const tools = h("div", { class: "tools" });
  const types = answer.chart_types || [];
  if (drawing && types.length > 1) tools.append(switcher(drawing.type, types, act));
  if (answer.result_id) tools.append(downloads(answer, sessionId));
  return tabs(panes, tools);
}

// An answer outlives its rows.
function expired(answer, act) {
  const note = h("p", { class: "warning" }, "The rows of this answer are no longer kept. ",
    button("Run it again", () => act.rerun(answer.result_id), { class: "link" }), " to have those of today.");
  return answer.sql ? h("div", { class: "result" }, note, sqlBlock(answer.sql)) : note;
}

function switcher(current, types, act) {
  const choose = h("select", { class: "switch live", "aria-label": "Chart type", onchange: () => act.visualize(choose.value) },
    types.map((type) => h("option", { value: type, selected: type === current }, KINDS[type] || type)));
  return choose;
}

function downloads(answer, sessionId) {
  const fetchAs = (format, load) => async () => {
    try {
      save(await load(sessionId, answer.result_id, format), `${answer.result_id}.${format}`);
    } catch (problem) {
      toast(problem.message, "bad");
    }
  };
  const entries = [["CSV", fetchAs("csv", server.file)], ["Parquet", fetchAs("parquet", server.file)]];
  if (answer.visualization) entries.push(["PNG", fetchAs("png", server.picture)], ["SVG", fetchAs("svg", server.picture)]);
  return menu("Download", entries, { class: "quiet" });
}

let tabNumber = 0;

function tabs(panes, tools) {
  const group = `tab-${++tabNumber}`;
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": "Views of the result" });
  const panel = h("div", { class: "panel", role: "tabpanel", id: `${group}-panel`, tabindex: "-1" });
  const built = new Map();
  const select = (index, focus) => {
    [...list.children].forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
    });
    if (!built.has(index)) built.set(index, panes[index][1]());
    panel.replaceChildren(built.get(index));
    panel.setAttribute("aria-labelledby", `${group}-${index}`);
    if (focus) list.children[index].focus();
  };
  panes.forEach(([label], index) => list.append(button(label, () => select(index), { role: "tab", id: `${group}-${index}`, "aria-controls": `${group}-panel` })));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = [...list.children].indexOf(document.activeElement);
    select((at + step + panes.length) % panes.length, true);
  });
  select(0);
  return h("div", { class: "result" }, h("div", { class: "bar" }, list, tools), panel);
}

function understood(answer, act) {
  const chips = h("ul", { class: "chips", "aria-label": "Parts of the question" }, (answer.parts || []).map((part) => chip(part, act)));
  const details = h("details", {}, h("summary", {}, "How I understood this"),
    answer.interpretation ? h("p", { dir: "auto" }, answer.interpretation) : null,
    answer.assumptions?.length ? h("ul", {}, answer.assumptions.map((text) => h("li", { dir: "auto" }, text))) : null,
    answer.guard?.tables?.length ? h("p", { class: "faint" }, `Read from ${answer.guard.tables.join(", ")}. Confidence ${Math.round(answer.confidence * 100)}%.`) : null);
  return h("div", { class: "understood" }, answer.parts?.length ? chips : null, details);
}

// A part of the question. Its words can be changed, and the cross takes it away.
function chip(part, act) {
  if (!part.removable) return h("li", { class: `chip chip-${part.kind}` }, h("span", { dir: "auto" }, part.label));
  const words = button(part.label, edit, { class: "live chip-words", dir: "auto", "aria-label": `Change: ${part.label}`, title: "Change this" });
  const item = h("li", { class: `chip chip-${part.kind}` }, words,
    button("×", () => act.remove(part), { class: "live chip-cross", "aria-label": `Take away: ${part.label}`, title: "Take this away" }));
  function edit() {
    const shown = [...item.childNodes];
    const input = h("input", { class: "chip-input", dir: "auto", maxlength: "200", "aria-label": `Change ${part.label} to`, size: String(Math.max(12, part.label.length)) });
    input.value = part.label;
    const back = () => { if (input.isConnected) item.replaceChildren(...shown); };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { back(); words.focus(); event.stopPropagation(); }
      if (event.key !== "Enter" || event.isComposing) return;
      const given = input.value.trim();
      back();
      if (given && given !== part.label) act.replace(part, given);
      else words.focus();
    });
    input.addEventListener("blur", back);
    item.replaceChildren(input);
    input.focus();
    input.select();
  }
  return item;
}

function footer(answer, sessionId, act, feedback) {
  const judge = (rating, symbol, label) => {
    const one = button(symbol, async () => {
      try {
        await server.judge(sessionId, answer.message_id, rating);
        thumbs.querySelectorAll("button").forEach((other) => other.setAttribute("aria-pressed", String(other === one)));
      } catch (problem) {
        toast(problem.message, "bad");
      }
    }, { class: "icon", "aria-label": label, title: label, "aria-pressed": String(feedback === rating) });
    return one;
  };
  const thumbs = h("span", { class: "thumbs" }, judge("up", icon(THUMB), "This answer is right"), judge("down", icon(THUMB, "down"), "This answer is wrong"));
  const time = answer.sql_executed ? `${(answer.execution_time_ms / 1000).toFixed(2)} s` : "no SQL run";
  const path = answer.agents_visited.map(agentSays).join(" → ");
  return h("div", { class: "foot" }, thumbs,
    button("Link", () => copy(act.link(answer.turn_id), "Link"), { class: "plain", title: "Copy a link to this answer" }),
    answer.result_id ? button("Run again", () => act.rerun(answer.result_id), { class: "plain", title: "Run this query on the data as it is now, and see what has changed since" }) : null,
    answer.success ? button("Branch", () => act.branch(answer.message_id), { class: "plain", title: "Go on from here in a new conversation" }) : null,
    h("span", { class: "faint path", title: path }, answer.result_id ? time : ""));
}
