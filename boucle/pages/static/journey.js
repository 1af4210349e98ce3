// Draws an order's journey: what happened to its devices joined with what the carrier told.
"use strict";

import { country, day, element, facts, moment, money, placeTime, say } from "./signed.js";

const HOME = new Set(["DELIVERED", "AVAILABLE_FOR_PICKUP"]);
const BACK = new Set(["RETURNING", "RETURNED"]);
const OVER = new Set(["DELIVERED", "RETURNED", "LOST", "CANCELLED"]);
const BAD = new Set(["EXCEPTION", "DELIVERY_FAILED", "LOST", "RETURNING", "RETURNED"]);

const carrierName = (code) => facts.carriers[code] || say("journey.other");

function time(text, shown) {
  return element("time", shown, { datetime: text });
}

function linked(text, address) {
  return /^https?:\/\//.test(address || "") ? element("a", text, { href: address, rel: "noopener noreferrer", target: "_blank" }) : element("span", text);
}

function pairs(rows) {
  const list = element("dl", null, { class: "facts" });
  for (const [name, value] of rows) {
    if (value === null || value === undefined || value === "") continue;
    const told = element("dd");
    told.append(value);
    list.append(element("dt", name), told);
  }
  return list;
}

function section(title, ...inside) {
  const made = element("section", null, { class: "panel" });
  made.append(element("h3", title), ...inside);
  return made;
}

// The window that was promised, in words.
function promise(from, by) {
  if (!by) return null;
  if (!from || from === by) return `${say("journey.on")} ${day(by)}`;
  return `${say("journey.between")} ${day(from)} ${say("journey.and")} ${day(by)}`;
}

// The places of a parcel in the order in which it came to them; scans without a place belong to
// the place before.
function stops(parcel, order) {
  const found = [{ place: say("journey.from"), code: parcel.origin, from: null, said: null }];
  for (const scan of [...parcel.scans].reverse()) {
    const last = found[found.length - 1];
    const code = scan.country || last.code;
    const place = scan.place || (scan.country && scan.country !== last.code ? country(scan.country) : null);
    const same = !place || (found.length > 1 && last.name === place.toLowerCase() && last.code === code);
    if (same) Object.assign(last, { from: last.from || scan, until: scan, said: scan.text });
    else found.push({ place, name: place.toLowerCase(), code, from: scan, until: scan, said: scan.text });
  }
  if (!HOME.has(parcel.status) && parcel.status !== "LOST" && parcel.status !== "CANCELLED") {
    found.push(lastStop(parcel, order));
  }
  return found.filter(Boolean);
}

function lastStop(parcel, order) {
  if (parcel.status === "RETURNED") return null;
  if (BACK.has(parcel.status)) return { place: say("journey.sender"), code: parcel.origin, ahead: true };
  const city = order.address && parcel.purpose === "DELIVERY" ? order.address.city : null;
  return { place: city || say("journey.destination"), code: parcel.destination, ahead: true };
}

function route(parcel, order) {
  const list = element("ol", null, { class: "route", "aria-label": say("journey.route") });
  const places = stops(parcel, order);
  const here = places.findLastIndex((stop) => !stop.ahead);
  places.forEach((stop, at) => list.append(stopItem(stop, at === here, parcel)));
  return list;
}

function stopItem(stop, here, parcel) {
  const kind = [stop.ahead ? "ahead" : "passed", here ? "here" : "", here && BAD.has(parcel.status) ? "bad" : ""];
  const item = element("li", null, { class: kind.filter(Boolean).join(" "), "aria-current": here ? "step" : null });
  item.append(element("strong", stop.place));
  if (stop.code) item.append(element("span", country(stop.code), { class: "quiet" }));
  if (here) item.append(element("span", say(OVER.has(parcel.status) ? "journey.arrived" : "journey.here"), { class: "tag" }));
  if (stop.said) item.append(element("span", stop.said));
  if (stop.from) {
    item.append(time(stop.from.at, placeTime(stop.from.localTime)));
    if (stop.until.at.slice(0, 16) !== stop.from.at.slice(0, 16)) item.append(time(stop.until.at, `→ ${placeTime(stop.until.localTime)}`));
  }
  if (stop.ahead) {
    item.append(element("span", say("journey.next"), { class: "quiet" }));
    if (parcel.eta) item.append(element("span", `${say("journey.eta")} ${moment(parcel.eta)}`));
    else if (parcel.promisedBy) item.append(element("span", `${say("journey.promised")} ${promise(parcel.promisedFrom, parcel.promisedBy)}`));
  }
  return item;
}

