"""A merchant gives a parcel to a carrier, and says under which number."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.orders import Actor, LineState
from domain.shipments.carriers import CarrierCode
from domain.shipments.numbers import NumberHint, compact, hint
from models import clock
from models.orders import By, read, tax
from models.orders.read import LineRow
from models.shipments.dispatch import NumberInUse, Parcel, on_the_way, send
from models.shipments.labels import used
from models.units import erasures
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, once_only
from resolvers.orders.acceptance import MOST_LINES, WRITE
from resolvers.orders.refusals import (
    LINE_UNKNOWN,
    ORDER_UNKNOWN,
    Refusal,
    own,
    refusal_of,
    wrong_state,
)

_NUMBER: Final = re.compile(r"[A-Z0-9/]{5,40}")
LONGEST_SERVICE: Final = 100


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel that was made, and what the shape of its number says against its carrier."""

    shipment_id: UUID
    order_id: UUID
    carrier: CarrierCode
    number: str
    hint: NumberHint

    @property
    def unusual(self) -> bool:
        """Whether the number does not look like one of the carrier's: perhaps it was mistyped."""
        return self.hint not in {NumberHint.FITS, NumberHint.NOT_KNOWN}


async def ship(
    ctx: Context,
    order_id: UUID,
    lines: Sequence[UUID],
    carrier: CarrierCode,
    number: str,
    service: str | None,
    key: str,
) -> Shipped | Refusal:
    """Ship lines of an order in one parcel; the others may follow in parcels of their own.

    A line whose parcel no carrier ever had may be shipped again, as after a mistyped number.
    Refuses: an order or a line that is not the caller's; a line that is not accepted; one without
    a device, or with one whose diagnostic or erasure does not let it leave; a margin line without
    its evidence; a number that a parcel on its way has.
    Raises: SignInFirst, Forbidden; BadInput for what is no tracking number, and no lines.
    """
    wanted, digits = _lines(lines), _number(number)
    named = _service(service)
    parcel = Parcel(order_id, wanted, carrier, digits, named)

    async def act(merchant_id: UUID) -> Outcome:
        held = await read.hold(wanted)
        now = await clock.now_of(merchant_id)
        if refusal := await _not_shippable(parcel, held, merchant_id, now):
            return refusal.outcome()
        made = await send(parcel, By(Actor.MERCHANT, now, ctx.caller.user_id))
        if isinstance(made, NumberInUse):
            return Refusal("TRACKING_DUPLICATE").outcome()
        await used(merchant_id, parcel.carrier, parcel.number, now)
        await _noted(ctx, parcel, made, now)
        return {"shipment": str(made)}

    given = {
        "order": order_id, "lines": wanted, "carrier": carrier, "number": digits, "service": named,
    }  # fmt: skip
    outcome = await once_only(ctx, WRITE, "shipOrder", key, given, act)
    if refusal := refusal_of(outcome):
        return refusal
    made = UUID(outcome["shipment"])
    return Shipped(made, order_id, carrier, digits, hint(carrier, digits))


async def _not_shippable(
    parcel: Parcel, held: Mapping[UUID, LineRow], merchant_id: UUID, now: datetime
) -> Refusal | None:
    for line_id in parcel.lines:
        line = held.get(line_id)
        if line is None or not own(line, merchant=merchant_id):
            return Refusal(LINE_UNKNOWN, {"line": str(line_id)})
        if line.order_id != parcel.order_id:
            return Refusal(ORDER_UNKNOWN)
    lines = [held[line_id] for line_id in parcel.lines]
    again = [line.id for line in lines if line.state is LineState.SHIPPED]
    gone = await on_the_way(again) if again else set()
    for line in lines:
        if line.state is not LineState.ACCEPTED and (line.id not in again or line.id in gone):
            refusal = wrong_state(line, LineState.SHIPPED)
            return Refusal(refusal.code, {**refusal.facts, "line": str(line.id)})
        if line.unit_id is None:
            return Refusal("UNIT_NOT_ATTACHED", {"line": str(line.id)})
    return await _without_proof(lines, now) or await _without_evidence(parcel.lines)


async def _without_proof(lines: Sequence[LineRow], now: datetime) -> Refusal | None:
    """Devices leave with their diagnostic and their erasure, as they stand on the day."""
    units = [line.unit_id for line in lines if line.unit_id is not None]
    for missing in (await erasures.released(units, now)).values():
        for each in missing:
            return Refusal(each.code, {"reason": each.reason.value})
    return None


async def _without_evidence(lines: Sequence[UUID]) -> Refusal | None:
    """Devices leave with the evidence that their invoice rests on."""
    for line_id, found in (await tax.kept(lines)).items():
        if found.missing:
            facts = {"line": str(line_id), "missing": found.missing}
            return Refusal("MARGIN_EVIDENCE_MISSING", facts)
    return None


def _lines(given: Sequence[UUID]) -> list[UUID]:
    asked = sorted(set(given))
    if not 0 < len(asked) == len(given) <= MOST_LINES:
        raise BadInput(f"`lines` are 1 to {MOST_LINES}, each once.", argument="lines")
    return asked


def _number(text: str) -> str:
    found = compact(text)
    if not _NUMBER.fullmatch(found):
        raise BadInput(
            "`trackingNumber` is not one: 5 to 40 letters and digits.",
            reason="TRACKING_NUMBER_INVALID",
            argument="trackingNumber",
        )
    return found


def _service(text: str | None) -> str | None:
    if text is None:
        return None
    if len(text) > LONGEST_SERVICE:
        message = f"`service` is longer than {LONGEST_SERVICE} characters."
        raise BadInput(message, argument="service")
    return stored_text(text, "service")


async def _noted(ctx: Context, parcel: Parcel, made: UUID, at: datetime) -> None:
    after = {
        "carrier": parcel.carrier.value,
        "trackingNumber": parcel.number,
        "lines": [str(line) for line in parcel.lines],
        "at": at.isoformat(),
    }
    await audited(ctx, "shipOrder", "Shipment", made, after=after)
