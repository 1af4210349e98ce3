// Apollo Client 4 or 3 with automatic persisted queries, the hashes sent by GET.
import { createHash } from 'node:crypto';
import { API, assert, run } from './checks.mjs';
import { clientOf, createPersistedQueryLink, gql, three } from './apollo-client.mjs';
import { persisted } from './snippets/persisted.mjs';

const name = `Listing${three ? 3 : 4}`;
const QUERY = gql`query ${name}($slug: String!) { listing(market: "FR", slug: $slug) { offerCount } }`;

function recording(sent) {
  return async (url, given) => {
    const response = await fetch(url, given);
    sent.push({ method: given.method ?? 'GET', status: response.status, url: String(url) });
    return response;
  };
}

function persisting(sent) {
  const older = createPersistedQueryLink({
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    useGETForHashedQueries: true,
  });
  return clientOf(API, {}, { fetch: recording(sent) }, [three ? older : persisted]);
}

async function asked(client) {
  const { data } = await client.query({
    query: QUERY, variables: { slug: process.env.SLUG }, fetchPolicy: 'network-only',
  });
  assert.ok(data.listing.offerCount > 0);
}

await run({
  async 'an unknown hash is registered by a POST'() {
    const sent = [];
    await asked(persisting(sent));
    assert.deepEqual(sent.map((s) => s.method), ['GET', 'POST']);
    assert.equal(sent[0].status, 200);
  },
  async 'a known hash is answered by one GET'() {
    const sent = [];
    await asked(persisting(sent));
    assert.deepEqual(sent.map((s) => s.method), ['GET']);
    assert.ok(!new URL(sent[0].url).searchParams.has('query'));
  },
});
