"""The tax of order lines by the rules as they are recorded: asked at checkout and at shipping.

At checkout `line_tax` decides the scheme and, but for margin units, the amount; what it returns is
stored on the line (`LineTax.facts()`) and never computed again silently. When the unit is attached,
`complete_margin` adds what its purchase price tells. A refund is `domain.orders.vat.refunded`.
Source: docs/rules/vat.md.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.orders import margin, vat_scheme
from domain.orders.sale import Sale, TaxRefused
from domain.orders.vat import Acquisition, LineTax, SalesTax
from models.markets import rules


async def line_tax(
    sale: Sale,
    sales_tax: SalesTax | None = None,
    *,
    as_of: datetime | None = None,
) -> LineTax | TaxRefused:
    """The tax of one line. One statement, none where the rules are kept.

    Shapes: `sales_tax` is a tax provider's answer, needed for lines that go to the United States.
    Refuses: as `domain.orders.vat_scheme.line_tax`.
    """
    return vat_scheme.line_tax(sale, await rules.book(as_of), sales_tax)


async def line_taxes(
    sales: Sequence[Sale], sales_tax: Mapping[int, SalesTax] | None = None
) -> list[LineTax | TaxRefused]:
    """The same of many lines, in their order; `sales_tax` by their places."""
    book = await rules.book()
    given = sales_tax or {}
    return [vat_scheme.line_tax(sale, book, given.get(n)) for n, sale in enumerate(sales)]


async def complete_margin(
    facts: LineTax | Mapping[str, Any], unit: Acquisition
) -> LineTax | TaxRefused:
    """The tax of a margin line once its unit is attached; any other line stays as it is.

    Refuses: NOT_ELIGIBLE, MARGIN_EVIDENCE_MISSING, and what the registry refuses.
    """
    known = facts if isinstance(facts, LineTax) else LineTax.of(facts)
    return margin.complete(known, unit, await rules.book())
