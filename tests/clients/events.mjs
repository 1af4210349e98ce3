// graphql-sse in its distinct connections mode: subscriptions as server-sent events.
import { API, FOLLOW, KEY, PROGRESS, assert, assertFeatured, assertRun, run } from './checks.mjs';
import { events } from './snippets/events.mjs';

const QUIET_MS = 200;
const PATIENCE_MS = 10_000;

// What is heard until it is quiet, or until the server completes.
async function outcome(operation, key) {
  const client = events(API, key);
  const seen = [];
  await new Promise((resolve, reject) => {
    const end = () => { stop(); resolve(); };
    const stop = client.subscribe(operation, {
      next: (value) => { seen.push(value); setTimeout(end, QUIET_MS); }, error: reject, complete: resolve,
    });
    setTimeout(end, PATIENCE_MS).unref();
  });
  client.dispose();
  return seen;
}

await run({
  async 'a subscription tells the present state and ends when its reader does'() {
    assertFeatured(await outcome(FOLLOW));
  },
  async 'a run is followed with a key'() {
    assertRun(await outcome(PROGRESS, KEY));
  },
  async 'a run is not followed without one'() {
    const [{ errors }] = await outcome(PROGRESS);
    assert.equal(errors[0].extensions.code, 'UNAUTHENTICATED');
  },
  async 'an invalid subscription is refused'() {
    const [{ errors }] = await outcome({ query: 'subscription { unknown }' });
    assert.equal(errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  },
});