function warnings(parcel) {
  const told = [["neverAccepted", "journey.never"], ["late", "journey.late"], ["stalled", "journey.stalled"]];
  return told.filter(([name]) => parcel[name]).map(([, key]) => element("p", say(key), { class: "notice" }));
}

function proof(parcel) {
  const found = parcel.proofOfDelivery;
  if (!found) return null;
  const told = element("span");
  const said = [found.at && moment(found.at), found.signedBy && `${say("journey.signed")} ${found.signedBy}`, found.place];
  told.append(said.filter(Boolean).join(" · "));
  if (found.documentUrl) told.append(" ", linked(say("journey.document"), found.documentUrl));
  return told;
}

function parcelSection(parcel, order, number) {
  const purpose = parcel.purpose === "DELIVERY" ? "" : ` (${say(`purpose.${parcel.purpose}`)})`;
  const title = `${say("journey.parcel")}${number ? ` ${number}` : ""}${purpose}`;
  const made = section(title);
  const status = element("p", null, { class: "now" });
  status.append(element("span", parcel.statusText, { class: BAD.has(parcel.status) ? "state state-FAILED" : "state" }));
  made.append(status, ...warnings(parcel));
  made.append(pairs([
    [say("journey.promised"), promise(parcel.promisedFrom, parcel.promisedBy)],
    [say("journey.eta"), parcel.eta && !OVER.has(parcel.status) ? moment(parcel.eta) : null],
    [say("journey.delivered"), parcel.deliveredAt && moment(parcel.deliveredAt)],
    [say("journey.proof"), proof(parcel)],
    [carrierName(parcel.carrier), element("code", parcel.trackingNumber)],
    [say("journey.checked"), parcel.lastCheckedAt && moment(parcel.lastCheckedAt)],
  ]));
  if (parcel.scans.length) made.append(element("h4", say("journey.route")), route(parcel, order));
  else made.append(element("p", say("journey.noscan"), { class: "quiet" }));
  made.append(linked(`${say("journey.follow")} ↗`, parcel.trackingUrl));
  return made;
}

