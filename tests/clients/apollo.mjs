// Apollo Client 4 or 3: `node apollo.mjs 4`.
import { API, KEY, assert, run } from './checks.mjs';
import { clientOf, gql, three } from './apollo-client.mjs';
import { apollo } from './snippets/apollo.mjs';

const SEARCH = gql`
  query Search($market: String!, $first: Int!, $after: String) {
    search(market: $market, first: $first, after: $after) {
      totalCount
      edges { cursor node { product { id slug title } featuredOffer { offerId total { amount currency } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const APPLY = gql`
  mutation Apply($input: ApplyFeedRunInput!) {
    applyFeedRun(input: $input) {
      __typename
      ... on FeedRunApplying { run { id state } }
      ... on Problem { code message path hint requestId }
    }
  }
`;
const LISTING = gql`
  query Listing($market: String!) { listing(market: $market, slug: "x") { offerCount } }
`;

// Where each generation of the client keeps the errors of an answer.
async function errorsOf(client, query, variables) {
  try {
    const { error, errors } = await client.query({ query, variables, errorPolicy: 'all' });
    return error?.errors ?? errors;
  } catch (error) {
    return error.errors ?? error.networkError.result.errors;
  }
}

await run({
  async 'a query is answered and cached'() {
    const client = clientOf(API);
    const variables = { market: 'FR', first: 5 };
    const { data } = await client.query({ query: SEARCH, variables });
    assert.equal(data.search.edges.length, 5);
    assert.equal(data.search.totalCount, Number(process.env.PRODUCTS));
    const again = await client.query({ query: SEARCH, variables, fetchPolicy: 'cache-only' });
    assert.deepEqual(again.data, data);
  },
  async 'pages follow one another'() {
    const client = clientOf(API);
    const slugs = [];
    let after = null;
    do {
      const { data } = await client.query({ query: SEARCH, variables: { market: 'FR', first: 5, after } });
      slugs.push(...data.search.edges.map((edge) => edge.node.product.slug));
      after = data.search.pageInfo.hasNextPage ? data.search.pageInfo.endCursor : null;
    } while (after);
    assert.equal(new Set(slugs).size, Number(process.env.PRODUCTS));
    assert.equal(slugs.length, Number(process.env.PRODUCTS));
  },
  async 'a mutation answers with a problem of its union'() {
    const client = clientOf(API, { authorization: `Bearer ${KEY}` });
    const input = { runId: process.env.RUN, idempotencyKey: `apollo-${three ? 3 : 4}` };
    const { data } = await client.mutate({ mutation: APPLY, variables: { input } });
    assert.equal(data.applyFeedRun.__typename, 'InvalidTransition');
    assert.equal(data.applyFeedRun.code, 'INVALID_TRANSITION');
  },
  async 'an error of a field has its code and path'() {
    const [told] = await errorsOf(clientOf(API), LISTING, { market: 'XX' });
    assert.equal(told.extensions.code, 'BAD_USER_INPUT');
    assert.equal(told.extensions.reason, 'MARKET_NOT_OPEN');
    assert.deepEqual(told.path, ['listing']);
  },
  async 'an invalid document is told as an error of GraphQL, not of the network'() {
    const [told] = await errorsOf(clientOf(API), gql`query Wrong { unknown }`);
    assert.equal(told.extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  },
  async 'a key that opens nothing is told with its code'() {
    const client = clientOf(API, { authorization: 'Bearer bcl_test_nothing' });
    const [told] = await errorsOf(client, LISTING, { market: 'FR' });
    assert.equal(told.extensions.code, 'UNAUTHENTICATED');
  },
  async 'queries by GET are answered'() {
    const client = clientOf(API, {}, { useGETForQueries: true });
    const { data } = await client.query({ query: SEARCH, variables: { market: 'FR', first: 1 } });
    assert.equal(data.search.edges.length, 1);
  },
  async 'the client of the documentation reads pages into one list'() {
    const client = apollo(API, KEY);
    const first = { market: 'FR', first: 5 };
    const watched = client.watchQuery({ query: SEARCH, variables: first });
    const reading = watched.subscribe(() => {});
    const { data } = await client.query({ query: SEARCH, variables: first });
    await watched.fetchMore({ variables: { after: data.search.pageInfo.endCursor } });
    const both = await client.query({ query: SEARCH, variables: first, fetchPolicy: 'cache-only' });
    reading.unsubscribe();
    assert.equal(both.data.search.edges.length, 10);
  },
});
