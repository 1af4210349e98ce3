// Runs named checks one after the other; each prints one line of JSON. docs/api.md, "Clients".
import assert from 'node:assert/strict';

export { assert };
export const API = process.env.API;
export const KEY = process.env.API_KEY;

export class Unsupported extends Error {}

export async function run(checks) {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      tell(name, 'ok');
    } catch (error) {
      if (error instanceof Unsupported) tell(name, 'unsupported', error.message);
      else tell(name, 'failed', String(error?.stack ?? error).slice(0, 2000));
    }
  }
}

export function tell(name, state, reason = '') {
  console.log(JSON.stringify({ name, state, reason }));
}

export async function ask(body, headers = {}) {
  const response = await fetch(API, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
}

// What a server says of itself decides which checks it is held to.
export async function persists() {
  const hash = '0'.repeat(64);
  const told = await ask({ extensions: { persistedQuery: { version: 1, sha256Hash: hash } } });
  return told.errors?.[0]?.message === 'PersistedQueryNotFound';
}

export async function subscriptions() {
  const query = `{ __schema { subscriptionType { fields { name
    args { name defaultValue type { kind ofType { kind name } } }
    type { kind name ofType { kind name } } } } } }`;
  const told = await ask({ query });
  return told.data.__schema.subscriptionType?.fields ?? [];
}

// A subscription of the schema and values for its arguments, by their names.
export async function subscription() {
  const known = {
    market: 'FR', code: 'FR', markets: ['FR'], slug: process.env.SLUG, id: process.env.PRODUCT,
    product: process.env.PRODUCT, productId: process.env.PRODUCT, run: process.env.RUN,
    runId: process.env.RUN,
  };
  for (const field of await subscriptions()) {
    const needed = field.args.filter((a) => a.type.kind === 'NON_NULL' && a.defaultValue === null);
    if (!needed.every((a) => a.name in known)) continue;
    const values = needed.map((a) => {
      const id = field.name.toLowerCase().includes('run') && a.name === 'id';
      return `${a.name}: ${JSON.stringify(id ? process.env.RUN : known[a.name])}`;
    });
    const named = field.type.ofType ?? field.type;
    const leaf = ['SCALAR', 'ENUM'].includes(named.kind);
    const given = values.length ? `(${values.join(', ')})` : '';
    return `subscription { ${field.name}${given}${leaf ? '' : ' { __typename }'} }`;
  }
  throw new Unsupported('the schema has no subscription');
}
