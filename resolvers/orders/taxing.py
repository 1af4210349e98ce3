"""The tax of a cart's lines. Whoever must be asked over the network is asked between transactions.

A transaction that finds a line without its answer ends with `QuotesNeeded`, and nothing of it
stays; it is run again with the answers. Lines that need none, and so most carts, are never held up.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from domain.merchants import MerchantKind
from domain.money import Currency
from domain.orders.checkout import Refusal, Why
from domain.orders.sale import Sale, TaxRefused
from domain.orders.vat import Amounts, LineTax, SalesTax, VatScheme
from models.offers.read import OfferRow
from models.orders.carts import CartLine, CartRow
from models.orders.checkout import Held
from models.orders.tax import line_taxes
from resolvers.offers.following import Unavailable
from resolvers.orders import tax

T = TypeVar("T")
Quotes = Mapping[Sale, SalesTax | TaxRefused]
TRIES = 3


class QuotesNeeded(Exception):
    """Lines whose sales tax must be asked for first, outside of the transaction."""

    def __init__(self, sales: Sequence[Sale]) -> None:
        super().__init__(f"{len(sales)} lines need a sales tax")
        self.sales = sales


class NotNow(Exception):
    """A refusal that another try may not meet: it is not kept for the repeated call."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.why)
        self.refusal = refusal


async def quoted(cart_id: UUID, run: Callable[[Quotes], Awaitable[T]]) -> T:
    """Run a transaction, and again with the sales taxes that it lacked.

    Raises: Unavailable where the cart is another one each time.
    """
    quotes: dict[Sale, SalesTax | TaxRefused] = {}
    for _ in range(TRIES):
        try:
            return await run(quotes)
        except QuotesNeeded as needed:
            quotes |= await tax.quotes(str(cart_id), needed.sales)
    raise Unavailable("The cart is being changed.", reason="TRY_AGAIN", retryAfter=1)


async def settled(sales: Sequence[Sale], quotes: Quotes) -> list[LineTax | TaxRefused]:
    """The tax of each line, in order. Raises: QuotesNeeded."""
    lacking = [sale for sale in sales if tax.asked_for(sale) and sale not in quotes]
    if lacking:
        raise QuotesNeeded(lacking)
    refused: dict[int, TaxRefused] = {}
    known: dict[int, SalesTax] = {}
    for n, sale in enumerate(sales):
        match quotes.get(sale):
            case TaxRefused() as refusal:
                refused[n] = refusal
            case SalesTax() as answer:
                known[n] = answer
    return [refused.get(n, found) for n, found in enumerate(await line_taxes(sales, known))]


def sales_of(
    row: CartRow,
    sold: Sequence[tuple[CartLine, OfferRow]],
    known: Mapping[UUID, Held],
    today: date,
) -> list[Sale]:
    """What the tax of one piece of each line is decided on. The tax point is the payment, today."""
    together: Counter[tuple[UUID, str]] = Counter()
    alike: Counter[tuple[UUID, str]] = Counter()
    for line, offer in sold:
        goods = offer.item_minor * line.quantity
        together[offer.merchant_id, offer.dispatch_country] += goods
        alike[offer.merchant_id, known[offer.offer_id].category] += goods
    place = Destination(
        on=today,
        country=row.address.country if row.address else row.country,
        postcode=row.address.postal_code if row.address else "",
        region=_region(row),
        currency=row.currency,
        language=row.language,
        tax_included=row.tax_inclusive,
    )
    return [
        sale_of(
            offer,
            known[offer.offer_id],
            place,
            together[offer.merchant_id, offer.dispatch_country],
            alike[offer.merchant_id, known[offer.offer_id].category],
        )
        for _, offer in sold
    ]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where goods go, on which day, and how prices are shown there."""

    on: date
    country: str
    currency: str
    language: str
    tax_included: bool
    postcode: str = ""
    region: str | None = None


def shown(offer: OfferRow) -> Amounts:
    """What an offer shows of one piece."""
    return Amounts(offer.item_minor, offer.shipping_minor, offer.levies_minor)


def sale_of(offer: OfferRow, held: Held, to: Destination, together: int, alike: int) -> Sale:
    """What the tax of one piece is decided on.

    Units: minor units, as shown. `together`: the goods that travel with it, `alike`: those of its
    category that one buyer buys at once; both count the piece itself.
    """
    return Sale(
        ordered_on=to.on,
        tax_point=to.on,
        established=offer.merchant_country,
        dispatch_country=offer.dispatch_country,
        ship_to_country=to.country,
        ship_to_postcode=to.postcode,
        ship_to_region=to.region,
        currency=Currency(to.currency),
        amounts=shown(offer),
        consignment_minor=together,
        transaction_minor=alike,
        declared=VatScheme(held.vat_scheme),
        category=held.category,
        oss=held.oss,
        language=to.language,
        tax_included=to.tax_included,
        capacity_gb=held.capacity_gb,
        solidarity=offer.merchant_kind == MerchantKind.SOLIDARITY,
    )


def _region(row: CartRow) -> str | None:
    """The part of an ISO 3166-2 code after the dash, as `CA` of `US-CA`."""
    if row.address is None or row.address.region is None:
        return None
    return row.address.region.upper().removeprefix(f"{row.address.country}-")


def refusal_of(line: CartLine, sale: Sale, refused: TaxRefused) -> Refusal:
    """Why a line cannot be sold, for its buyer."""
    facts = {
        "line": str(line.id),
        "offer": str(line.offer_id),
        "country": sale.ship_to_country,
        "rule": refused.facts.get("rule") or refused.facts.get("kind"),
    }
    return Refusal(Why(refused.code.value), facts)
