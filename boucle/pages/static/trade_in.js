// From a device in a drawer to its money, by the public API alone; and what becomes of it, live.
"use strict";

import { ask, attach, byId, complain, day, doing, drawn, element, facts, follow, locale, moment, money, Refused, say, signing, tell } from "./signed.js";
import { change } from "./once.js";

const STEPS = ["device", "state", "bids", "send"];
const PAGE = 24;
const WIDTH = 320;
const CARD = ["ID_FRONT", "ID_BACK"];
const state = { who: null, variant: null, papers: [], answers: [], quote: null, token: null, bid: null, one: null, stop: null, cursor: null };

const filled = (key, ...values) => values.reduce((text, value, at) => text.replace(`{${at}}`, value), say(key));
const share = (value) => new Intl.NumberFormat(locale, { style: "percent" }).format(value);
const chosen = () => decodeURIComponent(window.location.hash.slice(1));

function show(step) {
  for (const name of STEPS) byId(`step-${name}`).hidden = name !== step;
  for (const name of ["sign", "step-accept"]) if (step !== "bids") byId(name).hidden = true;
}

function at(step) {
  const place = STEPS.indexOf(step);
  show(step);
  STEPS.forEach((name, n) => {
    const mark = byId("way").querySelector(`[data-step="${name}"]`);
    mark.querySelector("button").disabled = n >= place || Boolean(state.one);
    mark.classList.toggle("done", n < place);
    if (n === place) mark.setAttribute("aria-current", "step");
    else mark.removeAttribute("aria-current");
  });
}

function go(step) {
  at(step);
  facing(byId(`step-${step}`).querySelector("h2"));
}

function facing(title) {
  title.focus();
  title.scrollIntoView({ block: "start" });
}

