// A small shop, as relay-compiler reads it. run.cjs runs what it makes of this.
const { graphql } = require('relay-runtime');

graphql`
  fragment app_offer on Offer {
    id
    grade
    price { total { amount currency } }
    merchant { name }
  }
`;

graphql`
  fragment app_offers on Product
  @refetchable(queryName: "appOffersRefetchQuery") {
    id
    title
    variants { id slug }
  }
`;

graphql`
  fragment app_results on Query
  @refetchable(queryName: "appResultsPageQuery")
  @argumentDefinitions(
    market: { type: "String!" }
    count: { type: "Int", defaultValue: 5 }
    cursor: { type: "String" }
  ) {
    search(market: $market, first: $count, after: $cursor)
      @connection(key: "app_results_search", filters: ["market"]) {
      totalCount
      edges {
        node {
          product { ...app_offers id slug }
          featuredOffer { offerId total { amount } }
        }
      }
    }
  }
`;

graphql`
  query appSearchQuery($market: String!) {
    ...app_results @arguments(market: $market)
  }
`;

graphql`
  query appListingQuery($market: String!, $slug: String!) {
    listing(market: $market, slug: $slug) {
      offerCount
      featuredOffer { offer { ...app_offer id } }
      offers(first: 10) @connection(key: "app_listing_offers") {
        edges { node { ...app_offer id } }
      }
    }
  }
`;

graphql`
  query appNodeQuery($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Product { slug }
      ...app_offer @alias(as: "offer")
    }
  }
`;

graphql`
  mutation appApplyMutation($input: ApplyFeedRunInput!) {
    applyFeedRun(input: $input) {
      __typename
      ... on FeedRunApplying { run { id state } }
      ... on Problem { code message }
    }
  }
`;
