// What a market lacks before it opens, how far it is open, and what is paused in it.
"use strict";

import { ask, byId, country, day, doing, element, facts, moment, say, signing } from "./signed.js";
import { change } from "./once.js";

const RAIL = ["DRAFT", "READY", "INTERNAL", "SOFT", "PUBLIC"];
const NEXT = { DRAFT: "INTERNAL", READY: "INTERNAL", INTERNAL: "SOFT", SOFT: "PUBLIC" };
const STATES = ["FAIL", "WARN", "PASS"];
const SHOWN = 8;
const state = { code: null };

const filled = (key, ...values) => values.reduce((text, value, at) => text.replace(`{${at}}`, value), say(key));
const chosen = () => decodeURIComponent(window.location.hash.slice(1)).toUpperCase();

function panel(title, ...more) {
  const made = element("section", null, { class: "panel" });
  made.append(element("h2", title), ...more.flat().filter(Boolean));
  return made;
}

function button(text, act, kind) {
  const made = element("button", text, { type: "button", ...(kind ? { class: kind } : {}) });
  made.addEventListener("click", () => doing(act));
  return made;
}

function labelled(text, input) {
  const made = element("span");
  made.append(element("label", text, { for: input.id }), input);
  return made;
}

function mark(code) {
  return element("span", say(`check.${code}`), { class: `verdict-mark ${code}` });
}

// Where the market stands on its way, and whether it may go on.
function standing(found) {
  const at = RAIL.indexOf(found.market.stage);
  const rail = element("ol", null, { class: "stages" });
  RAIL.forEach((stage, n) => {
    const item = element("li", say(`stage.${stage}`), { class: n < at ? "passed" : "", ...(n === at ? { "aria-current": "step" } : {}) });
    rail.append(item);
  });
  const counts = Object.fromEntries(STATES.map((each) => [each, found.checks.filter((check) => check.state === each).length]));
  const tally = element("div", null, { class: "tally", role: "img", "aria-label": filled("launch.counts", counts.PASS, counts.WARN, counts.FAIL) });
  for (const each of ["PASS", "WARN", "FAIL"]) {
    const part = element("span", null, { class: each });
    part.style.width = `${(100 * counts[each]) / found.checks.length}%`;
    tally.append(part);
  }
  const verdict = found.ready ? say("launch.ready") : filled("launch.notready", counts.FAIL);
  const closed = at < 0 && element("p", say(`stage.${found.market.stage}`));
  const share = found.market.stage === "SOFT" && element("p", filled("launch.percent", found.percent));
  const made = panel(
    say("launch.stage"), rail, closed, share,
    element("p", verdict, { class: found.ready ? "verdict" : "verdict bad" }), tally,
    element("p", filled("launch.counts", counts.PASS, counts.WARN, counts.FAIL), { class: "quiet" }),
  );
  made.classList.add("wide");
  return made;
}

function duty(check) {
  const made = element("dl", null, { class: "duty" });
  const due = check.dueOn && element("dd", check.overdue ? filled("launch.overdue", day(check.dueOn)) : filled("launch.due", day(check.dueOn)), check.overdue ? { class: "bad" } : {});
  made.append(element("dt", say("launch.owner")), element("dd", check.owner || say("launch.nobody")), ...(due ? [due] : []));
  return made;
}

// A text in which `names` of the API stand between backquotes.
function withCode(text) {
  const made = element("p");
  text.split("`").forEach((part, at) => made.append(at % 2 ? element("code", part) : part));
  return made;
}

function seen(check) {
  if (!check.evidence.length) return null;
  const list = element("ul", null, { class: "seen" });
  for (const each of check.evidence.slice(0, SHOWN)) {
    const item = element("li", `${each.of} `);
    item.append(element("b", each.value));
    list.append(item);
  }
  const left = check.evidenceCount - Math.min(check.evidence.length, SHOWN);
  if (left > 0) list.append(element("li", filled("launch.more", left), { class: "quiet" }));
  return list;
}

function checkPart(check) {
  const made = element("li", null, { class: check.state, "data-check": check.code });
  const head = element("h3");
  head.append(mark(check.state), `${check.title} `, element("span", check.code, { class: "code" }));
  const todo = check.todo && withCode(`${say("launch.fix")}${check.todo}`);
  const vouched = check.attestedOn && element("p", filled("launch.attested", day(check.attestedOn), check.attestation), { class: "quiet" });
  made.append(head, ...[todo, seen(check), vouched, duty(check)].filter(Boolean));
  return made;
}

// What keeps it closed comes first; else in the order in which a market is made ready.
function checks(found) {
  const sorted = [...found.checks].sort((one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state));
  const list = element("ul", null, { class: "checks" });
  list.append(...sorted.map(checkPart));
  const made = element("section");
  made.append(element("h2", say("launch.checks")), list);
  return made;
}

