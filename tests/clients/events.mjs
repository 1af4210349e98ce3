// graphql-sse in its distinct connections mode: subscriptions as server-sent events.
import { API, Unsupported, assert, run, subscription } from './checks.mjs';
import { events } from './snippets/events.mjs';

const QUIET_MS = 400;
const document = await subscription().catch((error) => error);

async function streams() {
  const stop = new AbortController();
  const response = await fetch(API, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: document }),
    signal: stop.signal,
  });
  const kind = response.headers.get('content-type') ?? '';
  stop.abort();
  return response.ok && kind.startsWith('text/event-stream');
}

function supported(check) {
  return async () => {
    if (document instanceof Error) throw document;
    if (!(await streams())) throw new Unsupported('the server answers no text/event-stream');
    const client = events(API);
    await check(client);
    client.dispose();
  };
}

await run({
  'a subscription is accepted and ends when its reader does': supported(async (client) => {
    const seen = [];
    await new Promise((resolve, reject) => {
      const stop = client.subscribe({ query: document }, {
        next: (value) => seen.push(value), error: reject, complete: resolve,
      });
      setTimeout(() => { stop(); resolve(); }, QUIET_MS);
    });
    for (const value of seen) assert.equal(value.errors, undefined);
  }),
  'an invalid subscription is refused': supported(async (client) => {
    const told = await new Promise((resolve) => {
      client.subscribe({ query: 'subscription { unknown }' }, {
        next: resolve, error: (error) => resolve({ errors: [error] }), complete: () => resolve(null),
      });
    });
    assert.ok(told?.errors?.length);
  }),
});
