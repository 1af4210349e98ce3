"""A merchant ships under a contract of the platform: what it costs, the label, its document."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from domain.orders import LineState
from domain.shipments.contracts import (
    PACKAGING_GRAMS,
    Cost,
    LabelState,
    NotEligible,
    rate_for,
    shared_cost,
)
from models import clock
from models.base import transaction
from models.jobs import Job
from models.offers.read import Position
from models.orders import read
from models.orders.read import LineRow
from models.outbox import enqueue
from models.shipments import contracts, labels
from models.shipments.contracts import Contract
from models.shipments.labels import Desk, LabelRefused, LabelRow, Ordered
from resolvers import paging
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, once_only
from resolvers.orders.refusals import LINE_UNKNOWN, ORDER_UNKNOWN, Refusal, own, refusal_of

log = structlog.get_logger()
READ, WRITE = "shipments:read", "shipments:write"
MOST_LINES, MOST_GRAMS = 100, 100_000


class _Process:
    desk: Desk | None = None


def install(desk: Desk | None) -> None:
    """Make this the desk of the process."""
    _Process.desk = desk


def desk() -> Desk | None:
    """Who issues labels here; None where a job does."""
    return _Process.desk


@dataclass(frozen=True, slots=True)
class Quote:
    """A contract for a parcel, or why it is not for it. Units: grams."""

    contract: Contract
    reasons: tuple[NotEligible, ...]
    grams: int
    cost: Cost | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A parcel that is to be sent. Units: grams, None to go by the catalogue."""

    order_id: UUID
    lines: Sequence[UUID]
    grams: int | None = None


async def eligible(ctx: Context) -> list[Quote]:
    """The platform's contracts, and what speaks against the caller's merchant in each."""
    async with ctx.acting(READ) as merchant_id:
        now = await clock.now_of(merchant_id)
        who = await contracts.applicant(merchant_id, now)
        found = await contracts.everything()
    return [Quote(each, tuple(each.against(who, now.date())), 0, None) for each in found]


async def quotes(ctx: Context, asked: Asked) -> list[Quote] | Refusal:
    """What a parcel costs under each contract that has a rate for its lane and weight.

    Refuses: an order or a line that is not the caller's. Raises: BadInput for lines or grams.
    """
    async with ctx.acting(READ) as merchant_id:
        lines = await _lines(asked, merchant_id)
        if isinstance(lines, Refusal):
            return lines
        return await _quotes(merchant_id, asked, lines)


async def buy(ctx: Context, asked: Asked, contract: str, key: str) -> LabelRow | Refusal:
    """Order a label and have it issued; a label that the carrier could not be asked for follows.

    Refuses: as `quotes`; `NOT_ELIGIBLE`; `NO_RATE`; a line that is not accepted.
    """
    given = {
        "order": asked.order_id, "lines": sorted(asked.lines), "grams": asked.grams,
        "contract": contract,
    }  # fmt: skip

    async def act(merchant_id: UUID) -> Outcome:
        lines = await _lines(asked, merchant_id)
        if isinstance(lines, Refusal):
            return lines.outcome()
        for line in lines:
            if line.state is not LineState.ACCEPTED:
                facts = {"line": str(line.id), "state": line.state}
                return Refusal("LINE_NOT_ACCEPTED", facts).outcome()
        quote = _chosen(await _quotes(merchant_id, asked, lines), contract)
        if isinstance(quote, Refusal):
            return quote.outcome()
        label = await _order(ctx, merchant_id, asked, lines, quote)
        return {"label": str(label)}

    outcome = await once_only(ctx, WRITE, "buyShippingLabel", key, given, act)
    if refusal := refusal_of(outcome):
        return refusal
    return await _issued(ctx, UUID(outcome["label"]))


def _chosen(found: Sequence[Quote], contract: str) -> Quote | Refusal:
    quote = next((each for each in found if each.contract.code == contract), None)
    if quote is None:
        return Refusal("CONTRACT_UNKNOWN")
    if quote.reasons:
        return Refusal("NOT_ELIGIBLE", {"reasons": list(quote.reasons)})
    if quote.cost is None:
        return Refusal("NO_RATE", {"grams": quote.grams})
    return quote


