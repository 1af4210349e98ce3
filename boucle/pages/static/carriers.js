// How carriers do on their lanes: a table, and two plots of the same figures.
"use strict";

import { ask, byId, country, doing, drawn, element, facts, locale, moment, say, signing } from "./signed.js";
import { showHealth } from "./health.js";

const PAGE = 50;
const ROW = 30;
const TOP = 24;
const NARROW = 520;
const SHARES = ["onTime", "firstAttempt", "lateScans", "lost", "damaged", "trackingHealth"];
const state = { lanes: [], cursor: null, asked: null, countries: new Set() };

const carrierName = (code) => facts.carriers[code] || say("lane.other");
const laneName = (lane) => `${carrierName(lane.carrier)} ${lane.origin}→${lane.destination}`;
const number = (value, digits = 1) => Number(value).toLocaleString(locale, { maximumFractionDigits: digits });
const percent = (bp, digits = 1) => (bp / 10_000).toLocaleString(locale, { style: "percent", maximumFractionDigits: digits });

function few(found) {
  return `${say("lane.few")} (${found.counted} ${say("lane.of")} ${found.needed})`;
}

function cell(figure, more) {
  const made = element("td", figure);
  if (more) made.append(element("span", more, { class: "quiet" }));
  return made;
}

function shareCell(found) {
  if (found.bp === undefined) return cell(null, few(found));
  return cell(percent(found.bp), `(${percent(found.lowBp)} – ${percent(found.highBp)}) ${found.x}/${found.n}`);
}

function daysCell(found) {
  if (found.days === undefined) return cell(null, few(found));
  return cell(number(found.days), `(${number(found.low)} – ${number(found.high)}) ${found.n}`);
}

function table(lanes) {
  const names = ["carrier", "lane", "parcels", "onTime", "daysP50", "daysP90", ...SHARES.slice(1), "firstScanHours"];
  const heads = element("tr");
  heads.append(...names.map((name) => element("th", say(`lane.${name}`), { scope: "col" })));
  const head = element("thead");
  head.append(heads);
  const body = element("tbody");
  for (const lane of lanes) {
    const row = element("tr");
    const where = cell(`${lane.origin} → ${lane.destination}`, `${country(lane.origin)} → ${country(lane.destination)}`);
    const hours = lane.firstScanHours === null ? cell(null, "–") : cell(number(lane.firstScanHours));
    const figures = [daysCell(lane.daysP50), daysCell(lane.daysP90), ...SHARES.slice(1).map((name) => shareCell(lane[name]))];
    row.append(element("th", carrierName(lane.carrier), { scope: "row" }), where, cell(number(lane.parcels)), shareCell(lane.onTime), ...figures, hours);
    body.append(row);
  }
  const made = element("table", null, { class: "cards-table" });
  made.append(head, body);
  const region = element("div", null, { class: "scroll", tabindex: "0", role: "region", "aria-label": say("lane.table") });
  region.append(made);
  const note = element("p", `${say("lane.interval")} ${say("lane.asof")} ${moment(lanes[0].asOf)}.`, { class: "quiet" });
  return [element("h2", say("lane.table")), note, region];
}

// One scale from the values to the width that is there.
function scaled(width, low, high) {
  const left = width < NARROW ? 12 : 176;
  const right = width - 44;
  const at = (value) => left + ((value - low) / (high - low)) * (right - left);
  return { left, right, at, under: width < NARROW };
}

function grid(plot, scale, ticks, label, height) {
  for (const tick of ticks) {
    const x = scale.at(tick);
    plot.append(
      drawn("line", { class: "grid", x1: x, x2: x, y1: TOP - 6, y2: height - 4 }),
      drawn("text", { class: "axis", x, y: TOP - 10, "text-anchor": "middle" }, label(tick)),
    );
  }
}

function whisker(plot, scale, y, low, high) {
  const [from, to] = [scale.at(low), scale.at(high)];
  const path = `M${from} ${y - 4}V${y + 4}M${from} ${y}H${to}M${to} ${y - 4}V${y + 4}`;
  plot.append(drawn("path", { class: "whisker", d: path }));
}

function mark(plot, scale, y, value, kind, title) {
  const x = scale.at(value);
  const round = { class: kind, cx: x, cy: y, r: 5 };
  const made = kind === "mark-a" ? drawn("circle", round) : drawn("path", { class: kind, d: `M${x - 6} ${y}l6 -6l6 6l-6 6z` });
  made.append(drawn("title", {}, title));
  plot.append(made);
}

// A plot of rows: `put(scale, lane, y)` draws one, or says that there is too little.
function plotted(width, lanes, { low, high, ticks, label, said, put }) {
  const scale = scaled(width, low, high);
  const row = scale.under ? ROW + 16 : ROW;
  const height = TOP + lanes.length * row + 8;
  const plot = drawn("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": said });
  grid(plot, scale, ticks, label, height);
  lanes.forEach((lane, at) => {
    const top = TOP + at * row;
    const y = top + (scale.under ? row - 12 : row / 2);
    plot.append(drawn("text", { x: scale.under ? 0 : 4, y: scale.under ? top + 16 : y + 4 }, laneName(lane)));
    put(plot, scale, lane, y);
  });
  return plot;
}

function tooFew(plot, scale, y, found) {
  plot.append(drawn("text", { class: "few", x: scale.left + 6, y: y + 4 }, few(found)));
}

