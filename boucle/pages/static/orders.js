// The orders of whoever signed in, and the journey of the one that the address names.
"use strict";

import { ask, byId, complain, doing, element, facts, follow, moment, money, day, say, signing, tell } from "./signed.js";
import { drawJourney } from "./journey.js";

const PAGE = 24;
const MOST_LINES = 20;
const MOST_AT_ONCE = 4;
const state = { who: null, cursor: null, stop: null, moves: new Map() };

const chosen = () => decodeURIComponent(window.location.hash.slice(1));

function listItem(order) {
  const item = element("li", null, { class: "order" });
  const link = element("a", order.number, { href: `#${encodeURIComponent(order.id)}` });
  const head = element("p");
  head.append(link, " ", element("span", say(`order.${order.state}`), { class: `state order-${order.state}` }));
  const more = [order.merchant.name, order.market, day(order.createdAt)];
  item.append(head, element("p", more.join(" · "), { class: "quiet" }), element("p", money(order.total), { class: "price" }));
  if (order.nextDeadline && state.who.kind !== "CUSTOMER") item.append(deadline(order.nextDeadline));
  return item;
}

function deadline(text) {
  const past = Date.parse(text) < Date.now();
  const said = element("p", null, { class: past ? "due past" : "due" });
  said.append(`${say("journey.deadline")} `, element("time", moment(text), { datetime: text }));
  if (past) said.append(` · ${say("journey.overdue")}`);
  return said;
}

async function list(again) {
  if (again) state.cursor = null;
  const sort = state.who.kind === "CUSTOMER" ? "NEWEST" : byId("sort").value;
  const { orders } = await ask("orders", { sort, first: PAGE, after: state.cursor });
  const items = orders.edges.map((edge) => listItem(edge.node));
  if (again) byId("orders").replaceChildren(...items);
  else byId("orders").append(...items);
  state.cursor = orders.pageInfo.endCursor;
  byId("more").hidden = !orders.pageInfo.hasNextPage;
  byId("orders-none").hidden = byId("orders").childElementCount > 0;
  byId("orders-none").textContent = say(sort === "NEXT_DEADLINE" ? "journey.nothing" : "journey.none");
}

// Do `work` for each, a few at a time: the server takes only so many at once.
async function each(items, work) {
  const waiting = [...items.entries()];
  const found = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) found[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: MOST_AT_ONCE }, worker));
  return found;
}

async function movesOf(line) {
  const kept = state.moves.get(line.id);
  if (kept && kept.version === line.version) return kept.moves;
  const { orderLine } = await ask("moves", { id: line.id });
  const moves = orderLine ? orderLine.history : [];
  state.moves.set(line.id, { version: line.version, moves });
  return moves;
}

async function scansOf(parcel) {
  const { node } = await ask("scans", { id: parcel.id, locale: facts.language });
  return node ? node.events : [];
}

async function read(id) {
  const { order, deliveries } = await ask("journey", { id, locale: facts.language });
  if (!order) return null;
  const shown = order.lines.slice(0, MOST_LINES);
  const moves = await each(shown, movesOf);
  const scans = await each(deliveries, scansOf);
  return {
    order,
    lines: order.lines.map((line, at) => ({ ...line, moves: moves[at] || [] })),
    parcels: deliveries.map((parcel, at) => ({ ...parcel, scans: scans[at] })),
    merchant: state.who.kind !== "CUSTOMER",
  };
}

async function show(id) {
  const found = await read(id);
  if (chosen() !== id) return false;
  const journey = byId("journey");
  if (found) drawJourney(journey, found);
  else journey.replaceChildren(back(), element("p", say("journey.unknown"), { class: "empty" }));
  journey.hidden = false;
  return Boolean(found);
}

function back() {
  const line = element("p", null, { class: "crumbs" });
  line.append(element("a", say("journey.back"), { href: "#" }));
  return line;
}

function live(open) {
  const mark = byId("live");
  if (!mark) return;
  mark.textContent = say(open ? "journey.live" : "journey.again");
  mark.classList.toggle("open", open);
}

// Tell news at once, and twice only after what came first was drawn.
function listen(id) {
  const ending = new AbortController();
  state.stop = () => ending.abort();
  let [first, busy, again, open] = [true, false, false, false];
  const refresh = async () => {
    again = true;
    if (busy) return;
    busy = true;
    try {
      while (again && !ending.signal.aborted) {
        again = false;
        await show(id);
        live(open);
        tell(say("journey.changed"));
      }
    } catch (error) {
      complain(error.message);
    } finally {
      busy = false;
    }
  };
  follow("follow", { id }, {
    signal: ending.signal,
    state: (now) => { open = now; live(now); },
    heard: () => { if (first) first = false; else refresh(); },
  });
}

async function turn() {
  if (state.stop) state.stop();
  state.stop = null;
  if (!state.who) return;
  const id = chosen();
  byId("list").hidden = Boolean(id);
  byId("journey").hidden = true;
  await doing(async () => {
    if (!id) {
      await list(true);
      byId("list-title").focus({ preventScroll: true });
    } else if (await show(id)) {
      byId("journey").querySelector("h2").focus({ preventScroll: true });
      window.scrollTo(0, 0);
      listen(id);
    }
  });
}

byId("more").addEventListener("click", () => doing(() => list(false)));
byId("sort").addEventListener("change", () => doing(() => list(true)));
window.addEventListener("hashchange", turn);
document.addEventListener("signed-out", () => {
  if (state.stop) state.stop();
  Object.assign(state, { who: null, stop: null, moves: new Map() });
  byId("orders").replaceChildren();
  byId("journey").replaceChildren();
  byId("journey").hidden = true;
  byId("list").hidden = true;
});
signing((who) => {
  state.who = who;
  byId("sort-row").hidden = who.kind === "CUSTOMER";
  byId("list-title").textContent = say(who.kind === "CUSTOMER" ? "journey.yours" : "journey.work");
  turn();
});