async def _order(
    ctx: Context, merchant_id: UUID, asked: Asked, lines: Sequence[LineRow], quote: Quote
) -> UUID:
    place = await labels.place(asked.order_id)
    if place is None or quote.cost is None:
        raise LookupError("the order was read before")
    wanted = Ordered(
        merchant_id,
        asked.order_id,
        [line.id for line in lines],
        quote.contract,
        lines[0].dispatch_country,
        place.country,
        quote.grams,
        quote.cost,
    )
    if place.purchase_id is None:
        raise LookupError("an order is of a purchase")
    made = await labels.order(wanted, place.purchase_id, ctx.now)
    after = {"contract": quote.contract.code, "grams": quote.grams, "price": quote.cost.price_minor}
    await audited(ctx, "buyShippingLabel", "ShippingLabel", made, after=after)
    return made


async def _issued(ctx: Context, label_id: UUID) -> LabelRow:
    """The label after the desk was asked, which is asked again later where it could not answer."""
    label = await _read(ctx, label_id)
    desk = _Process.desk
    if label.state is not LabelState.ORDERED:
        return label
    try:
        made = None if desk is None else await desk.issue(label)
    except LabelRefused as error:
        async with transaction():
            await labels.failed(label.id, str(error))
        return await _read(ctx, label_id)
    async with transaction():
        if made is None:
            await enqueue(Job.ISSUE_LABEL, dedup_key=f"label:{label.id}", label_id=str(label.id))
        else:
            await labels.issued(label, made, ctx.fresh().now)
    return await _read(ctx, label_id)


async def _read(ctx: Context, label_id: UUID) -> LabelRow:
    async with ctx.private():
        found = await labels.one(label_id)
    if found is None:
        raise LookupError("the label was there before")
    return found


async def _lines(asked: Asked, merchant_id: UUID) -> list[LineRow] | Refusal:
    wanted = sorted(set(asked.lines))
    if not 0 < len(wanted) == len(asked.lines) <= MOST_LINES:
        raise BadInput(f"`lines` are 1 to {MOST_LINES}, each once.", argument="lines")
    if asked.grams is not None and not 0 < asked.grams <= MOST_GRAMS:
        raise BadInput(f"`grams` are 1 to {MOST_GRAMS:,}.", argument="grams")
    found = await read.lines(wanted)
    for line_id in wanted:
        line = found.get(line_id)
        if line is None or not own(line, merchant=merchant_id):
            return Refusal(LINE_UNKNOWN, {"line": str(line_id)})
        if line.order_id != asked.order_id:
            return Refusal(ORDER_UNKNOWN)
    return [found[line_id] for line_id in wanted]


async def _quotes(merchant_id: UUID, asked: Asked, lines: Sequence[LineRow]) -> list[Quote]:
    now = await clock.now_of(merchant_id)
    who = await contracts.applicant(merchant_id, now)
    found = await contracts.everything()
    origin, destination = lines[0].dispatch_country, lines[0].country
    rates = await contracts.rates([each.id for each in found], origin, destination)
    grams = asked.grams or await labels.weigh([line.id for line in lines]) or PACKAGING_GRAMS
    quoted = []
    for each in found:
        rate = rate_for(rates.get(each.id, ()), origin, destination, grams)
        cost = None if rate is None else shared_cost(rate.price_minor, each.platform_bp)
        quoted.append(Quote(each, tuple(each.against(who, now.date())), grams, cost))
    return quoted


async def label(ctx: Context, label_id: UUID) -> LabelRow | None:
    """A label of the caller's merchant for an order; None for any other."""
    async with ctx.acting(READ):
        found = await labels.one(label_id)
    return None if found is None or found.order_id is None else found


async def listed(ctx: Context, first: int, after: str | None) -> paging.Page[LabelRow]:
    """The labels of the caller's merchant, the youngest first."""
    size = paging.size(first)
    async with ctx.acting(READ) as merchant_id:
        of = paging.fingerprint("labels", merchant_id)
        position = paging.opened(after, of, ctx.seal)
        rows = await labels.page(merchant_id, position.id if position else None, size + 1)
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def document(ctx: Context, label_id: UUID) -> bytes | None:
    """The PDF of a label of the caller's merchant; None before its issue and after its end."""
    async with ctx.acting(READ):
        return await labels.document(label_id)
