// Signing in with a mailed code, asking the public API, and following an operation live.
// The access token is kept in this tab; the refresh token in memory alone: it works once, and a
// copy of the tab that spent it a second time would end the session.
"use strict";

export const facts = JSON.parse(document.getElementById("page-facts").textContent);
export const say = (key) => facts.words[key] || key;
// British days and clocks, as on the other pages.
export const locale = facts.language === "en" ? "en-GB" : facts.language;
export const byId = (id) => document.getElementById(id);

const KEPT = "boucle.access";
const EARLY_MS = 60_000;
const SVG = "http://www.w3.org/2000/svg";
const session = { token: "", kind: "", email: "", ends: 0, refresh: "" };
let renewing = null;

export class Refused extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

export function element(name, text, attributes = {}) {
  return filled(document.createElement(name), text, attributes);
}

export function drawn(name, attributes = {}, text = null) {
  return filled(document.createElementNS(SVG, name), text, attributes);
}

function filled(made, text, attributes) {
  if (text !== undefined && text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  return made;
}

export function tell(text) {
  byId("status").textContent = text || "";
}

export function complain(text) {
  byId("problem").textContent = text || "";
  byId("problem").hidden = !text;
}

// The text of an amount, a day, a moment, a country in the page's language.
export function money(value) {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency: value.currency });
  return format.format(value.amount);
}

export function day(text) {
  const options = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
  return new Date(`${text.slice(0, 10)}T00:00:00Z`).toLocaleDateString(locale, options);
}

export function moment(text) {
  const options = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Date(text).toLocaleString(locale, options);
}

// A time of a place as its clocks showed it; with the offset where the visitor's are others.
export function placeTime(text) {
  const [, shown, zone] = /^(.*?)(Z|[+-]\d\d:\d\d)$/.exec(text) || [null, text, "Z"];
  const options = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC" };
  const said = new Date(`${shown}Z`).toLocaleString(locale, options);
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) || [null, "+", "0", "0"];
  const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  if (offset === -new Date(text).getTimezoneOffset()) return said;
  const apart = `${sign === "-" ? "\u2212" : "+"}${Number(hours)}${Number(minutes) ? `:${minutes}` : ""}`;
  return `${said} (UTC${offset ? apart : ""})`;
}

const regions = new Intl.DisplayNames([locale], { type: "region" });

export function country(code) {
  try {
    return code ? regions.of(code) : "";
  } catch {
    return code;
  }
}

async function sent(body, more = {}) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", ...more.headers };
  if (session.token && !more.bare) headers.Authorization = `Bearer ${session.token}`;
  try {
    return await fetch("/graphql", {
      method: "POST", credentials: "omit", cache: "no-store", headers, body: JSON.stringify(body), signal: more.signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(say("ask.away"), "AWAY");
  }
}

function judged(body, status) {
  if (body.errors && body.errors.length) {
    const [first] = body.errors;
    const code = (first.extensions || {}).code || String(status);
    if (code === "UNAUTHENTICATED") {
      forget();
      throw new Refused(say("sign.ended"), code);
    }
    throw new Refused(`${first.message} (${code})`, code);
  }
  if (!body.data) throw new Refused(`${say("ask.failed")} (${status})`, String(status));
  return body.data;
}

async function posted(name, variables, bare = false) {
  const answer = await sent({ query: facts.operations[name], variables }, { bare });
  return judged(await answer.json().catch(() => ({})), answer.status);
}

// The data of an operation of the page. Throws Refused.
export async function ask(name, variables) {
  await fresh();
  return posted(name, variables);
}

// Send a file of a visitor who signed in; its id. Throws Refused.
export async function attach(file, purpose) {
  await fresh();
  const asked = new URLSearchParams({ purpose, name: file.name });
  const headers = { Accept: "application/json", Authorization: `Bearer ${session.token}`, "Content-Type": file.type || "application/octet-stream" };
  let answer;
  try {
    answer = await fetch(`/v1/attachments?${asked}`, { method: "POST", credentials: "omit", cache: "no-store", headers, body: file });
  } catch {
    throw new Refused(say("ask.away"), "AWAY");
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body.attachment_id;
  const [told] = body.errors || [];
  throw new Refused(`${file.name}: ${told ? told.message : `${say("ask.failed")} (${answer.status})`}`, String(answer.status));
}

async function change(name, input) {
  const [found] = Object.values(await posted(name, { input }, true));
  if (found.code) throw new Refused([found.message, found.hint].filter(Boolean).join(" "), found.code);
  return found;
}

async function fresh() {
  if (!session.refresh || Date.now() < session.ends - EARLY_MS) return;
  renewing = renewing || change("refresh", { refreshToken: session.refresh })
    .then((found) => begin(found, session.email))
    .catch((error) => {
      if (error.code === "AWAY") throw error;
      forget();
      throw new Refused(say("sign.ended"), "UNAUTHENTICATED");
    })
    .finally(() => { renewing = null; });
  await renewing;
}

function begin(found, email) {
  Object.assign(session, { token: found.accessToken, kind: found.kind, email, refresh: found.refreshToken, ends: Date.parse(found.expiresAt) });
  const { token, kind, ends } = session;
  window.sessionStorage.setItem(KEPT, JSON.stringify({ token, kind, email, ends }));
}

function forget() {
  Object.assign(session, { token: "", kind: "", email: "", ends: 0, refresh: "" });
  window.sessionStorage.removeItem(KEPT);
  document.dispatchEvent(new Event("signed-out"));
}

function remember() {
  try {
    const kept = JSON.parse(window.sessionStorage.getItem(KEPT));
    if (kept && Date.now() < kept.ends) Object.assign(session, kept);
  } catch {
    window.sessionStorage.removeItem(KEPT);
  }
  return Boolean(session.token);
}

// One block of a stream: its event and its data.
function block(text) {
  const found = { event: "message", data: "", id: null };
  for (const line of text.split("\n")) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) || [];
    if (name === "data") found.data += value;
    else if (name) found[name] = value;
  }
  return found;
}

