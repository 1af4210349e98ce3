"""The GraphQL operations that the pages send."""

MARKETS = "query Markets { markets { code currency stage } }"

SEARCH = """
query SearchPage(
  $market: String!
  $term: String
  $filters: SearchFilters
  $sort: SearchSort!
  $first: Int!
  $after: String
  $locale: String!
) {
  search(
    market: $market
    term: $term
    filters: $filters
    sort: $sort
    first: $first
    after: $after
    locale: $locale
  ) {
    totalCount
    didYouMean
    asOf
    pageInfo { hasNextPage endCursor }
    facets { key values { value label count selected } }
    edges {
      node {
        product { slug title category brand { name } }
        variant { slug attributes(locale: $locale) { label } }
        featuredOffer { total { amount currency } grade deliveryDays }
        offerCount
        merchantCount
        priceRange { min { amount currency } max { amount currency } }
      }
    }
  }
}
"""

PRODUCT_SLUG = """
query ProductSlug($slug: String!) {
  product(slug: $slug) { slug }
}
"""

LISTING = """
query ProductPage(
  $market: String!
  $slug: String!
  $grade: Grade
  $sort: OfferSort!
  $first: Int!
  $after: String
  $locale: String!
) {
  listing(market: $market, slug: $slug) {
    market
    currency
    asOf
    offerCount
    merchantCount
    product {
      slug
      title
      category
      releaseDate
      brand { name }
      weight { grams sourced }
    }
    variant { ...VariantFacts gtins mpn }
    variants {
      variant { ...VariantFacts }
      fromPrice { amount currency }
      offerCount
    }
    grades {
      grade
      definition(locale: $locale)
      available
      offerCount
      merchantCount
      fromPrice { amount currency }
    }
    featuredOffer(grade: $grade) {
      offer { ...OfferFacts impact { ...ImpactFacts } merchant { trader { ...TraderFacts } } }
      ranking { modelId snapshotId reasons }
    }
    offers(grade: $grade, sort: $sort, first: $first, after: $after) {
      pageInfo { hasNextPage endCursor }
      edges { node { ...OfferFacts } }
    }
  }
}

fragment VariantFacts on Variant {
  slug
  attributes(locale: $locale) { key name value label }
}

fragment TraderFacts on Trader {
  name
  street
  postalCode
  city
  country
  phone
  email
  register
  registerNumber
  selfCertification
  unchecked
}

fragment ImpactFacts on ImpactResult {
  status
  reasons
  unit
  grade
  method
  claim(locale: $locale, market: $market)
  factorSet { id sha256 }
  deviceForDevice { display }
  service { net { display } }
  perYear { new { value display } refurbished { value display } }
  keepPerYear(years: 6) { display }
  breakEvenYears { display }
  range { p05 { value display } p50 { value display } p95 { value display } }
  breakdown { name value { value display } }
}

fragment OfferFacts on Offer {
  id
  grade
  availability
  price {
    item { amount currency }
    shipping { amount currency }
    serviceFee { amount currency }
    levies { amount currency }
    duties { amount currency }
    total { amount currency }
  }
  warranty { legalGuaranteeMonths legalGuaranteeStatus commercialWarrantyMonths }
  delivery { earliest latest days dispatchCountry customsRequired carrier }
  battery { new health }
  merchant { name legalName kind country since }
}
"""

_RUN_FACTS = """
fragment RunFacts on FeedRun {
  id
  state
  channel
  mode
  dryRun
  format
  encoding
  linesRead
  created
  updated
  unchanged
  deleted
  ignoredStale
  pendingProduct
  rejected
  absent
  fileCode
  detail
  seconds
  startedAt
}
"""

FEED_RUNS = (
    """
query FeedRuns($first: Int!, $after: String) {
  feedRuns(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node { ...RunFacts } }
  }
}
"""
    + _RUN_FACTS
)

FEED_RUN = (
    """
query FeedRun($id: ID!, $outcome: LineOutcome, $first: Int!, $after: String, $locale: String!) {
  feedRun(id: $id) {
    ...RunFacts
    lines(outcome: $outcome, first: $first, after: $after) {
      pageInfo { hasNextPage endCursor }
      edges {
        node {
          line
          sku
          outcome
          problems(locale: $locale) { code field value message suggestion }
        }
      }
    }
  }
}
"""
    + _RUN_FACTS
)

_PREVIEW = """
query FeedPreview($id: ID!) {
  feedPreview(id: $id) {
    state
    fileCode
    detail
    format
    encoding
    encodingSure
    separator
    sheet
    decimal
    missing
    gradeColumn
    columns { name samples reads suggestion confidence }
    lines { line cells }
    gradeWords { word count grade }
  }
}
"""
_PROBLEM = "... on Problem { code message hint }"
SETUP = {
    "feeds": "query Feeds { feeds { id name mode } }",
    "feed": "query Feed($id: ID!) { node(id: $id) {"
    " ... on Feed { id name mode settings { mapping { column field } } } } }",
    "create": "mutation CreateFeed($input: CreateFeedInput!) { createFeed(input: $input) {"
    f" ... on FeedCreated {{ feed {{ id name mode }} }} {_PROBLEM} }} }}",
    "update": "mutation UpdateFeed($input: UpdateFeedInput!) { updateFeed(input: $input) {"
    " ... on FeedUpdated { feed { id name mode settings { mapping { column field } } } }"
    f" {_PROBLEM} }} }}",
    "preview": _PREVIEW,
    "run": FEED_RUN,
    "apply": "mutation ApplyFeedRun($input: ApplyFeedRunInput!) { applyFeedRun(input: $input) {"
    f" ... on FeedRunApplying {{ run {{ id state }} }} {_PROBLEM} }} }}",
}

DEVICE = """
query DevicePage($code: String!) {
  verifyDevice(code: $code) {
    brand
    model
    category
    passport {
      code
      lives
      chainIntact
      chainLength
      chainHead
      diagnostics { at passed batteryHealth }
      erasures { at validated independent method standard revision medium }
      parts { at part origin }
      repairs { at fault action }
      grades { at scheme version grade }
    }
  }
}
"""

DEVICE_KNOWN = "query DeviceKnown($code: String!) { verifyDevice(code: $code) { category } }"

RANKING = """
query RankingPage($market: String!, $locale: String!) {
  rankingDisclosure(market: $market) {
    market
    modelId
    validFrom
    parameters { key weightBp shareBp explanation(locale: $locale) }
    quality { key weightBp shareBp explanation(locale: $locale) }
    excluded { key explanation(locale: $locale) }
    paidInfluence
    lowestMerit
    highestMerit
    bandBp
    maxSharers
    leadShareBp
    grades { grade worthBp }
    noticeDays
    responsibility(locale: $locale)
    reviewVerification(locale: $locale)
    upcoming { modelId validFrom changes parameters { key weightBp shareBp } }
  }
}
"""
