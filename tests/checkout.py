"""Buyers for tests: they make carts and buy them by the operations that clients use."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from domain.accounts.roles import CallerKind
from domain.orders.payments import PaymentState, Provider, Told
from models.base import fetch
from models.orders.payments import Payment
from resolvers.context import Caller
from schema.common import global_id
from tests import orders
from tests.schema.asking import Json, answer, data

MONEY = "{amount currency}"
TOTALS = f"{{items{MONEY} shipping{MONEY} serviceFee{MONEY} total{MONEY}}}"
PROBLEM = f"""__typename ... on Problem{{code path message}}
  ... on OutOfStock{{availability offerId lineId}}
  ... on PriceChanged{{old{MONEY} new{MONEY} lineId}}
  ... on OfferNotShippableTo{{country}} ... on MarketPaused{{scope}} ... on CartChanged{{version}}
  ... on CapReached{{offerId explanation(locale: "fr")}} ... on TaxRefused{{country lineId}}
  ... on OfferUnavailable{{offerId}}"""
CART = f"""{{id market country version purchaseId address{{name city}}
  lines{{id quantity expectedTotal{MONEY} offer{{price{{total{MONEY}}}}} variant{{slug}}}}}}"""
CREATE = f"""mutation($m: String!, $c: String, $k: String!){{createCart(
  input: {{market: $m, country: $c, idempotencyKey: $k}}){{token cart{CART}}}}}"""
ADD = f"""mutation(
  $cart: ID!, $offer: ID!, $n: Int!, $total: Decimal!, $k: String!, $token: String){{
  addCartLine(input: {{cartId: $cart, offerId: $offer, quantity: $n, expectedTotal: $total,
    idempotencyKey: $k, token: $token}}){{... on CartUpdated{{cart{CART}}} {PROBLEM}}}}}"""
CHANGE = f"""mutation(
  $cart: ID!, $line: ID!, $n: Int, $total: Decimal, $k: String!, $token: String){{
  changeCartLine(input: {{cartId: $cart, lineId: $line, quantity: $n, expectedTotal: $total,
    idempotencyKey: $k, token: $token}}){{... on CartUpdated{{cart{CART}}} {PROBLEM}}}}}"""
REMOVE = f"""mutation($cart: ID!, $line: ID!, $k: String!, $token: String){{removeCartLine(
  input: {{cartId: $cart, lineId: $line, idempotencyKey: $k, token: $token}}){{
  ... on CartUpdated{{cart{CART}}} {PROBLEM}}}}}"""
SEND_TO = f"""mutation($cart: ID!, $address: AddressInput!, $k: String!, $token: String){{
  setCartAddress(input: {{cartId: $cart, address: $address, idempotencyKey: $k, token: $token}}){{
  ... on CartUpdated{{cart{CART}}} {PROBLEM}}}}}"""
CLAIM = f"""mutation($cart: ID!, $token: String!, $k: String!){{claimCart(
  input: {{cartId: $cart, token: $token, idempotencyKey: $k}}){{
  ... on CartUpdated{{cart{CART}}} {PROBLEM}}}}}"""
READ = f"query($cart: ID!, $token: String){{cart(id: $cart, token: $token){CART}}}"
PREVIEW = f"""query($cart: ID!, $token: String){{checkoutPreview(cartId: $cart, token: $token){{
  ready cart{{version}} totals{TOTALS} problems{{{PROBLEM}}}
  orders{{merchant{{name legalName country}} totals{TOTALS} lines{{title quantity piece{TOTALS}
    totals{TOTALS} delivery{{earliest latest carrier price{MONEY} dispatchCountry}}
    warranty{{legalGuaranteeMonths legalGuaranteeUntil commercialWarrantyMonths
      commercialWarrantyUntil}} tax{{scheme words}}}}}}}}}}"""
PURCHASE = f"""{{id state total{MONEY} failedBecause expiresAt address{{city}}
  orders{{id number state total{MONEY} merchant{{name legalName}} totals{TOTALS}
    lines{{id state title totals{TOTALS} legalGuaranteeMonths commercialWarrantyMonths}}}}}}"""
BUY = f"""mutation($cart: ID!, $version: Int, $method: String!, $k: String!){{completeCheckout(
  input: {{cartId: $cart, cartVersion: $version, payment: {{method: $method}},
    idempotencyKey: $k}}){{
  ... on CheckoutCompleted{{actionUrl purchase{PURCHASE}}}
  ... on PaymentDeclined{{purchaseId reason retryable}} {PROBLEM}}}}}"""
RETRY = f"""mutation($purchase: ID!, $method: String!, $k: String!){{retryPayment(
  input: {{purchaseId: $purchase, payment: {{method: $method}}, idempotencyKey: $k}}){{
  __typename ... on CheckoutCompleted{{actionUrl purchase{PURCHASE}}}
  ... on PaymentDeclined{{reason retryable}} ... on PurchaseNotPending{{code state}}}}}}"""
BOUGHT = f"query($id: ID!){{purchase(id: $id){PURCHASE}}}"
ADDRESS = {
    "name": "Camille Canari",
    "street": ["1 rue des Essais"],
    "city": "Lyon",
    "postalCode": "69003",
    "country": "FR",
}


@dataclass
class FakeTill:
    """A provider that answers by the method: `ok` is taken, `3ds` asks, what else is declined."""

    name: Provider = Provider.SIMULATOR
    asked: list[UUID] = field(default_factory=list)

    async def authorise(self, payment: Payment) -> Told | None:
        self.asked.append(payment.id)
        ref = str(payment.id)
        if payment.method == "ok":
            return Told(PaymentState.AUTHORISED, ref)
        if payment.method == "3ds":
            return Told(PaymentState.ACTION_REQUIRED, ref, action_url="https://bank.example/3ds")
        return Told(PaymentState.DECLINED, ref, code="INSUFFICIENT_FUNDS", retryable=True)

    async def capture(self, payment: Payment) -> Told | None:
        return Told(PaymentState.CAPTURED, payment.provider_ref)

    async def cancel(self, payment: Payment) -> Told | None:
        return Told(PaymentState.CANCELLED, payment.provider_ref)

    async def find(self, payment: Payment) -> Told | None:
        return Told(payment.state, payment.provider_ref)


@dataclass
class Buyer:
    """Somebody with a cart: a customer, or a visitor with a token. Each call has its own key."""

    caller: Caller | None = None
    cart: str = ""
    token: str | None = None
    calls: int = 0

    def key(self) -> str:
        self.calls += 1
        return f"{id(self)}-{self.calls}"

    async def ask(self, query: str, **given: Any) -> Json:
        """The one field of the answer."""
        usual: Json = {"k": self.key()} if "$k:" in query else {}
        usual |= {"cart": self.cart} if "$cart:" in query else {}
        usual |= {"token": self.token} if "$token:" in query else {}
        found = await data(query, self.caller, **usual | given)
        [answer_] = found.values()
        return answer_  # type: ignore[no-any-return]

    async def make(self, market: str = "FR", **given: Any) -> Json:
        found = await self.ask(CREATE, m=market, **given)
        self.cart, self.token = found["cart"]["id"], found["token"]
        return found

    async def add(self, offer: UUID, total: str, n: int = 1, **given: Any) -> Json:
        return await self.ask(ADD, offer=str(global_id("Offer", offer)), total=total, n=n, **given)

    async def send_to(self, **given: Any) -> Json:
        return await self.ask(SEND_TO, address=ADDRESS | given)

    async def buy(self, method: str = "ok", **given: Any) -> Json:
        return await self.ask(BUY, method=method, **given)

    async def errors(self, query: str, **given: Any) -> Json:
        return await answer(query, self.caller, **given)


async def customer(email: str = "camille@example.com") -> Caller:
    """A customer who signed in."""
    return Caller(kind=CallerKind.CUSTOMER, user_id=await orders.customer(email))


async def with_cart(
    offers: dict[UUID, str], n: int = 1, *, email: str = "camille@example.com"
) -> Buyer:
    """A customer with a cart of so many pieces of each offer, at these totals, and an address."""
    buyer = Buyer(await customer(email))
    await buyer.make()
    for offer, total in offers.items():
        found = await buyer.add(offer, total, n)
        assert found["__typename"] == "CartUpdated", found
    await buyer.send_to()
    return buyer


async def crowd(offer: UUID, total_minor: int, count: int) -> list[Buyer]:
    """So many customers, each with a cart of one piece of an offer, written as rows."""
    rows = await fetch(
        """
        WITH person AS (
          INSERT INTO account (id, created_at, updated_at, kind, roles, language, issuer, email,
            subject)
          SELECT boucle_uuid7(), now(), now(), 'CUSTOMER', '{CUSTOMER}', 'en', '', 'b' || n || $5,
            'b' || n || $5 FROM generate_series(1, $1::int) n
          RETURNING id),
        made AS (
          INSERT INTO cart (market, country, customer_id, address)
          SELECT 'FR', 'FR', id, $4::text::jsonb FROM person RETURNING id, customer_id),
        filled AS (
          INSERT INTO cart_line (cart_id, offer_id, variant_id, quantity, expected_minor)
          SELECT m.id, o.id, o.variant_id, 1, $3 FROM made m JOIN offer o ON o.id = $2)
        SELECT id, customer_id FROM made
        """,
        count,
        offer,
        total_minor,
        orjson.dumps(ADDRESS).decode(),
        f"-{offer}@a.example",
    )
    return [
        Buyer(
            Caller(kind=CallerKind.CUSTOMER, user_id=row["customer_id"]),
            str(global_id("Cart", row["id"])),
        )
        for row in rows
    ]


async def a_visitor() -> Buyer:
    """Somebody who did not sign in, with a cart."""
    buyer = Buyer()
    await buyer.make()
    return buyer
