"""What the invented people of the demo ask when they sell devices: as any client may."""

from typing import Final

_PROBLEM: Final = "__typename ... on Problem { code message }"
_MOVED: Final = f"... on TradeInChanged {{ tradeIn {{ id number state }} }} {_PROBLEM}"

FIND_DEVICES: Final = """query FindDevices($market: String!, $term: String!, $first: Int!) {
  search(market: $market, term: $term, first: $first) { edges { node { product { slug } } } } }"""
VARIANTS: Final = "query Variants($slug: String!) { product(slug: $slug) { variants { id } } }"
QUOTE: Final = f"""mutation Quote($input: RequestTradeInQuoteInput!) {{
  requestTradeInQuote(input: $input) {{
    ... on TradeInQuoteMade {{ quote {{ id bids {{ bidId }} }} }} {_PROBLEM} }} }}"""
ACCEPT_BID: Final = f"""mutation AcceptBid($input: AcceptTradeInBidInput!) {{
  acceptTradeInBid(input: $input) {{
    ... on TradeInChanged {{ tradeIn {{ id number state checklist {{ code }} }} }}
    {_PROBLEM} }} }}"""
CONFIRM: Final = f"""mutation Confirm($input: ConfirmTradeInChecklistInput!) {{
  confirmTradeInChecklist(input: $input) {{ {_MOVED} }} }}"""
ANSWER_LESS: Final = f"""mutation AnswerLess($input: AnswerCounterOfferInput!) {{
  answerCounterOffer(input: $input) {{ {_MOVED} }} }}"""
SOLD: Final = """query Sold($first: Int!) { tradeIns(first: $first) { edges { node {
  id state } } } }"""
INCOMING: Final = """query Incoming($first: Int!, $state: [TradeInState!]) {
  incomingTradeIns(first: $first, state: $state, sort: NEXT_DEADLINE) {
    edges { node { id number state bid { amount } } } } }"""
INSPECT: Final = f"""mutation Inspect($input: TradeInInput!) {{
  inspectTradeIn(input: $input) {{ {_MOVED} }} }}"""
VALIDATE: Final = f"""mutation Validate($input: TradeInInput!) {{
  validateTradeIn(input: $input) {{ {_MOVED} }} }}"""
OFFER_LESS: Final = f"""mutation OfferLess($input: ProposeCounterOfferInput!) {{
  proposeCounterOffer(input: $input) {{ {_MOVED} }} }}"""
