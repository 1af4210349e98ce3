// The fleets of whoever signed in, and the board of the one that the address names.
"use strict";

import { ask, byId, complain, country, day, doing, drawn, element, facts, locale, moment, money, Refused, say, signing, tell } from "./signed.js";
import { change } from "./once.js";

const PAGE = 24;
const WIDTH = 360;
const PARTS = ["price", "quality", "inCountry", "reuse", "ess"];
const state = { who: null, cursor: null, assets: null };

const filled = (key, ...values) => values.reduce((text, value, at) => text.replace(`{${at}}`, value), say(key));
const number = (value) => new Intl.NumberFormat(locale).format(value);
const chosen = () => decodeURIComponent(window.location.hash.slice(1));
const nodes = (connection) => connection.edges.map((edge) => edge.node);
const mark = (prefix, code) => element("span", say(`${prefix}.${code}`), { class: `state ${prefix.replace(".", "-")}-${code}` });

function panel(title, wide, ...more) {
  const made = element("section", null, { class: wide ? "panel wide" : "panel" });
  made.append(element("h2", title), ...more.filter(Boolean));
  return made;
}

function table(heads, rows) {
  const box = element("div", null, { class: "scroll", tabindex: "0" });
  const made = element("table");
  const head = element("tr");
  heads.forEach(([text, kind]) => head.append(element("th", text, { scope: "col", ...(kind ? { class: kind } : {}) })));
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  for (const cells of rows) {
    const row = element("tr");
    cells.forEach((cell, at) => {
      const made = element(at ? "td" : "th", null, { ...(at ? {} : { scope: "row" }), ...(heads[at][1] ? { class: heads[at][1] } : {}) });
      made.append(...[cell].flat().map((each) => (each === null || each === undefined ? "" : each)));
      row.append(made);
    });
    body.append(row);
  }
  made.append(top, body);
  box.append(made);
  return box;
}

function shares(counted, whole) {
  const list = element("ul", null, { class: "shares" });
  for (const [text, count] of counted) {
    const item = element("li");
    const track = element("span", null, { class: "track" });
    const part = element("span", null, { class: "part" });
    part.style.width = `${whole ? (100 * count) / whole : 0}%`;
    if (count) track.append(part);
    item.append(element("span", text), track, element("span", number(count)));
    list.append(item);
  }
  return list;
}

// The least, the middle and the most that a fleet is worth, now and later.
function values(fleet) {
  const of = fleet.valuation;
  const again = element("button", say("board.value.do"), { type: "button" });
  again.addEventListener("click", () => doing(async () => {
    await change("value", { fleetId: fleet.id });
    tell(say("board.asked"));
    window.setTimeout(() => doing(open), 3000);
  }));
  if (!of.points.length || !of.valued) return panel(say("board.values"), false, element("p", filled("board.valued", 0, fleet.assetCount)), again);
  const most = Math.max(...of.points.map((point) => Number(point.max.amount)), 1);
  const x = (amount) => 84 + (Number(amount) / most) * (WIDTH - 170);
  const height = of.points.length * 40 + 8;
  const told = of.points.map((point) => `${point.months}: ${money(point.median)}`).join(", ");
  const plot = drawn("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": `${say("board.values")} ${told}` });
  of.points.forEach((point, n) => {
    const y = n * 40 + 22;
    const [low, mid, high] = [point.min, point.median, point.max].map((each) => x(each.amount));
    plot.append(
      drawn("text", { class: "axis", x: 0, y: y + 4 }, point.months ? filled("board.value.months", point.months) : say("board.value.now")),
      drawn("rect", { class: "box", x: low, y: y - 8, width: Math.max(high - low, 1), height: 16, rx: 3 }),
      drawn("line", { class: "median", x1: mid, x2: mid, y1: y - 11, y2: y + 11 }),
      drawn("text", { x: high + 6, y: y + 4 }, money(point.median)),
    );
  });
  const bases = of.bases.map((each) => `${say(`board.basis.${each.kind}`)} (${number(each.count)})`).join(", ");
  return panel(
    say("board.values"), false, plot,
    element("p", filled("board.valued", number(of.valued), number(of.notEnoughData)), { class: "quiet" }),
    bases && element("p", filled("board.basis", bases), { class: "quiet" }), again,
  );
}

