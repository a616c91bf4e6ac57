// Elements from data. Text is always set as text: whatever a value holds, it is shown and never run.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const $ = (id) => document.getElementById(id);

export function button(label, onclick, attributes = {}) {
  return h("button", { type: "button", onclick, ...attributes }, label);
}

// A drawing of one path on a grid of 24.
export function icon(path, kind = "") {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", `drawing ${kind}`);
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}

export function toast(text, kind = "") {
  const shown = h("div", { class: `toast ${kind}` }, text);
  $("toasts").append(shown);
  setTimeout(() => shown.remove(), 5000);
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  } catch {
    const area = h("textarea", { class: "hidden" });
    area.value = text;
    document.body.append(area);
    area.select();
    toast(document.execCommand("copy") ? `${what} copied` : "The browser does not let the page copy.");
    area.remove();
  }
}

export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// A button with a list of actions. Arrow keys move, Escape closes.
export function menu(label, entries, attributes = {}) {
  const list = h("div", { class: "menu-list", role: "menu", hidden: true });
  const opener = button(label, () => toggle(list.hidden), { "aria-haspopup": "menu", "aria-expanded": "false", ...attributes });
  const box = h("div", { class: "menu" }, opener, list);
  const outside = (event) => box.contains(event.target) || toggle(false);
  function toggle(open) {
    list.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    document[open ? "addEventListener" : "removeEventListener"]("pointerdown", outside);
    if (open) list.querySelector("button")?.focus();
  }
  for (const [text, action] of entries) {
    list.append(button(text, () => { toggle(false); opener.focus(); action(); }, { role: "menuitem" }));
  }
  list.addEventListener("keydown", (event) => {
    const items = [...list.children];
    const at = items.indexOf(document.activeElement);
    if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length].focus();
    else if (event.key === "Escape") { toggle(false); opener.focus(); }
    else return;
    event.preventDefault();
  });
  return box;
}