function pauses(found) {
  const list = element("ul", null, { class: "plain" });
  for (const each of found.pauses) {
    const item = element("li");
    const of = { market: state.code, scope: each.scope, ...(each.category ? { category: each.category } : {}) };
    item.append(
      element("strong", `${say(`pause.${each.scope}`)}${each.category ? ` · ${each.category}` : ""}`),
      element("span", filled("launch.since", moment(each.since)), { class: "quiet" }),
      button(say("launch.resume"), () => changed("resume", of)),
    );
    list.append(item);
  }
  const what = element("select", null, { id: "scope" });
  what.append(...facts.scopes.map((scope) => element("option", say(`pause.${scope}`), { value: scope })));
  const why = element("input", null, { id: "why", type: "text", maxlength: 500, required: "" });
  const form = element("form", null, { class: "doings" });
  form.append(labelled(say("launch.pause.what"), what), labelled(say("launch.pause.why"), why), element("button", say("launch.pause"), { id: "halt" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(() => changed("pause", { market: state.code, scope: what.value, reason: why.value }));
  });
  const made = panel(
    say("launch.pauses"), found.pauses.length ? list : element("p", say("launch.running")), form,
    element("p", say("launch.pause.note"), { class: "quiet" }),
  );
  if (found.pauses.length) made.classList.add("halted");
  return made;
}

function opening(found) {
  const doings = element("div", null, { class: "doings" });
  const to = NEXT[found.market.stage];
  const share = element("input", null, { id: "share", type: "number", min: 1, max: 100, value: 10 });
  if (to === "SOFT") doings.append(labelled(say("launch.open.share"), share));
  if (to) {
    doings.append(button(filled("launch.open.to", say(`stage.${to}`)), async () => {
      const more = to === "SOFT" ? { percent: Number(share.value) } : {};
      try {
        await changed("open", { market: state.code, stage: to, ...more });
      } catch (error) {
        if (error.code !== "FOUR_EYES_REQUIRED") throw error;
        await show();
      }
    }, "primary"));
  }
  if (found.market.stage === "SOFT") doings.append(button(say("launch.open.back"), () => changed("open", { market: state.code, stage: "INTERNAL" })));
  const list = element("ul", null, { class: "plain", id: "requests" });
  for (const each of found.openings) list.append(request(each));
  return panel(
    say("launch.open"), doings, element("p", say("launch.open.note"), { class: "quiet" }),
    element("h3", say("launch.requests")), found.openings.length ? list : element("p", say("launch.requests.none")),
  );
}

function request(each) {
  const item = element("li");
  const share = each.stage === "SOFT" ? ` ${each.percent} %` : "";
  item.append(element("strong", `${say(`stage.${each.stage}`)}${share}`), element("span", say(`opening.${each.state}`)));
  if (each.state === "OPEN") {
    item.append(element("span", filled("launch.until", moment(each.expiresAt)), { class: "quiet" }));
    if (each.mine) item.append(element("span", say("launch.mine"), { class: "quiet" }));
    else item.append(button(say("launch.agree"), () => changed("decide", { approvalId: each.id, agree: true }), "primary"));
    item.append(button(say("launch.refuse"), () => changed("decide", { approvalId: each.id, agree: false, reason: say("launch.refuse.why") })));
  } else {
    item.append(element("span", moment(each.decidedAt || each.requestedAt), { class: "quiet" }));
  }
  if (each.reason) item.append(element("span", each.reason, { class: "quiet" }));
  return item;
}

function rehearsal(found) {
  const last = found.rehearsal;
  const list = element("ol", null, { class: "plain" });
  for (const step of last ? last.steps : []) {
    const item = element("li");
    item.append(mark(step.passed ? "PASS" : "FAIL"), element("span", say(`step.${step.name}`)), element("span", step.code || step.said, { class: "quiet" }));
    list.append(item);
  }
  const when = last ? element("p", moment(last.at), { class: "quiet" }) : element("p", say("launch.rehearsal.none"));
  return panel(
    say("launch.rehearsal"), when, list, button(say("launch.rehearse"), () => changed("rehearse", { market: state.code })),
    element("p", say("launch.rehearsal.note"), { class: "quiet" }),
  );
}

function prices(terms) {
  const said = terms
    ? filled("launch.prices.terms", terms.terms.from, Number(terms.terms.rate), day(terms.terms.rateOn), day(terms.appliedAt))
    : say("launch.prices.none");
  return panel(say("launch.prices"), element("p", said));
}

async function changed(name, input) {
  await change(name, input);
  await show();
}

async function show() {
  const found = await ask("readiness", { code: state.code, locale: facts.language });
  const of = found.marketReadiness;
  if (!of) return;
  const title = element("h2", `${of.market.countries.map(country).join(", ")} · ${of.market.currency}`, { id: "board-title", tabindex: "-1" });
  const parts = element("div", null, { class: "board" });
  parts.append(standing(of), pauses(of), opening(of), rehearsal(of), prices(found.marketPriceTerms));
  byId("board").replaceChildren(title, parts, checks(of));
  byId("board").hidden = false;
}

async function load() {
  const { viewer, markets } = await ask("places", {});
  const mine = viewer.markets && viewer.markets.length ? markets.filter((each) => viewer.markets.includes(each.code)) : markets;
  const named = mine.map((each) => [each, country(each.code)]).sort(([, one], [, other]) => one.localeCompare(other));
  byId("place").replaceChildren(...named.map(([each, name]) => element("option", `${name} · ${say(`stage.${each.stage}`)}`, { value: each.code })));
  byId("choice").hidden = !mine.length;
  if (!mine.length) return;
  state.code = mine.some((each) => each.code === chosen()) ? chosen() : byId("place").value;
  byId("place").value = state.code;
  await show();
}

byId("place").addEventListener("change", () => doing(async () => {
  state.code = byId("place").value;
  window.history.replaceState(null, "", `#${encodeURIComponent(state.code)}`);
  await show();
}));
document.addEventListener("signed-out", () => {
  byId("choice").hidden = true;
  byId("board").hidden = true;
  byId("board").replaceChildren();
});
signing(() => doing(load));
