import { createHash } from 'node:crypto';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries';

export const persisted = createPersistedQueryLink({
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
  useGETForHashedQueries: true,
});