function best(fleet) {
  const counted = fleet.valuation.dispositions.map((each) => [say(`disposition.${each.disposition}`), each.count]);
  const whole = counted.reduce((sum, [, count]) => sum + count, 0);
  const [last] = nodes(fleet.imports);
  const file = last && element("p", `${say("board.import")}: ${filled("board.lines", number(last.linesRead))} · ${last.counts.map((each) => `${number(each.count)} ${say(`outcome.${each.outcome}`)}`).join(", ")}`, { class: "quiet" });
  return panel(say("board.dispositions"), false, shares(counted, whole), file);
}

function score(of) {
  if (!of) return "";
  const bar = element("span", null, { class: "score", role: "img", "aria-label": PARTS.map((part) => `${say(`board.score.${part}`)} ${of[part]}`).join(", ") });
  for (const part of PARTS) {
    const piece = element("span", null, { class: part, title: `${say(`board.score.${part}`)} ${number(of[part])}` });
    piece.style.width = `${of[part] / 100}%`;
    bar.append(piece);
  }
  return [number(of.total), bar];
}

function lotPart(lot) {
  const made = element("div", null, { class: "lot" });
  const head = element("h3");
  head.append(`${lot.title} · ${lot.number} `, mark("lot.state", lot.state));
  made.append(head, element("p", `${number(lot.assets)} ${say("board.assets")}${lot.awardedAmount ? ` · ${money(lot.awardedAmount)}` : ""}`));
  if (lot.state === "PUBLISHED") {
    const until = lot.sealed ? `${say("board.sealed")} ${moment(lot.bidsUntil)}` : filled("board.until", moment(lot.bidsUntil));
    made.append(element("p", until, { class: "quiet" }));
  }
  const bids = nodes(lot.bids);
  if (bids.length) {
    made.append(table(
      [["#", "number"], [say("board.bidder")], [say("board.amount"), "number"], [say("board.score")], [""]],
      bids.map((bid) => [bid.rank ? String(bid.rank) : "–", bid.merchant ? `${bid.merchant.name} (${bid.merchant.country})` : "–", bid.amount ? money(bid.amount) : "–", score(bid.score), say(`bid.state.${bid.state}`)]),
    ));
  }
  if (lot.state === "BIDDING_CLOSED") {
    const award = element("button", say("board.award"), { type: "button", class: "primary" });
    award.addEventListener("click", () => doing(async () => { await change("award", { lotId: lot.id }); await open(); }));
    made.append(award);
  }
  return made;
}

// The steps of a lot: what happened to several devices alike is one, with how many they are.
function steps(events) {
  const found = [];
  for (const event of events) {
    const last = found.at(-1);
    const alike = last && event.subject === "DEVICE" && ["subject", "kind", "place", "seal"].every((name) => last[0][name] === event[name]);
    if (alike) last[1] += 1;
    else found.push([event, 1]);
  }
  return found;
}

function custody(found) {
  if (!found.length) return panel(say("board.custody"), false, element("p", say("board.custody.none")));
  const parts = found.flatMap((handover) => {
    const counts = handover.reconciliation;
    const counted = ["received", "mismatched", "missing", "uncounted", "extra"].map((name) => [say(`board.${name}`), counts[name]]);
    const list = element("ol", null, { class: "timeline" });
    for (const [event, count] of steps(nodes(handover.events))) {
      const item = element("li");
      const what = event.subject === "DEVICE" ? `${number(count)} ${say("board.assets")}` : event.name;
      item.append(element("time", moment(event.at), { datetime: event.at }), element("strong", [say(`custody.${event.kind}`), what].filter(Boolean).join(" · ")), element("span", [event.place, event.seal].filter(Boolean).join(" · "), { class: "quiet" }));
      list.append(item);
    }
    const incidents = nodes(handover.incidents).map((each) => element("p", `${say(`incident.${each.kind}`)} ${each.name || ""} · ${moment(each.at)}${each.resolvedAt ? ` · ${say("board.resolved")}` : ""}`, each.resolvedAt ? {} : { class: "bad" }));
    const containers = handover.containers.length ? [table(
      [[say("board.container")], [say("board.seal")], [say("board.assets"), "number"], [""]],
      handover.containers.map((each) => [each.number, each.seal || "–", number(each.devices), each.lastKind ? say(`custody.${each.lastKind}`) : ""]),
    )] : [];
    return [element("h3", `${say("board.counted")}: ${number(counts.declared)} ${say("board.declared")}`), shares(counted, Math.max(counts.declared, 1)), ...incidents, ...containers, list];
  });
  return panel(say("board.custody"), false, ...parts);
}