// The moves of a line; by its dates where none was noted.
function movesOf(line) {
  const moves = line.moves.filter((each) => each.from !== null);
  const known = new Set(moves.map((each) => each.to));
  for (const [to, at] of [["PAID", line.paidAt], ["ACCEPTED", line.acceptedAt], ["SHIPPED", line.shippedAt], ["DELIVERED", line.deliveredAt]]) {
    if (at && !known.has(to)) moves.push({ to, at, actor: null, reason: null, note: null });
  }
  return moves.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

// What happened to lines and parcels as one list, the newest first. Moves that several devices
// made together are told once.
function happened(journey) {
  const found = [{ at: journey.order.createdAt, title: say("journey.ordered"), by: null, of: [] }];
  const moves = new Map();
  for (const line of journey.lines) {
    for (const move of movesOf(line)) {
      const key = [move.to, move.actor, move.reason, move.at.slice(0, 16)].join("|");
      const kept = moves.get(key) || { at: move.at, title: say(`line.${move.to}`), by: move.actor && say(`actor.${move.actor}`), of: [], note: move.note, kind: "move" };
      kept.of.push(line.title);
      moves.set(key, kept);
    }
  }
  found.push(...moves.values());
  for (const parcel of journey.parcels) {
    for (const scan of parcel.scans) {
      found.push({ at: scan.at, title: scan.text, by: carrierName(parcel.carrier), scan, of: [], kind: "scan" });
    }
  }
  return found.reverse().sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
}

function entry(each, journey) {
  const item = element("li", null, { class: each.kind || "move" });
  const shown = each.scan ? placeTime(each.scan.localTime) : moment(each.at);
  item.append(time(each.at, shown), element("strong", each.title));
  const where = each.scan ? [each.scan.place, country(each.scan.country)].filter(Boolean).join(", ") : "";
  const some = each.of.length && each.of.length < journey.lines.length ? [...new Set(each.of)].join(", ") : "";
  const more = [each.by, where, some].filter(Boolean).join(" · ");
  if (more) item.append(element("span", more, { class: "quiet" }));
  if (each.note) item.append(element("span", each.note));
  if (each.scan && each.scan.carrierText && each.scan.carrierText !== each.title) {
    const words = element("q", each.scan.carrierText, { class: "quiet", lang: each.scan.carrierLanguage, title: say("journey.words") });
    item.append(words);
  }
  return item;
}

function timeline(journey) {
  const list = element("ol", null, { class: "timeline" });
  list.append(...happened(journey).map((each) => entry(each, journey)));
  return section(say("journey.timeline"), element("p", say("journey.first"), { class: "quiet" }), list);
}

function deviceItem(line, merchant) {
  const item = element("li");
  item.append(element("strong", line.title), element("span", say(`grade.${line.grade}`), { class: "grade" }), element("span", say(`line.${line.state}`), { class: "state" }), element("span", money(line.total)));
  if (Number(line.refunded.amount) > 0) item.append(element("span", `${money(line.refunded)} ${say("journey.refunded")}`, { class: "quiet" }));
  const due = line.state === "PAID" ? ["journey.accept", line.acceptBy] : ["journey.dispatch", line.dispatchBy];
  if (merchant && due[1] && ["PAID", "ACCEPTED"].includes(line.state)) {
    item.append(element("span", `${say(due[0])} ${moment(due[1])}`, { class: Date.parse(due[1]) < Date.now() ? "due past" : "due" }));
  }
  return item;
}

function devices(journey) {
  const list = element("ul", null, { class: "devices" });
  list.append(...journey.lines.map((line) => deviceItem(line, journey.merchant)));
  return section(say(journey.lines.length > 1 ? "journey.devices" : "journey.device"), list);
}

// The last days of what the customer may do; devices with the same days are told once.
function rights(journey) {
  const told = new Map();
  for (const line of journey.lines) {
    const rows = [
      [say("journey.return"), line.returnUntil && moment(line.returnUntil)],
      [say("journey.withdraw"), line.withdrawUntil && moment(line.withdrawUntil)],
      [say("journey.legal"), line.warranty.legalGuaranteeUntil && day(line.warranty.legalGuaranteeUntil)],
      [say("journey.commercial"), line.warranty.commercialWarrantyUntil && day(line.warranty.commercialWarrantyUntil)],
    ].filter(([, value]) => value);
    const key = JSON.stringify(rows);
    told.set(key, { rows, titles: [...(told.get(key)?.titles || []), line.title] });
  }
  const parts = [];
  for (const { rows, titles } of told.values()) {
    if (told.size > 1) parts.push(element("h4", [...new Set(titles)].join(", ")));
    parts.push(rows.length ? pairs(rows) : element("p", say("journey.later"), { class: "quiet" }));
  }
  return section(say(journey.merchant ? "journey.theirs" : "journey.rights"), ...parts);
}

function head(journey) {
  const { order } = journey;
  const crumbs = element("p", null, { class: "crumbs" });
  crumbs.append(element("a", say("journey.back"), { href: "#" }));
  const title = element("h2", `${say("journey.order")} ${order.number} `, { tabindex: "-1" });
  title.append(element("span", say(`order.${order.state}`), { class: `state order-${order.state}` }));
  const live = element("p", null, { class: "live", id: "live", role: "status" });
  const address = order.address && [order.address.name, ...order.address.street, `${order.address.postalCode} ${order.address.city || ""}`.trim(), country(order.address.country)].filter(Boolean).join(", ");
  const about = pairs([
    [say("journey.ordered"), moment(order.createdAt)],
    [say("journey.by"), `${order.merchant.name} (${order.merchant.legalName}, ${country(order.merchant.country)})`],
    [say("journey.total"), money(order.total)],
    [say("journey.to"), address],
    [say("journey.deadline"), journey.merchant && order.nextDeadline ? moment(order.nextDeadline) : null],
  ]);
  return [crumbs, title, live, about];
}

// Draw all of it in `into`.
export function drawJourney(into, journey) {
  const many = journey.parcels.length > 1;
  const parcels = journey.parcels.map((parcel, at) => parcelSection(parcel, journey.order, many ? at + 1 : 0));
  if (!parcels.length) parcels.push(section(say("journey.parcel"), element("p", say("journey.noparcel"), { class: "quiet" })));
  const main = element("div", null, { class: "parcels" });
  main.append(...parcels, timeline(journey));
  const side = element("div", null, { class: "beside" });
  side.append(devices(journey), rights(journey));
  const split = element("div", null, { class: "journey" });
  split.append(main, side);
  into.replaceChildren(...head(journey), split);
}
