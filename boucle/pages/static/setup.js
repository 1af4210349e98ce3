// From a merchant's file to its offers, by the public API alone.
// The key lives in one variable here: in no address, no cookie, no storage.
"use strict";

const facts = JSON.parse(document.getElementById("setup-facts").textContent);
const say = (key) => facts.words[key] || key;
const byId = (id) => document.getElementById(id);
const STEPS = ["key", "feed", "file", "look", "try", "done"];
const ENDED = ["PREVIEWED", "HELD", "COMPLETED", "UNCHANGED", "SUPERSEDED", "CANCELLED", "EXPIRED", "FAILED"];
const OUTCOME_FIELDS = {
  CREATED: "created", UPDATED: "updated", UNCHANGED: "unchanged", DELETED: "deleted",
  IGNORED_STALE: "ignoredStale", PENDING_PRODUCT: "pendingProduct", REJECTED: "rejected",
};
const POLL_MS = 400;
const MOST_POLLS = 600;
const SURE = 50;
const SVG = "http://www.w3.org/2000/svg";

const state = { key: "", feeds: [], feed: null, preview: null, run: null };

class Refused extends Error {}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function once() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function answered(path, options) {
  let answer;
  try {
    answer = await fetch(path, {
      ...options,
      method: "POST",
      credentials: "omit",
      cache: "no-store",
      headers: { ...options.headers, Authorization: `Bearer ${state.key}` },
    });
  } catch {
    throw new Refused(say("step.late"));
  }
  const body = await answer.json().catch(() => ({}));
  if (body.errors && body.errors.length) {
    const first = body.errors[0];
    const more = first.extensions || {};
    throw new Refused(`${first.message} (${more.reason || more.code || answer.status})`);
  }
  if (!answer.ok) throw new Refused(`${say("step.failed")} (${answer.status})`);
  return body;
}

async function ask(name, variables) {
  const body = await answered("/graphql", {
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ query: facts.operations[name], variables }),
  });
  return Object.values(body.data)[0];
}

async function change(name, input) {
  const found = await ask(name, { input: { ...input, idempotencyKey: once() } });
  if (found.code) throw new Refused([found.message, found.hint].filter(Boolean).join(" "));
  return found;
}

function send(query) {
  const path = `/v1/feeds/${encodeURIComponent(state.feed.id)}/files?${query}`;
  return answered(path, { headers: { "Content-Type": "application/octet-stream" }, body: chosenFile() });
}

function chosenFile() {
  const [file] = byId("file").files;
  if (!file) throw new Refused(say("step.none"));
  return file;
}

async function until(read, ended) {
  for (let turn = 0; turn < MOST_POLLS; turn += 1) {
    const found = await read();
    if (found && ended(found)) return found;
    await new Promise((resolve) => { window.setTimeout(resolve, POLL_MS); });
  }
  throw new Refused(say("step.late"));
}

function show(step) {
  const at = STEPS.indexOf(step);
  STEPS.forEach((name, place) => { byId(`step-${name}`).hidden = place > at; });
  byId(`step-${step}`).querySelector("h2").focus();
}

function tell(key) {
  byId("status").textContent = key ? say(key) : "";
}

function complain(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = !text;
}

function step(name, work) {
  byId(`step-${name}`).addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const buttons = [...form.querySelectorAll("button")];
    complain("");
    buttons.forEach((button) => { button.disabled = true; });
    try {
      await work(event.submitter);
      tell("step.ready");
    } catch (error) {
      tell("");
      complain(error instanceof Refused ? error.message : `${say("step.failed")} ${error}`);
    } finally {
      buttons.forEach((button) => { button.disabled = false; });
    }
  });
}

function fill(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text]) => element("option", text, { value })));
  select.value = chosen ?? "";
}

function showNew() {
  byId("new-feed").hidden = byId("feed").value !== "";
  byId("name").required = byId("feed").value === "";
}

step("key", async () => {
  tell("step.asking");
  state.key = byId("key").value.trim();
  state.feeds = await ask("feeds", {});
  const pairs = state.feeds.map((feed) => [feed.id, `${feed.name} · ${feed.mode}`]);
  fill(byId("feed"), [...pairs, ["", say("step.new")]], state.feeds.length ? state.feeds[0].id : "");
  showNew();
  show("feed");
});

byId("feed").addEventListener("change", showNew);

step("feed", async () => {
  tell("step.saving");
  const known = state.feeds.find((feed) => feed.id === byId("feed").value);
  if (known) {
    state.feed = await ask("feed", { id: known.id });
  } else {
    const made = await change("create", { name: byId("name").value, mode: byId("mode").value });
    state.feed = { ...made.feed, settings: { mapping: [] } };
    state.feeds.push(state.feed);
    const last = byId("feed").lastElementChild;
    last.before(element("option", `${made.feed.name} · ${made.feed.mode}`, { value: made.feed.id }));
    byId("feed").value = made.feed.id;
    showNew();
  }
  show("file");
});

