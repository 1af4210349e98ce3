import { createClient } from 'graphql-sse';

export function events(url, key) {
  return createClient({ url, headers: key ? { authorization: `Bearer ${key}` } : {} });
}
