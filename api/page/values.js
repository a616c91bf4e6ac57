// Values as people read them, by their column's type, unit and grain.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const formats = new Map();
const collator = new Intl.Collator("en", { numeric: true });

function numberFormat(options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat("en-US", options));
  return formats.get(key);
}

const isCurrency = (unit) => /^[A-Z]{3}$/.test(unit || "");

export function show(value, column, { short = false } = {}) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string" && !value.trim()) return "(blank)";
  if (typeof value === "boolean") return value ? "yes" : "no";
  // The sign of a number is a minus, which is as wide as a digit.
  if (column?.type === "number") return column.identifier ? String(value) : showNumber(value, column, short).replace(/^-/, "−");
  if (column?.type === "date" || column?.type === "datetime") return showTime(String(value), column.grain);
  return String(value);
}

function showNumber(value, column, short) {
  if (typeof value !== "number") {
    // Too many digits for a number of JavaScript: shown as they came.
    return String(value).replace(/^(-?)(\d+)/, (_all, sign, whole) => sign + whole.replace(/\B(?=(\d{3})+$)/g, ","));
  }
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-6)) return value.toExponential(2);
  if (column.unit === "%") return numberFormat({ style: "percent", maximumFractionDigits: size < 0.001 && size > 0 ? 4 : 1 }).format(value);
  const options = isCurrency(column.unit) ? { style: "currency", currency: column.unit, currencyDisplay: "narrowSymbol" } : {};
  if (short && size >= 100000) Object.assign(options, { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 2 });
  else if (isCurrency(column.unit)) Object.assign(options, size > 0 && size < 0.01 ? { maximumSignificantDigits: 3 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  else if (size > 0 && size < 0.01) Object.assign(options, { maximumSignificantDigits: 3 });
  else options.maximumFractionDigits = 2;
  const text = numberFormat(options).format(value);
  return column.unit && !isCurrency(column.unit) && short ? `${text} ${column.unit}` : text;
}

function showTime(text, grain) {
  const [day, time] = text.split("T");
  const [year, month, date] = day.split("-").map(Number);
  if (!month) return text;
  if (grain === "year") return String(year);
  if (grain === "quarter") return `Q${Math.floor((month - 1) / 3) + 1} ${year}`;
  if (grain === "month") return `${MONTHS[month - 1]} ${year}`;
  const shown = `${date} ${MONTHS[month - 1]} ${year}`;
  if (!time || grain === "day" || grain === "week") return grain === "week" ? `week of ${shown}` : shown;
  return `${shown}, ${time.slice(0, time.endsWith(":00") || time.length < 8 ? 5 : 8)}`;
}

export function compare(a, b) {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}

export function ago(moment) {
  const seconds = (Date.now() - new Date(moment)) / 1000;
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 7 * 86400) return `${Math.floor(seconds / 86400)} d ago`;
  return showTime(moment.slice(0, 10), "day");
}
