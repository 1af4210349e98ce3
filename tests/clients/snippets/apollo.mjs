import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

export function apollo(uri, key) {
  const search = relayStylePagination(['market', 'term', 'filters', 'sort', 'locale']);
  return new ApolloClient({
    link: new HttpLink({ uri, headers: key ? { authorization: `Bearer ${key}` } : {} }),
    cache: new InMemoryCache({
      possibleTypes: { Problem: ['FeedRunUnknown', 'InvalidTransition'] },
      typePolicies: { Query: { fields: { search } } },
    }),
  });
}
