// Changing something by the public API: the same change asked again has the same key.
"use strict";

import { ask, Refused } from "./signed.js";

const keys = new Map();

function keyOf(name, input) {
  const asked = JSON.stringify([name, input]);
  if (!keys.has(asked)) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    keys.set(asked, Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  return [asked, keys.get(asked)];
}

// What a mutation of the page made. Throws Refused, with the words and the steps of the refusal.
export async function change(name, input, more = {}) {
  const [asked, idempotencyKey] = keyOf(name, input);
  const [found] = Object.values(await ask(name, { input: { ...input, idempotencyKey }, ...more }));
  keys.delete(asked);
  if (!found.code) return found;
  const steps = (found.steps || []).flatMap((each) => each.steps || []);
  throw new Refused([found.message, found.hint, ...steps].filter(Boolean).join(" "), found.code);
}
