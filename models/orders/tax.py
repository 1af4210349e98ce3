"""The tax of order lines by the rules as they are recorded: asked at checkout and at shipping.

At checkout `line_tax` decides the scheme and, but for margin units, the amount; what it returns is
stored on the line (`LineTax.facts()`) and never computed again silently. When the unit is attached,
`complete_margin` adds what its purchase price tells. A refund is `domain.orders.vat.refunded`.
Source: docs/rules/vat.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.orders import margin, vat_scheme
from domain.orders.sale import Sale, TaxRefused
from domain.orders.vat import (
    ON_MARGIN,
    Acquisition,
    Credit,
    LineTax,
    SalesTax,
    goods_in,
    refunded,
)
from models.base import as_system, fetch
from models.markets import rules
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
MISSING = "missing"


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


@dataclass(frozen=True, slots=True)
class Kept:
    """The tax of a line as it is stored, internal parts included, and what went back since.

    `missing`: what a margin line lacks of its evidence, as names of the API.
    """

    tax: LineTax
    credit: Credit | None

    @property
    def missing(self) -> list[str]:
        """What a margin line lacks of its evidence; of any other line, nothing."""
        known: list[str] = self.tax.evidence.get(MISSING, [])
        if self.tax.scheme not in ON_MARGIN or self.tax.purchase_minor is not None:
            return []
        return known or ["acquisition"]


async def kept(lines: Sequence[UUID]) -> dict[UUID, Kept]:
    """The taxes of lines that the transaction may see. Not for a buyer: see `LineTax.shown`."""
    return {row["id"]: _kept(row) for row in await fetch(SQL["kept"], lines)}


def _kept(row: asyncpg.Record) -> Kept:
    tax = LineTax.of(orjson.loads(row["vat"]))
    back = goods_in(row["refunded_minor"], row["merchant_minor"], row["fee_minor"])
    credit = refunded(tax, min(back, tax.s_minor)) if row["refunded_minor"] else None
    return Kept(tax, credit)


async def with_unit(
    line_id: UUID, unit: Acquisition | None, missing: Sequence[str]
) -> LineTax | TaxRefused | None:
    """The tax of a margin line with what is known of its unit; None for any other line.

    What the law wants to know and nobody said is noted on it; the line is then still open.
    Refuses: NOT_ELIGIBLE, and what the registry refuses.
    """
    found = (await kept([line_id])).get(line_id)
    if found is None or found.tax.scheme not in ON_MARGIN:
        return None
    said = {name: value for name, value in found.tax.evidence.items() if name != MISSING}
    tax = replace(
        found.tax,
        purchase_minor=None,
        margin_minor=None,
        vat_minor=None,
        net_minor=None,
        evidence=said,
    )
    if unit is not None and not missing:
        evidence = {**said, "unit": _evidence(unit)}
        return await complete_margin(replace(tax, evidence=evidence), unit)
    return replace(tax, evidence={**said, MISSING: list(missing) or ["acquisition"]})


def _evidence(unit: Acquisition) -> dict[str, Any]:
    return {
        "bought_on": unit.bought_on.isoformat(),
        "supplier": unit.supplier.value,
        "country": unit.country,
        "document_no": unit.document_no,
        "imported": unit.imported,
    }


async def keep(line_id: UUID, tax: LineTax) -> None:
    """Store the tax of a line again, in the current transaction."""
    async with as_system() as raw:
        await raw.execute(SQL["complete"], line_id, orjson.dumps(tax.facts()).decode())


@dataclass(frozen=True, slots=True)
class Invoiced:
    """A line of an order as an invoice needs it. `tax` is None where none was ever computed."""

    order_id: UUID
    id: UUID
    title: str
    state: str
    tax: LineTax | None
    unit_id: UUID | None
    shipped_at: datetime | None
    language: str
    country: str
    postal_code: str
    address: dict[str, Any] | None
    legal_name: str
    merchant_country: str
    zone: str


async def invoiced(orders: Sequence[UUID]) -> dict[UUID, list[Invoiced]]:
    """The lines of orders that the transaction may see, by their place. One statement."""
    found: dict[UUID, list[Invoiced]] = {order: [] for order in orders}
    for row in await fetch(SQL["invoiced"], orders):
        known = {**row}
        facts = orjson.loads(known.pop("vat") or "{}")
        known["tax"] = LineTax.of(facts) if "s_minor" in facts else None
        known["address"] = orjson.loads(row["address"]) if row["address"] else None
        found[row["order_id"]].append(Invoiced(**known))
    return found