async function certificates(handover) {
  const ids = [handover.settlement && handover.settlement.certificateId].filter(Boolean);
  const found = [];
  for (const id of ids) {
    const { certificate } = await ask("certificate", { id });
    if (certificate) found.push(certificate);
  }
  return found;
}

async function proof(found) {
  const parts = [];
  for (const handover of found) {
    for (const each of await certificates(handover)) {
      const row = element("p");
      row.append(element("a", `${say("board.certificate")} ${each.code}`, { href: `/certificates/${encodeURIComponent(each.code)}` }), ` · ${each.state} · ${number(each.serialCount)} ${say("board.assets")} · ${day(each.issuedAt)}`);
      parts.push(row);
    }
    const devices = nodes(handover.devices);
    if (devices.length) {
      parts.push(table(
        [[say("board.tag")], [say("board.model")], [say("board.state")], [""], [say("board.best")]],
        devices.map((each) => [each.tag || "–", each.model || "–", say(`asset.state.${each.state}`), each.media.map((medium) => `${medium.type} ${medium.state}`).join(", "), each.disposition ? say(`disposition.${each.disposition}`) : "–"]),
      ));
    }
  }
  return parts.length ? panel(say("board.proof"), true, ...parts) : null;
}

function settlement(found) {
  const parts = found.filter((each) => each.settlement).flatMap(({ settlement: of }) => {
    const sums = ["bid", "adjustment", "fee", "net"];
    const total = element("p", null, { class: "price" });
    total.append(`${say("board.net")} ${money(of.net)}`);
    const rest = of.paidAt ? filled("board.paid", day(of.paidAt)) : filled("board.dispute", day(of.disputeUntil));
    return [total, element("p", rest, { class: "quiet" }), table(
      [[say("board.tag")], [say("board.model")], ...sums.map((name) => [say(`board.${name}`), "number"])],
      [
        ...nodes(of.lines).map((line) => [line.tag || "–", line.model || "–", ...sums.map((name) => money(line[name]))]),
        ["Σ", "", ...sums.map((name) => money(of[name]))],
      ],
    )];
  });
  return panel(say("board.settlement"), true, ...(parts.length ? parts : [element("p", say("board.settlement.none"))]));
}

function range(of) {
  const [low, mid, high] = ["p05", "p50", "p95"].map((name) => Number(of.range[name].value));
  const [least, most] = [Math.min(low, 0), Math.max(high, 1)];
  const x = (value) => 12 + ((value - least) / (most - least)) * (WIDTH - 24);
  const told = `${of.range.p50.display} kg CO2e (${of.range.p05.display} – ${of.range.p95.display})`;
  const plot = drawn("svg", { viewBox: `0 0 ${WIDTH} 58`, role: "img", "aria-label": told });
  plot.append(
    drawn("line", { class: "zero", x1: x(0), x2: x(0), y1: 10, y2: 40 }),
    drawn("rect", { class: "box", x: x(low), y: 16, width: Math.max(x(high) - x(low), 1), height: 16, rx: 3 }),
    drawn("line", { class: "median", x1: x(mid), x2: x(mid), y1: 12, y2: 36 }),
    drawn("text", { x: x(mid), y: 54, "text-anchor": "middle" }, `${of.range.p50.display} kg CO2e`),
  );
  return plot;
}

function impact(found) {
  const parts = found.flatMap((handover) => {
    const of = handover.impact.range ? handover.impact : handover.expected;
    if (!of.range) return [element("p", of.statement, { class: "quiet" })];
    const title = of === handover.expected ? [element("h3", say("board.expected"))] : [];
    const told = filled("board.avoided", of.range.p05.display, of.range.p95.display, number(of.counted));
    return [...title, range(of), element("p", `${of.range.p50.display} kg CO2e ${told}`), element("p", `${of.statement} ${of.method}, ${of.factorSet.id}`, { class: "quiet" })];
  });
  return parts.length ? panel(say("board.impact"), false, ...parts) : null;
}

