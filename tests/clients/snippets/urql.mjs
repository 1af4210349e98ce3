import { Client, cacheExchange, fetchExchange } from '@urql/core';

export function urql(url, key) {
  return new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    preferGetMethod: false,
    fetchOptions: { headers: key ? { authorization: `Bearer ${key}` } : {} },
  });
}
