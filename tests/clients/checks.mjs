// Runs named checks one after the other; each prints one line of JSON. docs/api.md, "Clients".
import assert from 'node:assert/strict';

export { assert };
export const API = process.env.API;
export const KEY = process.env.API_KEY;

export async function run(checks) {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      tell(name, 'ok');
    } catch (error) {
      tell(name, 'failed', String(error?.stack ?? error).slice(0, 2000));
    }
  }
}

export function tell(name, state, reason = '') {
  console.log(JSON.stringify({ name, state, reason }));
}

// The featured offer of a product; anybody may follow it.
export const FOLLOW = {
  query: `subscription ($slug: String!) {
    featuredOfferChanged(market: "FR", slug: $slug) {
      version
      product { slug }
      featuredOffer { offer { price { total { amount } } } }
    }
  }`,
  variables: { slug: process.env.SLUG },
};

export function assertFeatured(seen) {
  assert.equal(seen.length, 1);
  const [{ data, errors }] = seen;
  assert.equal(errors, undefined);
  assert.equal(data.featuredOfferChanged.product.slug, process.env.SLUG);
  assert.match(data.featuredOfferChanged.featuredOffer.offer.price.total.amount, /^[0-9]+\.[0-9]{2}$/);
}

// A merchant's run, with its key only.
export const PROGRESS = {
  query: 'subscription ($runId: ID!) { jobProgress(runId: $runId) { id state } }',
  variables: { runId: process.env.RUN },
};

export function assertRun(seen) {
  assert.equal(seen.length, 1);
  assert.equal(seen[0].errors, undefined);
  assert.equal(seen[0].data.jobProgress.id, process.env.RUN);
}
