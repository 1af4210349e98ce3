const { Environment, Network, RecordSource, Store } = require('relay-runtime');

exports.relay = (url, key) =>
  new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(async (operation, variables) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          accept: 'application/graphql-response+json',
          'content-type': 'application/json',
          ...(key ? { authorization: `Bearer ${key}` } : {}),
        },
        body: JSON.stringify({ query: operation.text, variables }),
      });
      return response.json();
    }),
  });