function chip(text, pick) {
  const item = element("li");
  const button = element("button", text, { type: "button", "aria-pressed": "false" });
  button.addEventListener("click", () => {
    for (const each of item.parentElement.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
    doing(pick);
  });
  item.append(button);
  return item;
}

// 1. The device.
async function find() {
  const { search } = await ask("find", { market: facts.market, term: byId("term").value.trim() });
  const seen = new Map(search.edges.map(({ node }) => [node.product.slug, node.product]));
  byId("variants").hidden = true;
  byId("found").replaceChildren(...[...seen.values()].map((each) => chip(each.title, () => variants(each.slug))));
  if (!seen.size) throw new Refused(say("sell.device.none"));
}

async function variants(slug) {
  const { product } = await ask("variants", { slug, locale: facts.language });
  const named = (each) => each.attributes.map((fact) => fact.label).join(" · ") || product.title;
  byId("product").textContent = product.title;
  byId("variant-list").replaceChildren(...product.variants.map((each) => chip(named(each), () => questions(product, each, named(each)))));
  byId("variants").hidden = false;
}

// 2. Its condition.
async function questions(product, variant, named) {
  const asked = { market: facts.market, category: product.category, locale: facts.language };
  const { tradeInQuestionnaire: found } = await ask("questions", asked);
  if (found.code) throw new Refused(found.message, found.code);
  state.variant = variant;
  state.papers = found.programme.identityDocuments;
  for (const each of document.querySelectorAll(".chosen")) each.textContent = `${product.title} · ${named}`;
  byId("questions").replaceChildren(...found.questions.map(question));
  go("state");
}

function question(of) {
  const field = element("fieldset");
  field.append(element("legend", of.text));
  if (of.help) field.append(element("p", of.help, { class: "quiet" }));
  for (const answer of of.answers) {
    const label = element("label");
    label.append(element("input", null, { type: "radio", name: of.code, value: answer.code, required: "" }), ` ${answer.text}`);
    field.append(label);
  }
  return field;
}

async function estimate() {
  const given = new FormData(byId("step-state"));
  state.answers = [...given.entries()].map(([name, answer]) => ({ question: name, answer }));
  const asked = { market: facts.market, variantId: state.variant.id, answers: state.answers, locale: facts.language };
  const { tradeInEstimate: found } = await ask("estimate", asked);
  if (found.code) throw new Refused(found.reasonText || found.message, found.code);
  byId("value").replaceChildren(worth(found), ...curve(found.value.curve));
  offered([]);
  go("bids");
}

// 3. What it is worth, now and later, and the bids.
function worth(found) {
  const { band } = found.value;
  const told = element("div");
  told.append(element("p", say(`tradein.grade.${found.grade}`), { class: "quiet" }));
  if (band.best) {
    told.append(element("p", `${say("sell.worth")} `), element("p", money(band.best), { class: "price" }));
    told.append(element("p", filled("sell.band", money(band.low), money(band.high), band.n), { class: "quiet" }));
  } else {
    told.append(element("p", filled("sell.few", band.counted, band.needed)));
  }
  told.append(element("p", found.adviceText));
  return told;
}

function curve(of) {
  if (!of) return [];
  const figure = element("figure", null, { class: "plot" });
  const most = Math.max(...of.points.map((point) => Number(point.value.amount)), 1);
  const last = Math.max(...of.points.map((point) => point.months), 1);
  const x = (point) => 24 + (point.months / last) * (WIDTH - 60);
  const y = (point) => 108 - (Number(point.value.amount) / most) * 84;
  const told = of.points.map((point) => `${point.months}: ${money(point.value)}`).join(", ");
  const plot = drawn("svg", { viewBox: `0 0 ${WIDTH} 132`, role: "img", "aria-label": `${say("sell.curve")} ${told}` });
  plot.append(drawn("line", { class: "ground", x1: 16, x2: WIDTH - 16, y1: 108, y2: 108 }));
  plot.append(drawn("polyline", { class: "line", points: of.points.map((point) => `${x(point)},${y(point)}`).join(" ") }));
  of.points.forEach((point, n) => {
    plot.append(drawn("circle", { class: "point", cx: x(point), cy: y(point), r: 3.5 }));
    if (n !== 1) plot.append(drawn("text", { x: x(point), y: y(point) - 8, "text-anchor": "middle" }, money(point.value)));
    plot.append(drawn("text", { class: "axis", x: x(point), y: 124, "text-anchor": "middle" }, String(point.months)));
  });
  figure.append(element("figcaption", say("sell.curve")), plot, element("p", of.method, { class: "quiet" }));
  return [figure];
}

async function quote() {
  const number = byId("number").value.trim();
  const digits = number.replace(/[\s./-]/g, "");
  const named = /^\d{14,16}$/.test(digits) ? { imei: digits } : { serial: number || null };
  const input = { market: facts.market, variantId: state.variant.id, answers: state.answers, ...named };
  const made = await change("quote", input, { locale: facts.language });
  state.quote = made.quote;
  state.token = made.token;
  offered(made.quote.bids);
  byId("until").textContent = made.quote.bids.length ? filled("sell.until", day(made.quote.expiresAt)) : say("sell.none");
  byId("until").scrollIntoView({ block: "nearest" });
}

function offered(bids) {
  byId("bids").replaceChildren(...bids.map(bidItem));
  byId("until").textContent = "";
  byId("sign").hidden = true;
  byId("step-accept").hidden = true;
}

function bidItem(bid) {
  const item = element("li");
  item.append(element("p", bid.merchant.name));
  item.append(element("p", money(bid.amount), { class: "price" }));
  const more = [filled("sell.expected", money(bid.expectedAmount)), filled("sell.rate", share(bid.counterOfferRate)), filled("sell.days", bid.payWithinDays)];
  if (bid.inCountry) more.push(say("sell.near"));
  item.append(element("p", more.join(" · "), { class: "quiet" }));
  const take = element("p", null, { class: "take" });
  const button = element("button", say("sell.take"), { type: "button" });
  button.addEventListener("click", () => { state.bid = bid; accepting(); });
  take.append(button);
  item.append(take);
  return item;
}

function accepting() {
  byId("taken").textContent = filled("sell.taken", state.bid.merchant.name, money(state.bid.amount));
  byId("sign").hidden = Boolean(state.who);
  byId("step-accept").hidden = !state.who;
  byId("papers").replaceChildren(...papers());
  const title = state.who ? byId("step-accept").querySelector("h2") : byId("sign-title");
  facing(title);
}

// The papers that the market asks for; a passport stands for both sides of a card.
function papers() {
  const asked = state.papers || [];
  if (!asked.length) return [];
  const cards = asked.filter((kind) => CARD.includes(kind));
  const box = element("div");
  const files = (kinds) => box.replaceChildren(...kinds.map((kind) => {
    const row = element("p");
    row.append(element("label", say(`sell.paper.${kind}`), { for: `paper-${kind}` }), " ", element("input", null, { type: "file", id: `paper-${kind}`, "data-kind": kind, accept: "image/*,application/pdf", required: "" }));
    return row;
  }));
  const others = asked.filter((kind) => !CARD.includes(kind));
  const choices = [["sell.paper.card", asked], ["sell.paper.PASSPORT", ["PASSPORT", ...others]]].map(([key, kinds], n) => {
    const label = element("label");
    const pick = element("input", null, { type: "radio", name: "paper", ...(n ? {} : { checked: "" }) });
    pick.addEventListener("change", () => files(kinds));
    label.append(pick, ` ${say(key)}`);
    return label;
  });
  files(asked);
  const made = element("fieldset");
  made.append(element("legend", say("sell.papers")), element("p", say("sell.papers.hint"), { class: "quiet" }), ...(cards.length ? choices : []), box);
  return [made];
}

async function shown() {
  const found = [];
  for (const input of byId("papers").querySelectorAll("[data-kind]")) {
    found.push({ kind: input.dataset.kind, attachmentId: await attach(input.files[0], "identity_document") });
  }
  return found;
}

async function accept() {
  const form = new FormData(byId("step-accept"));
  const payout = form.get("payout");
  const account = payout === "BANK" ? { iban: byId("iban").value.trim(), name: byId("holder").value.trim() } : null;
  const input = { quoteId: state.quote.id, bidId: state.bid.bidId, payout, declarations: form.getAll("declare"), token: state.token, payoutAccount: account, documents: await shown() };
  const { tradeIn } = await change("accept", input, { locale: facts.language });
  offered([]);
  window.location.hash = encodeURIComponent(tradeIn.id);
}

// 4. Sent, and followed.
function sending(one) {
  byId("checklist").replaceChildren(element("legend", say("sell.checklist")), ...one.checklist.map((step) => {
    const label = element("label");
    label.append(element("input", null, { type: "checkbox", name: "ticked", value: step.code, required: "" }), ` ${step.text}`);
    return label;
  }));
  at("send");
}

async function confirm() {
  const ticked = new FormData(byId("step-send")).getAll("ticked");
  const address = {
    name: byId("name").value.trim(), street: [byId("street").value.trim()], postalCode: byId("postal").value.trim(), city: byId("city").value.trim(), country: facts.market,
  };
  const { tradeIn } = await change("confirm", { tradeInId: state.one.id, ticked, address }, { locale: facts.language });
  told(tradeIn);
}

function panel(title, ...more) {
  const made = element("section", null, { class: "panel" });
  made.append(element("h2", title), ...more);
  return made;
}

function act(label, name, input, primary) {
  const button = element("button", label, { type: "button", ...(primary ? { class: "primary" } : {}) });
  button.addEventListener("click", () => doing(async () => {
    const { tradeIn } = await change(name, { tradeInId: state.one.id, ...input }, { locale: facts.language });
    told(tradeIn);
  }));
  return button;
}

function link(label, href) {
  return element("a", label, { href, class: "button", target: "_blank", rel: "noopener" });
}

function waiting(one) {
  const found = [];
  if (one.state === "COUNTER_OFFERED" && one.counterOffer) {
    const less = one.counterOffer;
    const asked = panel(say("sell.todo"), element("p", filled("sell.less", money(less.amount), money(one.bid)), { class: "price" }), element("p", less.reasons.map((each) => say(`tradein.reason.${each}`)).join(", ")));
    less.photos.forEach((photo, n) => asked.append(link(`${say("sell.photo")} ${n + 1}`, photo.url), " "));
    asked.append(element("p", filled("sell.answer", moment(less.answerBy)), { class: "quiet" }), act(say("sell.yes"), "answer", { accept: true }, true), " ", act(say("sell.no"), "answer", { accept: false }));
    found.push(asked);
  }
  for (const action of one.actions.filter((each) => !each.done)) {
    const steps = element("ol");
    steps.append(...action.steps.map((text) => element("li", text)));
    found.push(panel(`${say("sell.todo")}: ${action.title}`, steps, act(say("sell.done"), "resolve", { action: action.reason }, true)));
  }
  found.forEach((each) => each.classList.add("todo"));
  return found;
}

function parcels(one) {
  const found = one.labels.map((label) => {
    const row = element("p");
    row.append(`${say(`purpose.${label.purpose}`)} · ${facts.carriers[label.carrier] || label.carrier} ${label.trackingNumber || ""} `);
    row.append(label.documentUrl ? link(say("sell.label"), label.documentUrl) : element("span", say("sell.label.wait"), { class: "quiet" }));
    return row;
  });
  return found.length ? [panel(say("sell.step.send"), ...found)] : [];
}

function history(one) {
  const list = element("ol", null, { class: "timeline" });
  for (const move of one.moves) {
    const item = element("li", null, { class: "move" });
    item.append(element("time", moment(move.at), { datetime: move.at }), element("strong", say(`tradein.state.${move.to}`)));
    const because = move.reason && facts.words[`tradein.because.${move.reason}`];
    if (because) item.append(" ", element("span", because, { class: "quiet" }));
    list.append(item);
  }
  return panel(say("sell.history"), list);
}

function told(one) {
  state.one = one;
  const box = byId("told");
  const head = element("div");
  head.append(element("h2", `${one.variant.title} · ${one.number}`, { tabindex: "-1" }));
  const now = element("p");
  now.append(element("span", say(`tradein.state.${one.state}`), { class: `state tradein-${one.state}` }), ` ${one.merchantName}`);
  head.append(now, element("p", money(one.finalAmount || one.bid), { class: "price" }));
  if (one.deadlineAt) head.append(element("p", `${say("sell.deadline")} ${moment(one.deadlineAt)}`, { class: "quiet" }));
  if (one.account) head.append(element("p", one.account, { class: "quiet" }));
  if (one.certificate) head.append(link(say("sell.certificate"), one.certificate.documentPath), " ");
  if (one.receipt) head.append(link(say("sell.receipt"), one.receipt.documentUrl));
  const columns = element("div", null, { class: "told" });
  const left = element("div");
  const right = element("div");
  left.append(...waiting(one), history(one));
  right.append(...parcels(one));
  if (["CREATED", "LABEL_SENT"].includes(one.state)) {
    const row = element("p");
    row.append(act(say("sell.cancel"), "cancel", {}));
    right.append(row);
  }
  columns.append(left, right);
  const back = element("p", null, { class: "crumbs" });
  back.append(element("a", say("sell.back"), { href: "#" }));
  box.replaceChildren(back, head, columns);
  box.hidden = false;
  byId("list").hidden = true;
  byId("sign").hidden = true;
  byId("way").hidden = one.state !== "CREATED";
  if (one.state === "CREATED") sending(one);
  else show("");
}

async function mine(again) {
  if (again) state.cursor = null;
  const { tradeIns } = await ask("mine", { first: PAGE, after: state.cursor });
  const items = tradeIns.edges.map(({ node }) => {
    const item = element("li", null, { class: "order" });
    const head = element("p");
    head.append(element("a", node.variant.title, { href: `#${encodeURIComponent(node.id)}` }), " ", element("span", say(`tradein.state.${node.state}`), { class: `state tradein-${node.state}` }));
    item.append(head, element("p", [node.number, node.merchantName, day(node.createdAt)].join(" · "), { class: "quiet" }), element("p", money(node.finalAmount || node.bid), { class: "price" }));
    return item;
  });
  byId("mine").replaceChildren(...(again ? [] : byId("mine").children), ...items);
  state.cursor = tradeIns.pageInfo.endCursor;
  byId("more").hidden = !tradeIns.pageInfo.hasNextPage;
  byId("list").hidden = !byId("mine").childElementCount;
}

async function open() {
  if (state.stop) state.stop.abort();
  const id = chosen();
  if (!id || !state.who) {
    state.one = null;
    byId("told").hidden = true;
    byId("way").hidden = false;
    at(state.bid && !id ? "bids" : "device");
    if (state.who) await mine(true);
    return;
  }
  const { tradeIn } = await ask("one", { id, locale: facts.language });
  if (!tradeIn) throw new Refused(say("journey.unknown"));
  told(tradeIn);
  state.stop = new AbortController();
  const { signal } = state.stop;
  follow("follow", { id }, {
    signal,
    state: () => {},
    heard: ({ tradeInChanged: changed }) => {
      if (changed && state.one && changed.version > state.one.version) {
        ask("one", { id, locale: facts.language }).then((found) => { if (found.tradeIn && chosen() === id) told(found.tradeIn); }).catch(() => {});
      }
    },
  });
}

function form(name, work) {
  byId(`step-${name}`).addEventListener("submit", (event) => {
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    buttons.forEach((button) => { button.disabled = true; });
    doing(work).finally(() => buttons.forEach((button) => { button.disabled = false; }));
  });
}

form("device", find);
form("state", estimate);
form("bids", quote);
form("accept", accept);
form("send", confirm);
for (const each of document.getElementsByName("payout")) {
  each.addEventListener("change", () => {
    const bank = byId("step-accept").elements.payout.value === "BANK";
    byId("bank").hidden = !bank;
    for (const input of byId("bank").querySelectorAll("input")) input.required = bank;
  });
}
for (const mark of byId("way").querySelectorAll("[data-step]")) {
  mark.querySelector("button").addEventListener("click", () => go(mark.dataset.step));
}
byId("more").addEventListener("click", () => doing(() => mine(false)));
window.addEventListener("hashchange", () => { complain(""); doing(open); });
document.addEventListener("signed-out", () => { state.who = null; byId("list").hidden = true; });
signing((who) => {
  state.who = who;
  byId("sign").hidden = false;
  if (state.bid && !state.one) accepting();
  doing(open);
});
if (chosen()) byId("sign").hidden = false;
