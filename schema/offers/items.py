"""What a merchant says of its offers in a call: each field kept if left out, cleared if null."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import strawberry
from strawberry.scalars import JSON

from domain.catalog import Grade
from domain.money import Currency
from domain.offers.items import Item
from schema.common import ONCE

SEQUENCE: Final = (
    "Whole number that only grows, as a number or a text. What is known of a field with this "
    "sequence or a higher one stays."
)
AS_OF: Final = (
    "When you counted your stock; now if not given. What we sold since then is subtracted."
)
ITEMS: Final = "1 to 1,000 items."
SKU: Final = "Your key; capitals do not matter."


@strawberry.input
class StockItem:
    """The stock of an offer."""

    sku: str = strawberry.field(description=SKU)
    quantity: int = strawberry.field(description="Pieces you have, 0 to 100,000.")
    if_quantity: int | None = strawberry.field(
        default=None, description="Only if `quantity` of the offer is this."
    )
    sequence: Decimal | None = strawberry.field(default=None, description=SEQUENCE)
    as_of: datetime | None = strawberry.field(default=None, description=AS_OF)

    def item(self) -> Item:
        sent = {"quantity": self.quantity}
        return Item(self.sku, sent, {}, self.if_quantity, self.sequence, self.as_of)


@strawberry.input
class PriceItem:
    """A price of an offer, everywhere or in one market."""

    sku: str = strawberry.field(description=SKU)
    market: str | None = strawberry.field(
        default=None, description="Only there; everywhere else if not given."
    )
    price: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description='Item price, such as `"199.90"`; `null` removes the price of a market.',
    )
    currency: Currency | None = strawberry.field(
        default=None, description="That of the market or of the offer if not given."
    )
    min_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Your lowest price."
    )
    max_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Your highest price."
    )
    sequence: Decimal | None = strawberry.field(default=None, description=SEQUENCE)

    def item(self) -> Item:
        sent = _sent(self, ("price", "min_price", "max_price"))
        if self.currency is not None:
            sent["currency"] = self.currency.value
        if self.market is None:
            return Item(self.sku, sent, sequence=self.sequence)
        return Item(self.sku, {}, {self.market: sent}, sequence=self.sequence)


@strawberry.input
class OfferMarketPrice:
    """The price of an offer in one market."""

    market: str = strawberry.field(description="Code of the market.")
    price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Item price; `null` removes it."
    )
    currency: Currency | None = strawberry.field(
        default=None, description="That of the market if not given."
    )
    min_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Your lowest price there."
    )
    max_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Your highest price there."
    )

    def sent(self) -> dict[str, Any]:
        found = _sent(self, ("price", "min_price", "max_price"))
        if self.currency is not None:
            found["currency"] = self.currency.value
        return found


@strawberry.input
class ShippingOption:
    """A way of delivery that an offer has of its own."""

    carrier: str = strawberry.field(description="Who delivers.")
    delay_hours: int = strawberry.field(description="Hours from hand-over to delivery.")
    price: Decimal = strawberry.field(description="In the currency of the offer; may be 0.")

    def sent(self) -> dict[str, Any]:
        return {"carrier": self.carrier, "delay_hours": self.delay_hours, "price": self.price}


@strawberry.input
class LevyItem:
    """A levy that is in the price."""

    scheme: str = strawberry.field(description="Such as `FR-DEEE`.")
    producer_id: str | None = strawberry.field(default=None, description="Your number there.")
    amount: Decimal = strawberry.field(description="In the currency of the offer; may be 0.")

    def sent(self) -> dict[str, Any]:
        return {"scheme": self.scheme, "producer_id": self.producer_id, "amount": self.amount}


_PLAIN: Final = (
    *("product_id", "gtin", "mpn", "brand", "model", "title", "battery", "attributes", "price"),
    *("currency", "vat_scheme", "min_price", "max_price", "quantity", "warranty_months"),
    *("markets", "dispatch_site", "handling_hours", "note", "available_from", "available_until"),
)


@strawberry.input
class OfferItem:
    """An offer: what is left out is kept, what is null is cleared.

    A new one needs a product, a grade and a price.
    """

    sku: str = strawberry.field(description=SKU)
    product_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Our variant, as a UUID."
    )
    gtin: str | None = strawberry.field(default=strawberry.UNSET, description="GTIN.")
    mpn: str | None = strawberry.field(default=strawberry.UNSET, description="Maker's number.")
    brand: str | None = strawberry.field(default=strawberry.UNSET, description="Brand.")
    model: str | None = strawberry.field(default=strawberry.UNSET, description="Model.")
    title: str | None = strawberry.field(default=strawberry.UNSET, description="Your wording.")
    grade: Grade | None = strawberry.field(default=strawberry.UNSET, description="How it looks.")
    battery: str | None = strawberry.field(
        default=strawberry.UNSET, description="`new`, or its health in percent."
    )
    attributes: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="Object of plain values, lower_snake keys."
    )
    price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description='Item price, tax included: `"199.90"`.'
    )
    currency: Currency | None = strawberry.field(
        default=strawberry.UNSET, description="The offer's, else that of your first market."
    )
    vat_scheme: str | None = strawberry.field(
        default=strawberry.UNSET, description="`NORMAL` or `MARGIN`; null is your usual one."
    )
    min_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Your lowest price."
    )
    max_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Your highest price."
    )
    prices: list[OfferMarketPrice] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Up to 60 markets with a price of their own; the others keep theirs, null "
        "clears all.",
    )
    quantity: int | None = strawberry.field(
        default=strawberry.UNSET, description="Pieces you have; 0 for a new offer."
    )
    warranty_months: int | None = strawberry.field(
        default=strawberry.UNSET, description="12 or more; null is 12."
    )
    markets: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Where it sells; null is your first market."
    )
    dispatch_site: str | None = strawberry.field(
        default=strawberry.UNSET, description="Code of your site; null is your main one."
    )
    handling_hours: int | None = strawberry.field(
        default=strawberry.UNSET, description="From order to hand-over; null is your usual time."
    )
    shipping: list[ShippingOption] | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 3; null is your usual delivery."
    )
    note: str | None = strawberry.field(
        default=strawberry.UNSET, description="Plain text about the device, 500 characters."
    )
    eco: list[LevyItem] | None = strawberry.field(
        default=strawberry.UNSET, description="Levies in the price."
    )
    available_from: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Not sold before."
    )
    available_until: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Not sold from then on."
    )
    if_quantity: int | None = strawberry.field(
        default=None, description="Only if `quantity` of the offer is this."
    )
    sequence: Decimal | None = strawberry.field(default=None, description=SEQUENCE)
    as_of: datetime | None = strawberry.field(default=None, description=AS_OF)

    def item(self) -> Item:
        sent = _sent(self, _PLAIN)
        if self.grade is not strawberry.UNSET:
            sent["grade"] = self.grade.value if self.grade else None
        for name, rows in (("shipping", self.shipping), ("eco", self.eco)):
            if rows is not strawberry.UNSET:
                sent[name] = [row.sent() for row in rows] if rows else None
        prices = self.prices
        markets: dict[str, Any] | None = {}
        if prices is not strawberry.UNSET:
            markets = None if prices is None else {p.market: p.sent() for p in prices}
        return Item(self.sku, sent, markets, self.if_quantity, self.sequence, self.as_of)


def _sent(given: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """What was sent of these fields, null included."""
    found = {name: getattr(given, name) for name in names}
    return {name: value for name, value in found.items() if value is not strawberry.UNSET}


@strawberry.input
class UpdateStockInput:
    """Stocks to set."""

    items: list[StockItem] = strawberry.field(description=ITEMS)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class UpdatePricesInput:
    """Prices to set."""

    items: list[PriceItem] = strawberry.field(description=ITEMS)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class UpsertOffersInput:
    """Offers to make or to change."""

    items: list[OfferItem] = strawberry.field(description=ITEMS)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class OfferSkusInput:
    """Offers by your own keys."""

    skus: list[str] = strawberry.field(description="1 to 1,000 SKUs.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class UpdateOfferInput:
    """What to change of one offer that is there."""

    sku: str = strawberry.field(description=SKU)
    idempotency_key: str = strawberry.field(description=ONCE)
    quantity: int | None = strawberry.field(default=None, description="Pieces you have.")
    if_quantity: int | None = strawberry.field(
        default=None, description="Only if `quantity` of the offer is this."
    )
    price: Decimal | None = strawberry.field(default=None, description="Item price.")
    currency: Currency | None = strawberry.field(
        default=None, description="The offer's if not given."
    )
    market: str | None = strawberry.field(
        default=None, description="The price is for this market only."
    )
    paused: bool | None = strawberry.field(
        default=None, description="true hides it until false shows it again."
    )
    sequence: Decimal | None = strawberry.field(default=None, description=SEQUENCE)
    as_of: datetime | None = strawberry.field(default=None, description=AS_OF)

    def item(self) -> Item:
        price: dict[str, Any] = {}
        if self.price is not None:
            price["price"] = self.price
            if self.currency is not None:
                price["currency"] = self.currency.value
        sent = {} if self.quantity is None else {"quantity": self.quantity}
        prices = {}
        if self.market is not None and price:
            prices[self.market] = price
        else:
            sent |= price
        return Item(self.sku, sent, prices, self.if_quantity, self.sequence, self.as_of)


@strawberry.input
class SetStockAlertInput:
    """When to be told that an offer runs out."""

    below: int | None = strawberry.field(
        description="A sale that leaves fewer is told as `offer.stock_low`; null: never."
    )
    idempotency_key: str = strawberry.field(description=ONCE)
