"""The GraphQL operations that the script of `/trade-in` sends."""

from typing import Final

from boucle.pages.operations_signed import SIGN_IN

_PROBLEM = "... on Problem { code message hint }"
_MONEY = "{ amount currency }"
_FIND = """
query FindDevice($market: String!, $term: String!) {
  search(market: $market, term: $term, first: 12) {
    edges { node { product { slug title category } } }
  }
}
"""
_VARIANTS = """
query DeviceVariants($slug: String!, $locale: String!) {
  product(slug: $slug) {
    title
    category
    variants { id slug attributes(locale: $locale) { key label } }
  }
}
"""
_QUESTIONS = f"""
query Questions($market: String!, $category: String!, $locale: String!) {{
  tradeInQuestionnaire(market: $market, category: $category) {{
    ... on TradeInQuestionnaire {{
      id
      questions {{
        code
        text(locale: $locale)
        help(locale: $locale)
        answers {{ code text(locale: $locale) }}
      }}
      programme {{ quoteDays labelDays minimumAge identityDocuments }}
    }}
    {_PROBLEM}
  }}
}}
"""
_ESTIMATE = f"""
query Estimate($market: String!, $variantId: ID!, $answers: [AnswerInput!]!, $locale: String!) {{
  tradeInEstimate(market: $market, variantId: $variantId, answers: $answers) {{
    ... on TradeInEstimate {{
      grade
      adviceText(locale: $locale)
      value {{
        asOf
        band {{
          ... on TradeInBand {{ best {_MONEY} low {_MONEY} high {_MONEY} n }}
          ... on TradeInNotEnoughData {{ counted: n needed: min }}
        }}
        curve {{ points {{ months value {_MONEY} }} basis source method(locale: $locale) }}
      }}
    }}
    ... on DeviceNotEligible {{ reasonText(locale: $locale) }}
    {_PROBLEM}
  }}
}}
"""
_QUOTE = f"""
mutation Quote($input: RequestTradeInQuoteInput!, $locale: String!) {{
  requestTradeInQuote(input: $input) {{
    ... on TradeInQuoteMade {{
      token
      quote {{
        id
        grade
        expiresAt
        bids {{
          bidId
          rank
          merchant {{ name legalName country }}
          amount {_MONEY}
          expectedAmount {_MONEY}
          payWithinDays
          inCountry
          counterOfferRate
          inspections
        }}
      }}
    }}
    ... on ActivationLockOn {{ steps {{ steps(locale: $locale) }} }}
    {_PROBLEM}
  }}
}}
"""
_TRADE_IN = f"""
fragment Told on TradeIn {{
  id
  number
  state
  market
  merchantName
  payout
  version
  deadlineAt
  decideBy
  variant {{ title attributes(locale: $locale) {{ label }} }}
  bid {_MONEY}
  finalAmount {_MONEY}
  account
  checklist {{ code text(locale: $locale) }}
  labels {{ purpose carrier trackingNumber documentUrl expiresAt }}
  parcels {{ purpose carrier trackingNumber status }}
  moves {{ to actor reason at }}
  actions {{ reason done title(locale: $locale) steps(locale: $locale) }}
  counterOffer {{ amount {_MONEY} reasons answerBy photos {{ url }} }}
  payment {{ state amount {_MONEY} paidAt }}
  credit {{ state left {_MONEY} }}
  receipt {{ number partner documentUrl }}
  certificate {{ code documentPath }}
}}
"""


def _moved(name: str, field: str, given: str) -> str:
    return (
        f"mutation {name}($input: {given}!, $locale: String!) {{ {field}(input: $input) {{"
        f" ... on TradeInChanged {{ tradeIn {{ ...Told }} }} {_PROBLEM} }} }}" + _TRADE_IN
    )


TRADE_IN: Final = SIGN_IN | {
    "find": _FIND,
    "variants": _VARIANTS,
    "questions": _QUESTIONS,
    "estimate": _ESTIMATE,
    "quote": _QUOTE,
    "accept": _moved("Accept", "acceptTradeInBid", "AcceptTradeInBidInput"),
    "confirm": _moved("Confirm", "confirmTradeInChecklist", "ConfirmTradeInChecklistInput"),
    "answer": _moved("Answer", "answerCounterOffer", "AnswerCounterOfferInput"),
    "resolve": _moved("Resolve", "resolveTradeInAction", "ResolveTradeInActionInput"),
    "cancel": _moved("Cancel", "cancelTradeIn", "TradeInInput"),
    "one": "query One($id: ID!, $locale: String!) { tradeIn(id: $id) { ...Told } }" + _TRADE_IN,
    "mine": (
        "query Mine($first: Int!, $after: String) { tradeIns(first: $first, after: $after) {"
        " pageInfo { hasNextPage endCursor } edges { node { id number state merchantName"
        f" createdAt bid {_MONEY} finalAmount {_MONEY} variant {{ title }} }} }} }} }}"
    ),
    "follow": "subscription Follow($id: ID!) { tradeInChanged(tradeInId: $id) { id version } }",
}
"""Of `/trade-in`, in the order in which a person meets them."""
