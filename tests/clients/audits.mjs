// The audits of graphql-http: GraphQL over HTTP, each of them.
import { serverAudits } from 'graphql-http';
import { API, tell } from './checks.mjs';

for (const audit of serverAudits({ url: API, fetchFn: fetch })) {
  const result = await audit.fn();
  const name = `${audit.id} ${audit.name}`;
  if (result.status === 'ok') tell(name, 'ok');
  else tell(name, 'failed', `${result.status}: ${result.reason}`);
}