step("file", look);

async function look() {
  tell("step.sending");
  const sent = await send("preview=true");
  tell("step.looking");
  const read = () => ask("preview", { id: sent.preview_id });
  state.preview = await until(read, (found) => found.state !== "WAITING");
  if (state.preview.state === "FAILED") throw new Refused(`${state.preview.fileCode}: ${state.preview.detail}`);
  drawPreview(state.preview);
  show("look");
}

function preferred(column, at, preview) {
  if (column.reads !== null) return column.reads;
  const graded = preview.columns.some((each) => each.reads === "grade");
  if (!graded && preview.gradeColumn === column.name) return "grade";
  return column.suggestion !== null && column.confidence >= SURE ? column.suggestion : "";
}

function drawPreview(preview) {
  const said = [preview.format, preview.encoding, preview.sheet, preview.separator === "\t" ? "TAB" : preview.separator];
  byId("facts").textContent = said.filter(Boolean).join(" · ");
  const doubts = [];
  if (!preview.encodingSure) doubts.push(say("step.unsure"));
  if (preview.missing.length) doubts.push(`${say("step.missing")} ${preview.missing.join(", ")}`);
  byId("doubt").textContent = doubts.join(" ");
  byId("doubt").hidden = doubts.length === 0;
  const encodings = [...new Set([preview.encoding, ...facts.encodings])];
  fill(byId("encoding"), encodings.map((name) => [name, name]), preview.encoding);
  const marks = [["", say("step.auto")], ["DOT", say("step.DOT")], ["COMMA", say("step.COMMA")]];
  fill(byId("decimal"), marks, preview.decimal);
  fill(byId("fixed"), grades(say("step.leave")), byId("fixed").value);
  byId("table").replaceChildren(previewTable(preview));
  byId("words").replaceChildren(...(preview.gradeWords.length ? wordTable(preview) : []));
}

function grades(none) {
  return [["", none], ...facts.grades.map((grade) => [grade, say(`grade.${grade}`)])];
}

function scrolling(caption, rows) {
  const table = element("table");
  table.append(element("caption", caption), ...rows);
  const region = element("div", null, { class: "scroll", tabindex: "0", role: "region", "aria-label": caption });
  region.append(table);
  return region;
}

function heads(names) {
  const row = element("tr");
  row.append(...names.map((name) => element("th", name, { scope: "col" })));
  const head = element("thead");
  head.append(row);
  return head;
}

function previewTable(preview) {
  const names = element("tr");
  const choices = element("tr");
  names.append(element("th", say("step.line"), { scope: "col" }));
  choices.append(element("th", say("step.field"), { scope: "row" }));
  preview.columns.forEach((column, at) => {
    names.append(element("th", column.name || `(${at + 1})`, { scope: "col" }));
    choices.append(fieldChoice(column, at, preview));
  });
  const head = element("thead");
  head.append(names, choices);
  const body = element("tbody");
  for (const line of preview.lines) {
    const row = element("tr");
    row.append(element("th", line.line, { scope: "row" }));
    preview.columns.forEach((_, at) => row.append(element("td", line.cells[at] ?? "")));
    body.append(row);
  }
  return scrolling(say("step.first"), [head, body]);
}

function fieldChoice(column, at, preview) {
  const chosen = preferred(column, at, preview);
  const known = new Set(["", ...facts.fields, chosen].filter((name) => name !== ""));
  const select = element("select", null, {
    "data-column": at,
    "aria-label": `${say("step.field")}: ${column.name}`,
  });
  fill(select, [["", say("step.leave")], ...[...known].map((name) => [name, name])], chosen);
  const cell = element("td");
  cell.append(select);
  const guessed = column.reads === null && chosen !== "";
  if (guessed) cell.append(element("span", `${say("step.guess")} · ${column.confidence} %`, { class: "quiet" }));
  return cell;
}

function wordTable(preview) {
  const body = element("tbody");
  preview.gradeWords.forEach((word, at) => {
    const select = element("select", null, { "data-word": at, "aria-label": `${say("step.grade")}: ${word.word}` });
    fill(select, grades(say("step.leave")), word.grade);
    const row = element("tr");
    const cell = element("td");
    cell.append(select);
    row.append(element("th", word.word, { scope: "row" }), element("td", word.count), cell);
    body.append(row);
  });
  const head = heads([say("step.word"), say("step.lines"), say("step.grade")]);
  return [scrolling(say("step.words"), [head, body])];
}

function chosenMapping() {
  const stored = new Map((state.feed.settings.mapping || []).map((each) => [each.column, each.field]));
  const seen = new Set();
  for (const select of byId("table").querySelectorAll("select")) {
    const column = state.preview.columns[Number(select.dataset.column)];
    const field = select.value || null;
    if (field !== null && seen.has(field)) throw new Refused(`${say("step.twice")} ${field}`);
    if (field !== null) seen.add(field);
    if (column.name && (field !== column.reads || stored.has(column.name))) stored.set(column.name, field);
  }
  const fields = [...stored].filter(([, field]) => field === null || facts.fields.includes(field) || field.includes("["));
  return fields.map(([column, field]) => ({ column, field }));
}

