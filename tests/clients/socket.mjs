// graphql-ws: subscriptions over a WebSocket.
import { API, Unsupported, assert, run, subscription } from './checks.mjs';
import { socket } from './snippets/socket.mjs';

const QUIET_MS = 400;
const document = await subscription().catch((error) => error);

function supported(check) {
  return async () => {
    if (document instanceof Error) throw document;
    const client = socket(API);
    try {
      await check(client);
    } catch (error) {
      const refused = String(error?.message ?? '').includes('Unexpected server response');
      throw refused ? new Unsupported('the server accepts no upgrade to WebSocket') : error;
    } finally {
      await client.dispose();
    }
  };
}

function outcome(client, query) {
  return new Promise((resolve, reject) => {
    const seen = [];
    const end = () => resolve(seen);
    const stop = client.subscribe({ query }, {
      next: (value) => { seen.push(value); if (value.errors) end(); }, error: reject, complete: end,
    });
    setTimeout(stop, QUIET_MS);
  });
}

await run({
  'a subscription is accepted and ends when its reader does': supported(async (client) => {
    for (const value of await outcome(client, document)) assert.equal(value.errors, undefined);
  }),
  'an invalid subscription is refused with a code': supported(async (client) => {
    const told = await outcome(client, 'subscription { unknown }').then((seen) => seen[0].errors, (errors) => errors);
    assert.equal(told[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  }),
  'two subscriptions share a socket': supported(async (client) => {
    const both = await Promise.all([outcome(client, document), outcome(client, document)]);
    for (const seen of both) for (const value of seen) assert.equal(value.errors, undefined);
  }),
});
