"""What the invoice of an order says, to its customer and its merchant alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.markets.rules import NoRule, RuleBook
from domain.orders import LineState
from domain.orders.invoice import Asked, Invoice, NotInvoiced, Party, Sold
from domain.orders.invoice import invoice as made_of
from domain.orders.sale import refused_by
from domain.units import masked
from models import units
from models.markets import rules
from models.orders import read
from models.orders.tax import Invoiced, Kept, invoiced, kept
from models.units import Unit
from resolvers.context import Context
from resolvers.orders.reading import sight

_WAITING = frozenset({LineState.RESERVED, LineState.PAID, LineState.ACCEPTED})
OPERATOR = Party("", (), "")
"""Whoever runs this server; what it is called is its own to say on the document."""


@dataclass(frozen=True, slots=True)
class Made:
    """An invoice, the ids of its lines in their order, and who sells: MERCHANT or PLATFORM."""

    invoice: Invoice
    lines: Sequence[UUID]
    issued_by: str


@dataclass(frozen=True, slots=True)
class NotReady:
    """Why an order has no invoice: a code."""

    reason: str


async def sees(ctx: Context, order_id: UUID) -> bool:
    """Whether an order is the caller's. Raises: SignInFirst, Forbidden."""
    async with sight(ctx) as seen:
        return await read.one(seen, order_id) is not None


async def invoice(ctx: Context, order_id: UUID) -> Made | NotReady:
    """The invoice of an order that the caller has read: of the devices that were shipped.

    Refuses: NotReady while a device waits to be shipped, and as `domain.orders.invoice.invoice`.
    """

    async def batch(orders: list[UUID]) -> list[Made | NotReady]:
        async with sight(ctx):
            found = await invoiced(orders)
            named = [line.unit_id for of in found.values() for line in of if line.unit_id]
            devices, book = await units.read(named), await rules.book()
        return [_invoice(found[order], devices, book) for order in orders]

    made = await ctx.loader(batch, "order invoices").load(order_id)
    return cast("Made | NotReady", made)


def _invoice(
    lines: Sequence[Invoiced], devices: dict[UUID, Unit], book: RuleBook
) -> Made | NotReady:
    shipped = [line for line in lines if line.shipped_at is not None]
    sold = [Sold("", line.title, _serial(line, devices), line.tax) for line in shipped if line.tax]
    if (reason := _lacks(lines, shipped, sold)) is not None:
        return NotReady(reason)
    found = made_of(_asked(shipped, sold), book)
    if isinstance(found, Invoice):
        return Made(found, [line.id for line in shipped], sold[0].tax.collected_by)
    return NotReady(_why(found))


def _lacks(
    lines: Sequence[Invoiced], shipped: Sequence[Invoiced], sold: Sequence[Sold]
) -> str | None:
    if any(line.state in _WAITING for line in lines):
        return "NOT_SHIPPED"
    if not shipped:
        return "NOTHING_SOLD"
    return "TAX_UNKNOWN" if len(sold) < len(shipped) else None


def _asked(shipped: Sequence[Invoiced], sold: Sequence[Sold]) -> Asked:
    first, last = shipped[0], max(line.shipped_at for line in shipped if line.shipped_at)
    return Asked(
        issued_on=last.astimezone(ZoneInfo(first.zone)).date(),
        language=first.language,
        seller=Party(first.legal_name, (), first.merchant_country),
        platform=OPERATOR,
        buyer=_buyer(first),
        sold=sold,
    )


def _why(found: NotInvoiced | NoRule) -> str:
    match found:
        case NotInvoiced("MARGIN_EVIDENCE_MISSING"):
            return "EVIDENCE_MISSING"
        case NotInvoiced(code):
            return code
        case _:
            return refused_by(found).code.value


def _serial(line: Invoiced, devices: dict[UUID, Unit]) -> str:
    """The last characters of what a device is known by, as its buyer sees them."""
    device = devices.get(line.unit_id) if line.unit_id else None
    named = device.identifiers if device else {}
    known = named.get("IMEI") or named.get("SERIAL")
    return masked(known) if known else ""


def _buyer(line: Invoiced) -> Party:
    address = line.address or {}
    place = f"{line.postal_code} {address.get('city', '')}".strip()
    street = [str(each) for each in address.get("street") or ()][:3]
    name = address.get("company") or address.get("name") or ""
    return Party(str(name), (*street, place), line.country)


async def line_tax(ctx: Context, line_id: UUID) -> Kept | None:
    """The tax of a line that the caller has read, internal parts included; None: none is known."""

    async def batch(ids: list[UUID]) -> list[Kept | None]:
        async with sight(ctx):
            found = await kept(ids)
        return [found.get(line) for line in ids]

    return await ctx.loader(batch, "order line taxes").load(line_id)


async def margin_tax(ctx: Context, line_id: UUID) -> Kept | None:
    """The tax of a margin line, to its merchant; None to anybody else, and of any other line."""
    if ctx.caller.merchant_id is None:
        return None
    found = await line_tax(ctx, line_id)
    return found if found is not None and found.tax.on_margin else None