function chosenWords() {
  const words = [];
  for (const select of byId("words").querySelectorAll("select")) {
    if (select.value) words.push({ word: state.preview.gradeWords[Number(select.dataset.word)].word, grade: select.value });
  }
  return words;
}

step("look", async (button) => {
  tell("step.saving");
  const settings = {
    mapping: chosenMapping(),
    gradeWords: chosenWords(),
    decimal: byId("decimal").value || null,
    fixedGrade: byId("fixed").value || null,
    separator: state.preview.separator,
    sheet: state.preview.sheet,
  };
  if (!state.preview.encodingSure) settings.encoding = byId("encoding").value;
  const saved = await change("update", { id: state.feed.id, settings });
  Object.assign(state.feed, saved.feed);
  if (button && button.value === "again") {
    await look();
    return;
  }
  tell("step.sending");
  const sent = await send("dry_run=true");
  state.run = await ran(sent.run_id);
  drawRun(byId("tried"), state.run, say("step.absent"));
  byId("apply").hidden = !["PREVIEWED", "HELD"].includes(state.run.state);
  show("try");
});

async function ran(id, since = null) {
  tell("step.running");
  const variables = { id, outcome: "REJECTED", first: 20, after: null, locale: facts.language };
  return until(() => ask("run", variables), (run) => ENDED.includes(run.state) && run.state !== since);
}

step("try", async () => {
  const before = state.run.state;
  await change("apply", { runId: state.run.id });
  state.run = await ran(state.run.id, before);
  if (state.run.state === "HELD") {
    drawRun(byId("tried"), state.run, say("step.absent"));
    return;
  }
  drawRun(byId("applied"), state.run, say("step.gone"));
  show("done");
});

step("done", async () => {
  byId("file").value = "";
  show("file");
});

function drawRun(into, run, absent) {
  const parts = facts.outcomes.map((outcome) => [outcome, run[OUTCOME_FIELDS[outcome]]]).filter(([, count]) => count > 0);
  const made = [element("p", `${run.linesRead} ${say("step.read")}`)];
  if (run.fileCode) {
    const held = run.fileCode === "GUARD_HELD" ? `${say("step.held")} ` : "";
    made.push(element("p", `${held}${run.fileCode} ${run.detail || ""}`, { class: "notice" }));
  }
  if (parts.length) made.push(bar(parts), legend(parts));
  if (run.absent) made.push(element("p", `${run.absent} ${absent}`));
  if (run.lines.edges.length) made.push(wrongLines(run.lines.edges.map((edge) => edge.node)));
  into.replaceChildren(...made);
}

function bar(parts) {
  const whole = parts.reduce((sum, [, count]) => sum + count, 0);
  const shares = parts.map(([outcome, count]) => [outcome, Math.max(count, whole / 100)]);
  const drawn = shares.reduce((sum, [, share]) => sum + share, 0);
  const svg = document.createElementNS(SVG, "svg");
  const label = parts.map(([outcome, count]) => `${count} ${say(`outcome.${outcome}`)}`).join(", ");
  for (const [key, value] of [["class", "bar"], ["viewBox", "0 0 100 6"], ["preserveAspectRatio", "none"], ["role", "img"], ["aria-label", label]]) {
    svg.setAttribute(key, value);
  }
  let start = 0;
  for (const [outcome, share] of shares) {
    const rect = document.createElementNS(SVG, "rect");
    const width = (100 * share) / drawn;
    for (const [key, value] of [["class", `outcome-${outcome}`], ["x", start], ["width", width], ["height", 6]]) rect.setAttribute(key, value);
    svg.append(rect);
    start += width;
  }
  return svg;
}

function legend(parts) {
  const list = element("ul", null, { class: "key" });
  for (const [outcome, count] of parts) {
    const item = element("li");
    item.append(element("i", null, { class: `dot outcome-${outcome}`, "aria-hidden": "true" }));
    item.append(`${count} ${say(`outcome.${outcome}`)}`);
    list.append(item);
  }
  return list;
}

function wrongLines(lines) {
  const body = element("tbody");
  for (const line of lines) {
    const [problem] = line.problems;
    const row = element("tr");
    row.append(element("th", line.line, { scope: "row" }), element("td", line.sku ?? ""));
    const said = problem ? [problem.code, problem.value ?? "", problem.message, problem.suggestion ?? ""] : ["", "", "", ""];
    row.append(...said.map((text) => element("td", text)));
    body.append(row);
  }
  const names = [say("step.line"), "SKU", "", "", say("step.message"), say("step.suggestion")];
  return scrolling(say("step.wrong"), [heads(names), body]);
}
