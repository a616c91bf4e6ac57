// SQL with its words told apart.
import { button, copy, h } from "./dom.js";

const WORDS = new Set(("select from where group by order having limit offset join left right full inner outer cross on using as and or not in is null like ilike between case when then else end distinct with recursive union all except intersect over partition rows range preceding following current row unbounded exists asc desc nulls first last cast interval date timestamp filter qualify true false any some escape values lateral").split(" "));
const TOKEN = /(--[^\n]*|\/\*[\s\S]*?\*\/)|('(?:[^']|'')*')|("(?:[^"]|"")*")|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][A-Za-z_0-9]*)(?=(\s*\()?)/g;

export function sqlBlock(sql) {
  const code = h("code", {});
  let at = 0;
  for (const found of sql.matchAll(TOKEN)) {
    code.append(sql.slice(at, found.index));
    const [text, comment, string, quoted, number, word, opens] = found;
    const lower = word?.toLowerCase();
    const kind = comment ? "comment" : string ? "string" : number ? "literal" : word && WORDS.has(lower) ? "word" : word && opens ? "function" : quoted ? "name" : "";
    code.append(kind ? h("span", { class: `sql-${kind}` }, text) : text);
    at = found.index + text.length;
  }
  code.append(sql.slice(at));
  return h("div", { class: "sql" }, h("pre", { tabindex: "0", "aria-label": "SQL" }, code), button("Copy", () => copy(sql, "SQL"), { class: "quiet copy" }));
}
