// urql's core: cache and fetch exchanges, by POST and by GET.
import { Client, cacheExchange, fetchExchange, gql } from '@urql/core';
import { API, KEY, assert, run } from './checks.mjs';
import { urql } from './snippets/urql.mjs';

const SEARCH = gql`
  query Search($market: String!, $filters: SearchFilters) {
    search(market: $market, filters: $filters, first: 3) {
      totalCount
      edges { node { product { id title } featuredOffer { total { amount } } } }
    }
  }
`;
const APPLY = gql`
  mutation Apply($input: ApplyFeedRunInput!) {
    applyFeedRun(input: $input) {
      __typename
      ... on Problem { code }
    }
  }
`;

const exchanges = [cacheExchange, fetchExchange];
const byGet = new Client({ url: API, exchanges, preferGetMethod: 'force' });

await run({
  async 'a query is answered, then cached'() {
    const client = urql(API);
    const variables = { market: 'FR', filters: { grade: ['GOOD', 'FAIR'] } };
    const first = await client.query(SEARCH, variables);
    assert.equal(first.error, undefined);
    assert.equal(first.data.search.edges.length, 3);
    const again = await client.query(SEARCH, variables);
    assert.equal(again.operation.context.meta.cacheOutcome, 'hit');
  },
  async 'a query by GET is answered'() {
    const { data, error } = await byGet.query(SEARCH, { market: 'FR' });
    assert.equal(error, undefined);
    assert.equal(data.search.totalCount, Number(process.env.PRODUCTS));
  },
  async 'a mutation answers with a problem of its union'() {
    const input = { runId: process.env.RUN, idempotencyKey: 'urql' };
    const { data } = await urql(API, KEY).mutation(APPLY, { input });
    assert.equal(data.applyFeedRun.code, 'INVALID_TRANSITION');
  },
  async 'an error has its code and its status'() {
    const { data, error } = await urql(API).query(gql`{ listing(market: "XX", slug: "x") { market } }`, {});
    assert.equal(data.listing, null);
    assert.equal(error.graphQLErrors[0].extensions.reason, 'MARKET_NOT_OPEN');
    const wrong = await urql(API).query(gql`{ unknown }`, {});
    assert.equal(wrong.error.graphQLErrors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    assert.equal(wrong.error.networkError, undefined);
  },
});
