// A Vega-Lite chart in the page's colours. Expressions are interpreted, not compiled, so that no script policy need be
// loosened for them; nothing is fetched but the library itself.
import { h } from "./dom.js";
import { show } from "./values.js";

let library;
const drawn = new Set();
const ERRORS = 1;
const DARK = { "#1F2933": "#e6eaf0", "#52606D": "#a3b0c0", "#E4E7EB": "#2b3440", "#CBD2D9": "#455264", "#1B2A49": "#c3d0f5", "#4477AA": "#6fa3dc", "#228833": "#4fbf66", "#AA3377": "#d867a8" };

function load() {
  library ??= new Promise((resolve, reject) => {
    const script = h("script", { src: "/page/vega-embed.js" });
    script.onload = () => resolve(window.vegaEmbed);
    script.onerror = () => { library = undefined; reject(new Error("The chart library cannot be loaded.")); };
    document.head.append(script);
  });
  return library;
}

// Fetches and reads the library while nobody waits for it.
export const prepare = () => load().catch(() => {});

export const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

export function chart({ visualization, names, rows, columns, sentence }) {
  if (visualization.type === "number") return bigNumber(rows, columns, names);
  const element = h("div", { class: "chart drawing-soon", role: "img", "aria-label": `${visualization.title}. ${sentence}` });
  const one = { element, view: null, visualization, names, rows, width: 0 };
  drawn.add(one);
  const seen = new ResizeObserver(() => {
    if (!element.isConnected) { if (one.view) { seen.disconnect(); drawn.delete(one); one.view.finalize(); } return; }
    const width = element.clientWidth;
    if (width && Math.abs(width - one.width) > 8) draw(one);
  });
  seen.observe(element);
  return element;
}

export function redrawAll() {
  for (const one of drawn) if (one.element.isConnected) draw(one);
}

async function draw(one) {
  one.width = one.element.clientWidth;
  try {
    const vegaEmbed = await load();
    const { view } = await vegaEmbed(one.element, specification(one), {
      mode: "vega-lite", actions: false, ast: true, renderer: "canvas", defaultStyle: false, logLevel: ERRORS, patch: plainMoments,
      tooltip: { disableDefaultStyle: true }, loader: { load: () => Promise.reject(new Error("nothing is fetched")) },
    });
    one.view?.finalize();
    one.view = view;
    one.element.classList.remove("drawing-soon");
    one.element.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
  } catch (error) {
    one.element.replaceChildren(h("p", { class: "problem" }, `The chart cannot be drawn: ${error.message}`));
  }
}

// The interpreter of expressions knows no datetime(n) of one argument; the number alone is the same moment.
function plainMoments(vega) {
  delete vega.$schema;
  return JSON.parse(JSON.stringify(vega).replace(/\{"signal":"datetime\((-?\d+)\)"\}/g, "$1"));
}

function specification({ visualization, names, rows, width }) {
  let text = JSON.stringify(visualization.spec);
  if (isDark()) for (const [light, dark] of Object.entries(DARK)) text = text.replaceAll(`"${light}"`, `"${dark}"`);
  const spec = JSON.parse(text);
  spec.datasets = { result: rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]]))) };
  spec.config = { ...spec.config, background: "transparent", padding: { left: 2, top: 6, right: 14, bottom: 4 }, font: "system-ui, sans-serif" };
  // The card has the title already said in words.
  delete spec.title;
  const room = Math.max(220, Math.min(width - 2, 900));
  if (typeof spec.width === "number" && !spec.facet) {
    spec.width = room;
    spec.autosize = { type: "fit-x", contains: "padding" };
  }
  if (spec.facet && spec.columns) {
    spec.columns = room < 560 ? 1 : spec.columns;
    spec.spec.width = Math.max(80, (room - 24 * (spec.columns - 1)) / spec.columns - 205);
  }
  for (const panel of spec.vconcat ?? []) if (typeof panel.width === "number") panel.width = room - 110;
  if (isDark() && spec.config.arc) spec.config.arc = { ...spec.config.arc, stroke: "#171d26" };
  return spec;
}

function bigNumber(rows, columns, names) {
  const row = rows[0] || [];
  return h("dl", { class: "figures" }, names.map((name, index) => {
    const column = columns[index] || { label: name, type: "text" };
    return h("div", {}, h("dd", { title: show(row[index], column), dir: "auto" }, show(row[index], column, { short: true })), h("dt", {}, column.label || name));
  }));
}