function worth(asset) {
  const of = asset.valuation;
  if (!of) return "–";
  if (!of.points) return filled("board.few", of.counted, of.needed);
  const [now] = of.points;
  return `${money(now.median)} (${money(now.min)} – ${money(now.max)})`;
}

async function devices(id, box) {
  const { fleet } = await ask("assets", { id, after: state.assets });
  const rows = nodes(fleet.assets).map((each) => [
    each.assetTag || "–", [each.manufacturer, each.model].filter(Boolean).join(" "),
    [say(`asset.state.${each.state}`), each.match && each.match.confidenceBp < 9000 ? element("span", ` ${say("board.unsure")}`, { class: "quiet" }) : ""],
    each.disposition ? say(`disposition.${each.disposition}`) : "–", worth(each),
  ]);
  state.assets = fleet.assets.pageInfo.endCursor;
  const more = element("button", say("ask.more"), { type: "button" });
  more.addEventListener("click", () => { more.remove(); doing(() => devices(id, box)); });
  box.append(table([[say("board.tag")], [say("board.model")], [say("board.state")], [say("board.best")], [say("board.worth"), "number"]], rows));
  if (fleet.assets.pageInfo.hasNextPage) box.append(more);
}

async function show(id) {
  const { fleet } = await ask("fleet", { id });
  if (!fleet) throw new Refused(say("board.unknown"));
  const { lots } = await ask("lots", { fleetId: id });
  const all = nodes(lots);
  const after = ["CONTRACTED", "IN_CUSTODY", "RECEIVED", "RECONCILED", "PROCESSED", "SETTLED", "CLOSED"];
  const found = [];
  for (const lot of all.filter((each) => after.includes(each.state))) {
    const { handover } = await ask("handover", { lotId: lot.id });
    if (handover) found.push(handover);
  }
  if (chosen() !== id) return;
  const back = element("p", null, { class: "crumbs" });
  back.append(element("a", say("board.back"), { href: "#" }));
  const title = element("h2", `${fleet.name} · ${fleet.number} `, { tabindex: "-1" });
  title.append(mark("fleet.state", fleet.state));
  const under = element("p", [say(`fleet.kind.${fleet.kind}`), country(fleet.country), `${number(fleet.assetCount)} ${say("board.assets")}`].join(" · "), { class: "quiet" });
  const bids = panel(say("board.bids"), true, ...(all.length ? all.map(lotPart) : [element("p", say("board.lots.none"))]));
  const list = panel(say("board.devices"), true);
  const grid = element("div", null, { class: "board" });
  grid.append(...[values(fleet), best(fleet), bids, custody(found), impact(found), await proof(found), settlement(found), list].filter(Boolean));
  state.assets = null;
  await devices(id, list);
  byId("board").replaceChildren(back, title, under, grid);
  byId("board").hidden = false;
  byId("list").hidden = true;
  title.focus();
}

async function list(again) {
  if (again) state.cursor = null;
  const { fleets } = await ask("fleets", { first: PAGE, after: state.cursor });
  const items = nodes(fleets).map((fleet) => {
    const item = element("li", null, { class: "order" });
    const head = element("p");
    head.append(element("a", fleet.name, { href: `#${encodeURIComponent(fleet.id)}` }), " ", mark("fleet.state", fleet.state));
    item.append(head, element("p", [fleet.number, say(`fleet.kind.${fleet.kind}`), country(fleet.country), day(fleet.createdAt)].join(" · "), { class: "quiet" }), element("p", `${number(fleet.assetCount)} ${say("board.assets")}`, { class: "price" }));
    return item;
  });
  byId("fleets").replaceChildren(...(again ? [] : byId("fleets").children), ...items);
  state.cursor = fleets.pageInfo.endCursor;
  byId("more").hidden = !fleets.pageInfo.hasNextPage;
  byId("none").hidden = byId("fleets").childElementCount > 0;
  byId("board").hidden = true;
  byId("list").hidden = false;
}

async function open() {
  if (!state.who) return;
  const id = chosen();
  if (id) await show(id);
  else await list(true);
}

byId("more").addEventListener("click", () => doing(() => list(false)));
window.addEventListener("hashchange", () => { complain(""); doing(open); });
document.addEventListener("signed-out", () => {
  state.who = null;
  byId("list").hidden = true;
  byId("board").hidden = true;
});
signing((who) => { state.who = who; doing(open); });
