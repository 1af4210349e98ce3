// How well parcels are followed now, in each market of the member of staff who asks.
"use strict";

import { ask, byId, element, locale, moment, say } from "./signed.js";

const MOST_MARKETS = 12;
const MOST_CODES = 20;

const number = (value) => Number(value).toLocaleString(locale);

function heads(names) {
  const row = element("tr");
  row.append(...names.map((name) => element("th", say(`health.${name}`), { scope: "col" })));
  const head = element("thead");
  head.append(row);
  return head;
}

function table(label, names, rows) {
  const body = element("tbody");
  for (const [first, ...cells] of rows) {
    const row = element("tr");
    row.append(element("th", first, { scope: "row" }), ...cells.map((text) => element("td", text)));
    body.append(row);
  }
  const made = element("table");
  made.append(heads(names), body);
  const region = element("div", null, { class: "scroll", tabindex: "0", role: "region", "aria-label": label });
  region.append(made);
  return region;
}

function marketRow([market, found]) {
  const figures = ["parcels", "stalled", "unassigned", "waiting"].map((name) => number(found[name]));
  return [market || say("lane.all"), ...figures, found.oldestUnpolled ? moment(found.oldestUnpolled) : "–"];
}

// A list of one entry for each key, in the order in which they came.
function single(lists, key) {
  return [...new Map(lists.flat().map((each) => [key(each), each])).values()];
}

function unread(told) {
  const codes = single(told.map(([, found]) => found.unmappedCodes), (each) => `${each.api} ${each.code}`);
  if (!codes.length) return [element("p", say("health.read"), { class: "quiet" })];
  const rows = codes.slice(0, MOST_CODES).map((each) => [each.code, each.api, each.label, number(each.times)]);
  return [element("h3", say("health.codes")), table(say("health.codes"), ["code", "api", "label", "times"], rows)];
}

function refused(told) {
  const accounts = single(told.map(([, found]) => found.disabledAccounts), (each) => each.accountId);
  if (!accounts.length) return [];
  const rows = accounts.map((each) => [each.name || each.api, each.api, each.disabledBecause || ""]);
  return [element("h3", say("health.refused")), table(say("health.refused"), ["account", "api", "because"], rows)];
}

// Ask for each market of the person, and draw what was told. Throws Refused.
export async function showHealth() {
  const { viewer } = await ask("markets", {});
  const markets = viewer.markets ? viewer.markets.slice(0, MOST_MARKETS) : [null];
  const told = [];
  for (const market of markets) {
    const { trackingHealth } = await ask("health", { market });
    told.push([market, trackingHealth]);
  }
  const names = ["market", "parcels", "stalled", "unassigned", "waiting", "oldest"];
  const title = element("h2", say("health.title"));
  byId("health").replaceChildren(title, table(say("health.title"), names, told.map(marketRow)), ...unread(told), ...refused(told));
}