async function read(answer, heard) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let kept = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return false;
    kept += value.replace(/\r\n?/g, "\n");
    const blocks = kept.split("\n\n");
    kept = blocks.pop();
    for (const each of blocks.map(block)) {
      if (each.event === "complete") return true;
      if (each.event === "next") heard(JSON.parse(each.data), each.id);
    }
  }
}

// Follow a subscription until `signal` ends it. EventSource sends no headers, so it is read here.
// `heard` gets the data of each event, `state` whether the stream is open. It is opened again
// shortly before the token ends, with the next one.
export async function follow(name, variables, { heard, state, signal }) {
  let last = null;
  for (let failures = 0; !signal.aborted;) {
    try {
      await fresh();
      const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
      const ends = session.refresh ? [signal, AbortSignal.timeout(session.ends - EARLY_MS - Date.now())] : [signal];
      const more = { headers, signal: AbortSignal.any(ends) };
      const answer = await sent({ query: facts.operations[name], variables }, more);
      const streams = (answer.headers.get("content-type") || "").startsWith("text/event-stream");
      if (!answer.ok || !streams) {
        judged(await answer.json().catch(() => ({})), answer.status);
      }
      state(true);
      const complete = await read(answer, (body, id) => {
        const data = judged(body, answer.status);
        failures = 0;
        last = id || last;
        heard(data);
      });
      if (complete) return;
    } catch (error) {
      if (signal.aborted || error.code === "UNAUTHENTICATED") return;
    }
    state(false);
    failures += 1;
    const wait = Math.min(30_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
    await new Promise((resolve) => { window.setTimeout(resolve, wait); });
  }
}

// Do what a person asked for: say so, and say what went wrong.
export async function doing(work) {
  complain("");
  tell(say("ask.wait"));
  try {
    await work();
  } catch (error) {
    if (error.name !== "AbortError") {
      complain(error instanceof Refused ? error.message : `${say("ask.failed")} ${error}`);
    }
  } finally {
    tell("");
  }
}

// Draw the forms, and call `ready` with who signed in, now or at the end of them.
export function signing(ready) {
  let challenge = null;
  const shown = (name) => {
    for (const each of ["email", "code"]) byId(`sign-${each}`).hidden = each !== name;
    byId("who").hidden = name !== null;
  };
  const entered = () => {
    byId("who-text").textContent = `${say("sign.as")} ${session.email}`;
    shown(null);
    ready({ kind: session.kind, email: session.email });
  };
  const form = (name, work) => byId(`sign-${name}`).addEventListener("submit", (event) => {
    event.preventDefault();
    const [button] = event.currentTarget.getElementsByTagName("button");
    button.disabled = true;
    doing(work).finally(() => { button.disabled = false; });
  });
  form("email", async () => {
    const input = { email: byId("email").value.trim(), locale: facts.language };
    challenge = (await change("code", input)).challenge;
    byId("code").value = "";
    shown("code");
    byId("code").focus();
  });
  form("code", async () => {
    const email = byId("email").value.trim();
    const app = byId("app").value.replace(/\s/g, "") || null;
    const input = { email, challenge, code: byId("code").value.replace(/\s/g, ""), secondFactor: app };
    try {
      begin(await change("signIn", input), email);
    } catch (error) {
      if (error.code === "SECOND_FACTOR_REQUIRED") {
        byId("app-row").hidden = false;
        byId("app").focus();
      }
      throw error;
    }
    byId("code").value = "";
    byId("app").value = "";
    entered();
  });
  byId("sign-again").addEventListener("click", () => { shown("email"); byId("email").focus(); });
  byId("sign-out").addEventListener("click", () => doing(async () => {
    await ask("signOut", {}).finally(forget);
  }));
  document.addEventListener("signed-out", () => shown("email"));
  if (remember()) entered();
  else shown("email");
}
