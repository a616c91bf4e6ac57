// A result's rows: sorted by a click on a heading, a page of them in the document at a time.
import { button, h } from "./dom.js";
import { compare, show } from "./values.js";

const PAGE = 25;

export function resultTable({ columns, names, rows, rowCount, truncated, caption, loadAll }) {
  const described = names.map((name, index) => columns[index] || { name, label: name, type: "text" });
  let held = rows;
  let order = null;
  let page = 0;
  let shown = held;

  const head = h("tr");
  const body = h("tbody");
  const status = h("span", { class: "pager-text", role: "status" });
  const back = button("‹", () => turn(-1), { "aria-label": "Previous page", class: "icon" });
  const on = button("›", () => turn(1), { "aria-label": "Next page", class: "icon" });
  const more = held.length < rowCount && loadAll ? button(`Load all ${rowCount.toLocaleString("en-US")} rows`, fetchAll, { class: "quiet" }) : null;
  const table = h("table", {}, h("caption", { class: "hidden" }, caption), h("thead", {}, head), body);
  const scroller = h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Rows" }, table);
  const element = h("div", { class: "table" }, scroller, h("div", { class: "pager" }, back, status, on, more));

  described.forEach((column, index) => {
    const sort = button([heading(column.label || column.name), h("span", { class: "arrow", "aria-hidden": "true" })], () => sortBy(index));
    head.append(h("th", { scope: "col", class: column.type === "number" && !column.identifier ? "number" : "" }, sort));
  });

  function sortBy(index) {
    const direction = order?.index === index && order.direction === 1 ? -1 : order?.index === index ? 0 : 1;
    order = direction ? { index, direction } : null;
    arrange();
  }

  function arrange() {
    page = 0;
    shown = held;
    if (order) {
      const { index, direction } = order;
      // What is empty stays last, whichever way is sorted.
      shown = [...held].sort((a, b) => (a[index] === null || b[index] === null ? 1 : direction) * compare(a[index], b[index]));
    }
    [...head.children].forEach((cell, index) => {
      const sorted = order?.index === index ? (order.direction === 1 ? "ascending" : "descending") : "none";
      cell.setAttribute("aria-sort", sorted);
    });
    draw();
  }

  function turn(by) {
    page += by;
    draw();
  }

  function draw() {
    const from = page * PAGE;
    const part = shown.slice(from, from + PAGE);
    body.replaceChildren(...part.map((row) => h("tr", {}, row.map((value, index) => cell(value, described[index])))));
    const wide = described.length > 8 ? ` · ${described.length} columns` : "";
    const of = truncated ? `first ${rowCount.toLocaleString("en-US")}` : rowCount.toLocaleString("en-US");
    status.textContent = held.length === 0 ? "No rows" : `${(from + 1).toLocaleString("en-US")}–${(from + part.length).toLocaleString("en-US")} of ${of}${wide}`;
    back.disabled = page === 0;
    on.disabled = from + PAGE >= shown.length;
    back.hidden = on.hidden = shown.length <= PAGE;
    if (more) more.hidden = held.length >= rowCount;
  }

  async function fetchAll() {
    more.disabled = true;
    held = (await loadAll()) || held;
    more.disabled = false;
    arrange();
  }

  arrange();
  return element;
}

const heading = (label) => label.charAt(0).toUpperCase() + label.slice(1);

function cell(value, column) {
  const text = show(value, column);
  const number = column.type === "number" && !column.identifier;
  const long = text.length > 60;
  const classes = [number && "number", (value === null || text === "(blank)") && "empty", long && "long"].filter(Boolean).join(" ");
  // `auto` lets each value run in its own direction.
  return h("td", { class: classes, title: long ? text : null, dir: number ? null : "auto" }, text);
}
