"""What a tax provider is asked for lines that go to the United States.

Source: docs/rules/vat.md, "United States".
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.money import Currency
from domain.orders.vat import Jurisdiction


class NoSalesTax(Exception):
    """A provider told no tax; `later`: another try may succeed. If not, the place is bad."""

    def __init__(self, detail: str, *, later: bool) -> None:
        super().__init__(detail)
        self.later = later


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line of the question. Units: `amount_minor`, all that the buyer pays for it before tax."""

    key: int
    amount_minor: int
    category: str | None = None


@dataclass(frozen=True, slots=True)
class SalesTaxQuestion:
    """The lines of one purchase that go to one place.

    Shapes: `purchase_id` and the content make the question; asked again it has the same answer.
    `region` is the state, the part of an ISO 3166-2 code after the dash.
    """

    purchase_id: str
    on: date
    currency: Currency
    region: str
    postcode: str
    lines: tuple[TaxedLine, ...]

    @property
    def reference(self) -> str:
        """A short name of this question: the idempotency key of it."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class SalesTaxAnswer:
    """The tax of each line by its key, and from which table, valid since when, it comes."""

    reference: str
    source: str
    valid_from: date
    lines: Mapping[int, tuple[Jurisdiction, ...]]
