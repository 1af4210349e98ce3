import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

export function socket(url, key) {
  return createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: key ? { authorization: `Bearer ${key}` } : {},
  });
}
