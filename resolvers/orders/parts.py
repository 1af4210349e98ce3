"""What prices are made of: an offer's on a day, as the law is or as if it were; a line's.

Source: docs/rules/vat.md, "Parts of a price".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.markets.rules import RuleBook
from domain.orders import parts as rules
from domain.orders import vat_scheme
from domain.orders.parts import PriceParts
from domain.orders.sale import TaxRefused
from domain.orders.vat import LineTax
from models.markets import Market
from models.offers.read import OfferRow
from models.orders import carts, checkout
from models.orders.checkout import Held
from models.orders.read import LineRow
from resolvers.catalog import language
from resolvers.context import NOT_KEPT, BadInput, Context, depends, stored_text
from resolvers.markets import open_market
from resolvers.markets.rules import Supposed, supposed_book
from resolvers.orders import invoices
from resolvers.orders.taxing import Destination, sale_of, shown

MOST_OFFERS = 24


@dataclass(frozen=True, slots=True)
class Priced:
    """The parts of a price and the tax that they are made of."""

    tax: LineTax
    parts: PriceParts


@dataclass(frozen=True, slots=True)
class Untold:
    """Why the tax of an offer cannot be told, and a sentence for a person's language."""

    refused: TaxRefused
    language: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which offers, sent where, on which day, by which rules. None: where the market is, now."""

    market: str
    offers: Sequence[UUID]
    country: str | None = None
    on: date | None = None
    as_of: datetime | None = None
    locale: str = "en"
    supposed: Sequence[Supposed] = ()


async def offer_parts(ctx: Context, asked: Asked) -> list[Priced | Untold | None]:
    """The parts of offers' prices for a consumer, in the order asked for; None: not sold there.

    One piece, alone in its parcel. Nothing is stored.
    Raises: BadInput for too many offers, a market that is not open, a country that it does not
    deliver to, and as `supposed_book`.
    """
    if len(asked.offers) > MOST_OFFERS:
        raise BadInput(f"Ask for at most {MOST_OFFERS} offers.", argument="offers")
    depends(NOT_KEPT)
    market = await open_market(asked.market)
    to = _destination(ctx, market, asked)
    book = await supposed_book(to.on, asked.as_of, asked.supposed)
    offers = await carts.sold_in(asked.offers, market.code)
    held = await checkout.looked_at(list(offers), held=False)
    return [_priced(offers.get(each), held, to, book) for each in asked.offers]


def _destination(ctx: Context, market: Market, asked: Asked) -> Destination:
    known = market.countries
    country = stored_text(asked.country, "country").upper() if asked.country else known[0]
    if country not in known:
        raise BadInput(f"`{market.code}` delivers to {', '.join(known)}.", argument="country")
    today = ctx.now.astimezone(ZoneInfo(market.time_zone)).date()
    return Destination(
        on=asked.on or today,
        country=country,
        currency=market.currency,
        language=language(asked.locale),
        tax_included=market.tax_inclusive,
    )


def _priced(
    offer: OfferRow | None, held: Mapping[UUID, Held], to: Destination, book: RuleBook
) -> Priced | Untold | None:
    if offer is None:
        return None
    alone = offer.item_minor
    sale = sale_of(offer, held[offer.offer_id], to, alone, alone)
    tax = vat_scheme.line_tax(sale, book)
    if isinstance(tax, TaxRefused):
        return Untold(tax, to.language)
    parts = rules.price_parts(tax, shown(offer), offer.service_fee_minor, offer.duties_minor)
    return Priced(tax, parts)


async def line_parts(ctx: Context, row: LineRow) -> Priced | None:
    """The parts of what a line cost, as it was bought; None where no tax was decided on it."""
    found = await invoices.line_tax(ctx, row.id)
    if found is None:
        return None
    tax = found.tax
    duties = row.total_minor - tax.s_minor - row.service_fee_minor
    fee = row.service_fee_minor
    return Priced(tax, rules.price_parts(tax, rules.shown_of(tax), fee, duties))


async def order_parts(ctx: Context, lines: Sequence[LineRow]) -> PriceParts | None:
    """The parts of all lines together; None where no tax was decided on one of them."""
    found = [await line_parts(ctx, row) for row in lines]
    known = [each.parts for each in found if each is not None]
    return rules.summed(known) if len(known) == len(found) else None