function onTimePlot(width, lanes) {
  const known = lanes.map((lane) => lane.onTime).filter((each) => each.bp !== undefined);
  const lowest = Math.min(9_000, ...known.map((each) => each.lowBp));
  const low = Math.floor(lowest / 1_000) * 1_000;
  const step = low < 5_000 ? 2_000 : 1_000;
  const ticks = [];
  for (let tick = 10_000; tick >= low; tick -= step) ticks.push(tick);
  return plotted(width, lanes, {
    low, high: 10_000, ticks, said: `${say("lane.plot.onTime")}. ${say("lane.same")}`,
    label: (tick) => percent(tick, 0),
    put: (plot, scale, lane, y) => {
      const found = lane.onTime;
      if (found.bp === undefined) return tooFew(plot, scale, y, found);
      whisker(plot, scale, y, found.lowBp, found.highBp);
      return mark(plot, scale, y, found.bp, "mark-a", `${laneName(lane)}: ${percent(found.bp)} (${percent(found.lowBp)} – ${percent(found.highBp)})`);
    },
  });
}

function daysPlot(width, lanes) {
  const highs = lanes.flatMap((lane) => [lane.daysP50, lane.daysP90]).filter((each) => each.days !== undefined).map((each) => Number(each.high));
  const most = Math.max(2, ...highs);
  const step = Math.max(1, Math.ceil(most / 6));
  const high = Math.ceil(most / step) * step;
  const ticks = Array.from({ length: high / step + 1 }, (_, at) => at * step);
  return plotted(width, lanes, {
    low: 0, high, ticks, said: `${say("lane.plot.days")}. ${say("lane.same")}`,
    label: (tick) => number(tick, 0),
    put: (plot, scale, lane, y) => {
      if (lane.daysP50.days === undefined) return tooFew(plot, scale, y, lane.daysP50);
      for (const [name, kind, up] of [["daysP50", "mark-a", -5], ["daysP90", "mark-b", 5]]) {
        const found = lane[name];
        if (found.days === undefined) continue;
        whisker(plot, scale, y + up, found.low, found.high);
        mark(plot, scale, y + up, found.days, kind, `${laneName(lane)}: ${say(`lane.${name}`)} ${number(found.days)} (${number(found.low)} – ${number(found.high)})`);
      }
      return undefined;
    },
  });
}

function key() {
  const made = element("p", null, { class: "key" });
  for (const [kind, text] of [["mark-a", say("lane.key50")], ["mark-b", say("lane.key90")]]) {
    const each = element("span");
    each.append(element("span", null, { class: `dot ${kind}` }), text);
    made.append(each);
  }
  return made;
}

function figure(caption, more) {
  const made = element("figure", null, { class: "plot" });
  made.append(element("figcaption", caption), ...more);
  return made;
}

// Plots are drawn for the width that they have: their letters stay as large as all others.
const watching = new ResizeObserver(() => drawPlots());

function drawPlots() {
  for (const [id, make] of [["plot-onTime", onTimePlot], ["plot-days", daysPlot]]) {
    const place = byId(id);
    if (!place || place.clientWidth === Number(place.dataset.width)) continue;
    place.dataset.width = place.clientWidth;
    place.replaceChildren(make(place.clientWidth, state.lanes));
  }
}

function draw() {
  watching.disconnect();
  if (!state.lanes.length) {
    byId("plots").replaceChildren(element("p", say("lane.none"), { class: "empty" }));
    byId("table").replaceChildren();
    return;
  }
  const places = ["plot-onTime", "plot-days"].map((id) => element("div", null, { id }));
  const plots = element("div", null, { class: "plots" });
  plots.append(figure(say("lane.plot.onTime"), [places[0]]), figure(say("lane.plot.days"), [key(), places[1]]));
  byId("plots").replaceChildren(plots);
  byId("table").replaceChildren(...table(state.lanes));
  places.forEach((place) => watching.observe(place));
  drawPlots();
}

function offerCountries() {
  for (const name of ["origin", "destination"]) {
    const select = byId(name);
    const kept = select.value;
    const known = [...state.countries].sort((one, other) => country(one).localeCompare(country(other), locale));
    select.replaceChildren(element("option", say("lane.all"), { value: "" }), ...known.map((code) => element("option", country(code), { value: code })));
    select.value = kept;
  }
}

async function load(again) {
  if (again) {
    const value = (id) => byId(id).value || null;
    state.asked = { carrier: value("carrier"), origin: value("origin"), destination: value("destination"), days: Number(byId("days").value) };
    Object.assign(state, { lanes: [], cursor: null });
  }
  const { carrierScorecards: found } = await ask("scorecards", { ...state.asked, first: PAGE, after: state.cursor });
  state.lanes.push(...found.edges.map((edge) => edge.node));
  state.cursor = found.pageInfo.endCursor;
  for (const lane of state.lanes) state.countries.add(lane.origin).add(lane.destination);
  byId("more").hidden = !found.pageInfo.hasNextPage;
  offerCountries();
  draw();
}

byId("asked").addEventListener("submit", (event) => {
  event.preventDefault();
  doing(() => load(true));
});
byId("more").addEventListener("click", () => doing(() => load(false)));
document.addEventListener("signed-out", () => {
  byId("cards").hidden = true;
  byId("plots").replaceChildren();
  byId("table").replaceChildren();
  byId("health").replaceChildren();
});
signing((who) => {
  byId("cards").hidden = false;
  doing(async () => {
    await load(true);
    if (who.kind === "STAFF") await showHealth();
  });
});
