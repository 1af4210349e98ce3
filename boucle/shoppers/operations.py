"""What the invented people of the demo ask of the API: the operations that any client may send."""

from typing import Final

_PROBLEM: Final = "__typename ... on Problem { code message }"
_CART: Final = "... on CartUpdated { cart { id version } }"
_PURCHASE: Final = "purchase { id state orders { id number merchant { legalName } } }"

REQUEST_CODE: Final = """mutation RequestCode($email: String!, $locale: String!) {
  requestSignInCode(input: { email: $email, locale: $locale }) {
    __typename ... on SignInCodeRequested { challenge } } }"""
_SESSION: Final = "__typename ... on SignedIn { accessToken expiresAt refreshToken }"
SIGN_IN: Final = f"""mutation SignIn($email: String!, $challenge: ID!, $code: String!) {{
  signIn(input: {{ email: $email, challenge: $challenge, code: $code }}) {{ {_SESSION} }} }}"""
REFRESH: Final = f"""mutation Refresh($refresh: String!) {{
  refreshSession(input: {{ refreshToken: $refresh }}) {{ {_SESSION} }} }}"""

SEARCH: Final = """query Window($market: String!, $category: [String!], $first: Int!) {
  search(market: $market, filters: { category: $category }, first: $first) { edges { node {
    featuredOffer { offerId total { amount } } } } } }"""
CREATE_CART: Final = """mutation NewCart($market: String!, $country: String!, $language: String!,
  $key: String!) { createCart(input: { market: $market, country: $country, language: $language,
    idempotencyKey: $key }) { cart { id } } }"""
ADD_LINE: Final = f"""mutation AddLine($cart: ID!, $offer: ID!, $quantity: Int!, $total: Decimal!,
  $key: String!) {{ addCartLine(input: {{ cartId: $cart, offerId: $offer, quantity: $quantity,
    expectedTotal: $total, idempotencyKey: $key }}) {{ {_CART} {_PROBLEM}
    ... on PriceChanged {{ new {{ amount }} }} }} }}"""
SET_ADDRESS: Final = f"""mutation Address($cart: ID!, $address: AddressInput!, $key: String!) {{
  setCartAddress(input: {{ cartId: $cart, address: $address, idempotencyKey: $key }}) {{
    {_CART} {_PROBLEM} }} }}"""
PREVIEW: Final = """query Preview($cart: ID!) { checkoutPreview(cartId: $cart) {
  ready cart { version } problems { ... on Problem { code } } } }"""
CHECKOUT: Final = f"""mutation Buy($cart: ID!, $version: Int, $method: String!, $key: String!) {{
  completeCheckout(input: {{ cartId: $cart, cartVersion: $version,
    payment: {{ method: $method }}, idempotencyKey: $key }}) {{
    ... on CheckoutCompleted {{ actionUrl {_PURCHASE} }}
    ... on PaymentDeclined {{ purchaseId retryable reason }} {_PROBLEM} }} }}"""
RETRY: Final = f"""mutation PayAgain($purchase: ID!, $method: String!, $key: String!) {{
  retryPayment(input: {{ purchaseId: $purchase, payment: {{ method: $method }},
    idempotencyKey: $key }}) {{ ... on CheckoutCompleted {{ actionUrl {_PURCHASE} }}
    ... on PaymentDeclined {{ purchaseId retryable reason }} {_PROBLEM} }} }}"""
CANCEL: Final = f"""mutation CancelMine($line: ID!, $key: String!) {{
  requestCancellation(input: {{ orderLine: $line, idempotencyKey: $key }}) {{
    ... on OrderLineChanged {{ line {{ state }} }} {_PROBLEM} }} }}"""
LINES: Final = """query MyLines($order: ID!) { order(id: $order) { lines { id state } } }"""
DELIVERED: Final = """query MyDelivered($first: Int!) {
  orders(state: [DELIVERED, COMPLETED], first: $first) { edges { node {
    lines { id state } } } } }"""
REVIEW: Final = f"""mutation Review($line: ID!, $stars: Int!, $key: String!) {{
  reviewOrderLine(input: {{ orderLineId: $line, stars: $stars, idempotencyKey: $key }}) {{
    ... on Review {{ id }} {_PROBLEM} }} }}"""

QUEUE: Final = """query Queue($first: Int!) {
  orders(state: [TO_ACCEPT, TO_SHIP], sort: NEXT_DEADLINE, first: $first) { edges { node {
    id number paidAt address { country postalCode }
    lines { id state category carrier dispatchCountry cancelRequestedAt vatScheme
      item { amount currency } unit { imeiMasked serial } } } } } }"""
ACCEPT: Final = f"""mutation Accept($lines: [ID!]!, $key: String!) {{
  acceptOrderLines(input: {{ lines: $lines, idempotencyKey: $key }}) {{ results {{
    ... on OrderLineChanged {{ line {{ id state }} }} {_PROBLEM} }} }} }}"""
REFUSE: Final = f"""mutation Refuse($line: ID!, $reason: OrderLineRefusalReason!, $key: String!) {{
  refuseOrderLine(input: {{ orderLine: $line, reason: $reason, idempotencyKey: $key }}) {{
    ... on OrderLineChanged {{ line {{ state }} }} {_PROBLEM} }} }}"""
ANSWER_CANCEL: Final = f"""mutation AnswerCancel($line: ID!, $agree: Boolean!, $key: String!) {{
  answerCancelRequest(input: {{ orderLine: $line, agree: $agree, idempotencyKey: $key }}) {{
    ... on OrderLineChanged {{ line {{ state }} }} {_PROBLEM} }} }}"""
ATTACH: Final = f"""mutation Attach($input: AttachUnitInput!) {{ attachUnit(input: $input) {{
  ... on OrderLineChanged {{ line {{ state }} }} {_PROBLEM} }} }}"""
SHIP: Final = f"""mutation Ship($input: ShipOrderInput!) {{ shipOrder(input: $input) {{
  ... on OrderShipped {{ shipmentId carrier trackingNumber }} {_PROBLEM} }} }}"""
