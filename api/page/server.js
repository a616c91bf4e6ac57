// The server, with the reader's token. Numbers that JavaScript cannot hold keep their digits as text.

const KEY = "bi-workbench.token";
const BASE = "/api/v1/bi";
const SESSIONS = `${BASE}/chat/sessions`;

export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || "The server does not answer.");
    this.status = status;
    this.code = document.code || "unreachable";
    this.retryAfter = document.retry_after;
  }
}

let onUnauthenticated = () => {};
export const whenSignedOut = (call) => { onUnauthenticated = call; };

export const token = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  clear: () => sessionStorage.removeItem(KEY),
};

// Who the token speaks for, as far as the page shows it; the server alone checks it.
export function claims(of = token.get()) {
  try {
    const part = of.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
  } catch {
    return {};
  }
}

export function parse(text) {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context) => {
    if (typeof value !== "number" || !context?.source) return value;
    const digits = context.source.replace(/[-.]|[eE].*$/g, "").replace(/^0+/, "");
    return digits.length > 15 && String(value) !== context.source ? context.source : value;
  });
}

async function call(method, path, body, { raw = false } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { Authorization: `Bearer ${token.get()}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Problem(0, { detail: "The server cannot be reached." });
  }
  if (!response.ok) {
    const document = await response.json().catch(() => ({}));
    const problem = new Problem(response.status, document);
    if (response.status === 401) onUnauthenticated(problem);
    throw problem;
  }
  if (raw) return response.blob();
  return response.status === 204 ? null : parse(await response.text());
}

const query = (parameters) => {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
};

export const server = {
  sessions: (parameters = {}) => call("GET", SESSIONS + query(parameters)),
  create: () => call("POST", SESSIONS, {}),
  session: (id) => call("GET", `${SESSIONS}/${id}`),
  rename: (id, title) => call("PATCH", `${SESSIONS}/${id}`, { title }),
  remove: (id) => call("DELETE", `${SESSIONS}/${id}`),
  branch: (id, messageId) => call("POST", `${SESSIONS}/${id}/branch`, { message_id: messageId }),
  judge: (id, messageId, rating) => call("POST", `${SESSIONS}/${id}/messages/${messageId}/feedback`, { rating }),
  cases: (id) => call("GET", `${SESSIONS}/${id}/cases`, undefined, { raw: true }),
  history: (id, offset = 0) => call("GET", `${SESSIONS}/${id}/history` + query({ limit: 500, offset })),
  rows: (id, resultId, offset = 0, limit = 10000) => call("GET", `${SESSIONS}/${id}/results/${resultId}` + query({ offset, limit })),
  file: (id, resultId, format) => call("GET", `${SESSIONS}/${id}/results/${resultId}` + query({ format }), undefined, { raw: true }),
  picture: (id, resultId, format) => call("GET", `${SESSIONS}/${id}/results/${resultId}/chart` + query({ format }), undefined, { raw: true }),
  model: () => call("GET", `${BASE}/model`),
  suggestions: () => call("GET", `${BASE}/suggestions`),
};
