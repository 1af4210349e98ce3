"""The GraphQL operations that the scripts of signed-in people's pages send."""

from typing import Final

_PROBLEM = "... on Problem { code message hint }"
_SIGNED_IN = "... on SignedIn { accessToken expiresAt refreshToken roles kind }"

SIGN_IN: Final = {
    "code": "mutation RequestCode($input: RequestSignInCodeInput!) { requestSignInCode("
    f"input: $input) {{ ... on SignInCodeRequested {{ challenge expiresAt }} {_PROBLEM} }} }}",
    "signIn": "mutation SignIn($input: SignInInput!) { signIn(input: $input) {"
    f" {_SIGNED_IN} {_PROBLEM} }} }}",
    "refresh": "mutation RefreshSession($input: RefreshSessionInput!) { refreshSession("
    f"input: $input) {{ {_SIGNED_IN} {_PROBLEM} }} }}",
    "signOut": "mutation SignOut { signOut { __typename } }",
}

_ORDERS = """
query Orders($sort: OrderSort!, $first: Int!, $after: String) {
  orders(sort: $sort, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges {
      node {
        id
        number
        state
        market
        nextDeadline
        createdAt
        merchant { name }
        total { amount currency }
      }
    }
  }
}
"""
_JOURNEY = """
query Journey($id: ID!, $locale: String!) {
  order(id: $id) {
    id
    number
    state
    nextDeadline
    createdAt
    merchant { name legalName country }
    total { amount currency }
    address { name street city postalCode country }
    lines {
      id
      position
      state
      title
      grade
      version
      total { amount currency }
      refunded { amount currency }
      dispatchCountry
      promisedFrom
      promisedBy
      paidAt
      acceptBy
      acceptedAt
      dispatchBy
      shippedAt
      deliveredAt
      returnUntil
      withdrawUntil
      warranty { legalGuaranteeUntil commercialWarrantyUntil }
    }
  }
  deliveries(orderId: $id) {
    id
    purpose
    carrier
    trackingNumber
    trackingUrl
    status
    statusText(locale: $locale)
    statusAt
    origin
    destination
    eta
    promisedFrom
    promisedBy
    late
    stalled
    neverAccepted
    deliveredAt
    lastCheckedAt
    proofOfDelivery { at signedBy place documentUrl }
  }
}
"""
_MOVES = """
query Moves($id: ID!) {
  orderLine(id: $id) { history { from to actor reason note at } }
}
"""
_SCANS = """
query Scans($id: ID!, $locale: String!) {
  node(id: $id) {
    ... on Shipment {
      events {
        at
        localTime
        place
        postalCode
        country
        status
        text(locale: $locale)
        carrierText
        carrierLanguage
      }
    }
  }
}
"""
ORDERS: Final = SIGN_IN | {
    "orders": _ORDERS,
    "journey": _JOURNEY,
    "moves": _MOVES,
    "scans": _SCANS,
    "follow": "subscription Follow($id: ID!) { orderChanged(orderId: $id) { id version } }",
}
"""Of `/orders`. A line's moves and a parcel's scans are asked one by one: each costs little."""

_SHOWN = (
    "{ ... on LaneShare { bp lowBp highBp x n } ... on LaneNotEnoughData { counted: n needed: min }"
    " }"
)
_DAYS = (
    "{ ... on LaneDays { days low high n } ... on LaneNotEnoughData { counted: n needed: min } }"
)
_SCORECARDS = f"""
query Scorecards(
  $carrier: Carrier
  $origin: String
  $destination: String
  $days: Int!
  $first: Int!
  $after: String
) {{
  carrierScorecards(
    carrier: $carrier
    origin: $origin
    destination: $destination
    days: $days
    first: $first
    after: $after
  ) {{
    pageInfo {{ hasNextPage endCursor }}
    edges {{
      node {{
        carrier
        origin
        destination
        parcels
        onTime {_SHOWN}
        lost {_SHOWN}
        damaged {_SHOWN}
        firstAttempt {_SHOWN}
        lateScans {_SHOWN}
        trackingHealth {_SHOWN}
        firstScanHours
        daysP50 {_DAYS}
        daysP90 {_DAYS}
        asOf
      }}
    }}
  }}
}}
"""
_HEALTH = """
query Health($market: String) {
  trackingHealth(market: $market) {
    parcels
    stalled
    unassigned
    waiting
    oldestUnpolled
    unmappedCodes { api code label times }
    disabledAccounts { accountId api name disabledBecause }
  }
}
"""
CARRIERS: Final = SIGN_IN | {
    "scorecards": _SCORECARDS,
    "markets": "query Markets { viewer { markets } }",
    "health": _HEALTH,
}
"""Of `/team/carriers`."""
