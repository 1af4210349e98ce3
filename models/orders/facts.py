"""Facts of tax that a device is sold under: the one place where a checkout asks for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.orders.amounts import Amounts
from domain.orders.checkout import Why


@dataclass(frozen=True, slots=True)
class Sale:
    """A device about to be sold. `scheme` is what its offer declares: `NORMAL` or `MARGIN`.

    `country` and `postal_code` are where it goes to; `dispatch_country` where it comes from. Units:
    minor units of `currency`, tax included where the market says so.
    """

    offer_id: UUID
    merchant_id: UUID
    merchant_country: str
    scheme: str
    category: str
    market: str
    currency: str
    amounts: Amounts
    dispatch_country: str
    country: str
    postal_code: str | None


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """Under which scheme a device is sold, and what an order line keeps of it.

    `vat` is JSON, with the ids of the rules that were used; `words` what a buyer must be told.
    """

    scheme: str
    vat: Mapping[str, Any]
    words: tuple[str, ...] = ()
    tax: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaxRefused:
    """The device cannot be sold there; `why` is one of `domain.orders.checkout.TAX`."""

    why: Why


async def tax_facts(sales: Sequence[Sale], at: datetime) -> list[TaxFacts | TaxRefused]:
    """The facts of each sale, in order: the scheme that its offer declares."""
    return [TaxFacts(sale.scheme, {"scheme": sale.scheme}) for sale in sales]
