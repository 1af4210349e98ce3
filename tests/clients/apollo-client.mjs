// Both generations of Apollo Client behind the names that the checks use.
import { createRequire } from 'node:module';

export const three = process.argv[2] === '3';
const require = createRequire(import.meta.url);
const core = require(three ? 'apollo-client-3/core' : '@apollo/client');
const persisted = require(
  three ? 'apollo-client-3/link/persisted-queries' : '@apollo/client/link/persisted-queries',
);

export const { gql } = core;
export const { createPersistedQueryLink } = persisted;

export function clientOf(uri, headers = {}, more = {}, before = []) {
  const { ApolloClient, ApolloLink, HttpLink, InMemoryCache } = core;
  const link = ApolloLink.from([...before, new HttpLink({ uri, headers, fetch, ...more })]);
  const cache = new InMemoryCache({ possibleTypes: { Problem: ['FeedRunUnknown', 'InvalidTransition'] } });
  return new ApolloClient({ link, cache });
}
