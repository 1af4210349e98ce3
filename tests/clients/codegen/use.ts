// A client's use of the generated types: it compiles only if they say what the schema says.
import type {
  ApplyMutation,
  ApplyMutationVariables,
  ListingQuery,
  SearchQuery,
  SearchQueryVariables,
} from './generated/types.js';

export const search: SearchQueryVariables = {
  market: 'FR',
  filters: { grade: ['GOOD'], price: { max: '300.00' }, attributes: [{ key: 'storage_gb', values: ['128'] }] },
};

// @ts-expect-error the market is needed
export const lacking: SearchQueryVariables = { filters: null };

// @ts-expect-error money is a text, never a number
export const inexact: SearchQueryVariables = { market: 'FR', filters: { price: { max: 300 } } };

export const apply: ApplyMutationVariables = { input: { runId: 'x', idempotencyKey: 'y' } };

export function cheapest(found: SearchQuery): string | undefined {
  return found.search.edges[0]?.node.featuredOffer?.total.amount;
}

export function days(found: ListingQuery): string[] {
  return (found.listing?.offers.edges ?? []).map(({ node }) => `${node.delivery.earliest} ${node.grade}`);
}

export function told(answer: ApplyMutation): string {
  const result = answer.applyFeedRun;
  switch (result.__typename) {
    case 'FeedRunApplying':
      return result.run.state;
    case 'InvalidTransition':
      return `${result.code}: ${result.from} -> ${result.to}`;
    case 'FeedRunUnknown':
      return result.code;
  }
}
