// graphql-ws: subscriptions over a WebSocket.
import { API, FOLLOW, KEY, PROGRESS, assert, assertFeatured, assertRun, run } from './checks.mjs';
import { socket } from './snippets/socket.mjs';

const QUIET_MS = 200;
const PATIENCE_MS = 10_000;

function connected(check, key) {
  return async () => {
    const client = socket(API, key);
    try {
      await check(client);
    } finally {
      await client.dispose();
    }
  };
}

// What is heard until it is quiet, or until the server completes.
function outcome(client, operation) {
  return new Promise((resolve, reject) => {
    const seen = [];
    const end = () => resolve(seen);
    const stop = client.subscribe(operation, {
      next: (value) => { seen.push(value); setTimeout(stop, QUIET_MS); }, error: reject, complete: end,
    });
    setTimeout(stop, PATIENCE_MS).unref();
  });
}

await run({
  'a subscription tells the present state and ends when its reader does': connected(async (client) => {
    assertFeatured(await outcome(client, FOLLOW));
  }),
  'a run is followed with a key': connected(async (client) => {
    assertRun(await outcome(client, PROGRESS));
  }, KEY),
  'a run is not followed without one': connected(async (client) => {
    const told = await outcome(client, PROGRESS).catch((errors) => errors);
    assert.equal(told[0].extensions.code, 'UNAUTHENTICATED');
  }),
  'an invalid subscription is refused with a code': connected(async (client) => {
    const told = await outcome(client, { query: 'subscription { unknown }' }).catch((errors) => errors);
    assert.equal(told[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  }),
  'two subscriptions share a socket': connected(async (client) => {
    for (const seen of await Promise.all([outcome(client, FOLLOW), outcome(client, FOLLOW)])) assertFeatured(seen);
  }),
  'a query is answered too': connected(async (client) => {
    const [{ data }] = await outcome(client, { query: '{ markets { code } }' });
    assert.ok(data.markets.length > 0);
  }),
});
