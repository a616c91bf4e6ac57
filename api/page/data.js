// What the data holds: tables with their fields, metrics with their meaning, questions to begin with.
import { button, h } from "./dom.js";
import { server } from "./server.js";

const EXAMPLES = 6;

export async function dataPanel(send, close) {
  const [model, { suggestions }] = await Promise.all([server.model(), server.suggestions()]);
  const filter = h("input", { type: "search", placeholder: "Find a table, field or metric", "aria-label": "Find in the data" });
  const body = h("div", { class: "data-body" },
    section("Questions to begin with", suggestions.map((text) => button(text, () => send(text), { class: "suggestion" })), "suggestions"),
    section("Metrics", model.metrics.map((metric) => metricItem(metric, send))),
    section("Tables", model.entities.map((entity) => entityItem(entity, send))),
    h("p", { class: "none faint", hidden: true }, "Nothing of that name."));
  filter.addEventListener("input", () => narrow(body, filter.value.trim().toLowerCase()));
  return [h("header", { class: "data-head" }, h("h2", {}, "Data"), button("×", close, { class: "icon", "aria-label": "Close the data panel" })), filter, body];
}

function section(title, items, kind = "list") {
  return items.length ? h("section", {}, h("h3", {}, title), h("div", { class: kind }, items)) : null;
}

function metricItem(metric, send) {
  const also = metric.synonyms?.length ? `Also called ${metric.synonyms.join(", ")}.` : "";
  return h("details", { class: "item", "data-words": words(metric) },
    h("summary", {}, h("span", {}, metric.label), metric.unit ? h("span", { class: "unit" }, metric.unit) : null),
    h("p", {}, [metric.description, metric.definition, also].filter(Boolean).join(" ")),
    button(`What is ${metric.label}?`, () => send(`what is ${metric.label}`), { class: "plain" }));
}

function entityItem(entity, send) {
  const fields = entity.attributes.map((field) => h("li", { "data-words": words(field) },
    h("span", { class: "field" }, field.label), h("span", { class: "type" }, [field.unit, field.data_type].filter(Boolean).join(" · ")),
    examples(field)));
  return h("details", { class: "item", "data-words": words(entity) },
    h("summary", {}, h("span", {}, entity.plural), h("span", { class: "unit" }, `${(entity.row_count ?? 0).toLocaleString("en-US")} rows`)),
    entity.description ? h("p", {}, entity.description) : null,
    h("ul", { class: "fields" }, fields),
    button(`How many ${entity.plural} are there?`, () => send(`how many ${entity.plural} are there`), { class: "plain" }));
}

function examples(field) {
  const range = field.minimum !== null && field.minimum !== undefined && field.data_type !== "text" ? `${field.minimum} to ${field.maximum}` : "";
  const samples = field.role === "category" || field.role === "text" ? (field.samples || []).slice(0, EXAMPLES).join(", ") : "";
  const shown = samples || range;
  return shown ? h("span", { class: "examples", dir: "auto" }, shown) : null;
}

const words = (thing) => [thing.name, thing.label, thing.plural, thing.description, ...(thing.synonyms || [])].filter(Boolean).join(" ").toLowerCase();

function narrow(body, text) {
  for (const item of body.querySelectorAll(".item")) {
    const fields = [...item.querySelectorAll("[data-words]")];
    const inside = fields.filter((field) => field.dataset.words.includes(text));
    const itself = item.dataset.words.includes(text);
    item.hidden = Boolean(text) && !itself && !inside.length;
    fields.forEach((field) => { field.hidden = Boolean(text) && !itself && !field.dataset.words.includes(text); });
    if (text) item.open = inside.length > 0 && !itself;
  }
  for (const part of body.querySelectorAll("section")) {
    const items = [...part.querySelectorAll(".item, .suggestion")];
    items.filter((item) => item.matches(".suggestion")).forEach((item) => { item.hidden = !item.textContent.toLowerCase().includes(text); });
    part.hidden = items.every((item) => item.hidden);
  }
  body.querySelector(".none").hidden = [...body.querySelectorAll("section")].some((part) => !part.hidden);
}
