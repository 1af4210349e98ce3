"""A merchant receives a device, looks at it, and buys it, offers less, refuses or waits."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.trade_in import Suspension, TradeInState
from domain.trade_in.locks import Lock, that_are_on
from domain.trade_in.orders import (
    ANSWER_LEAST,
    DAY,
    CounterReason,
    TradeInActor,
    TradeInRefusalReason,
    reasons_allowed,
)
from domain.units import DeviceStatus, Imei, imei, serial
from models.trade_in import evidence, life, orders
from models.trade_in.orders import By, TradeInRow
from models.units.attachments import Owner
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, once_only
from resolvers.trade_in import devices
from resolvers.trade_in.refusals import Refusal, refusal_of
from resolvers.trade_in.steps import held, minor_of, wrong_state

READ, WRITE = "trade_in:read", "trade_in:write"
MOST_PROOFS = 10
_S = TradeInState
Act = Callable[[TradeInRow, By], Awaitable[Refusal | None]]


@dataclass(frozen=True, slots=True)
class Device:
    """What was in the parcel, as far as the merchant looked."""

    imei: str | None = None
    serial: str | None = None
    locks: Sequence[Lock] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Counter:
    """Another amount for a device, in the currency of the trade-in."""

    amount: Decimal
    reasons: Sequence[CounterReason]
    proofs: Sequence[UUID]
    answer_by: datetime | None = None


async def receive(
    ctx: Context, trade_in_id: UUID, device: Device, key: str
) -> TradeInRow | Refusal:
    """A device came, as the merchant says or the carrier did: its status and locks are looked at.

    One that is on a list of stolen devices, locked, or another than was said waits for its owner.
    Refuses: another state; a text that is no IMEI. Raises: SignInFirst, Forbidden, BadInput.
    """
    ctx.merchant_id(WRITE)
    number = None if device.imei is None else imei(device.imei)
    if device.imei is not None and not isinstance(number, Imei):
        return Refusal("IMEI_INVALID", {"reason": str(number)})
    said = None if device.serial is None else serial(device.serial)
    row = await _seen(ctx, trade_in_id)
    asked = number if isinstance(number, Imei) else Imei(row.imei) if row and row.imei else None
    checked = await devices.check(asked, device.locks)

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        if row.state is _S.LABEL_SENT:
            row = await life.step(row, _S.SENT, by, sent_at=by.at)
        if row.state is _S.SENT:
            row = await life.received(row, by)
        told = {"device_status": checked.status.value, "device_status_at": by.at}
        await orders.change(row, by.at, told)
        row = await orders.again(row.id)
        found = _against(row, asked, said, checked)
        if found:
            await life.step(row, _S.SUSPENDED, by, suspensions=found, resolved=[])
        return None

    given = {"imei": device.imei, "serial": device.serial, "locks": [*map(str, device.locks)]}
    return await _merchant(ctx, "receiveTradeIn", trade_in_id, _RECEIVABLE, given, key, act)


_RECEIVABLE = (_S.LABEL_SENT, _S.SENT, _S.RECEIVED)


def _against(
    row: TradeInRow,
    number: Imei | None,
    said: str | None,
    checked: devices.Checked,
) -> list[str]:
    """Why the inspection waits for the customer, from what was found at the receipt."""
    other_imei = row.imei is not None and number is not None and row.imei != number.digits
    other_serial = row.serial is not None and said is not None and row.serial != said
    found = {
        Suspension.WRONG_DEVICE: other_imei or other_serial,
        Suspension.IMEI_BLACKLISTED: checked.status is DeviceStatus.FLAGGED,
        Suspension.ACTIVATION_LOCK_ON: bool(that_are_on(checked.locks)),
    }
    return [reason.value for reason, holds in found.items() if holds]


async def begin(ctx: Context, trade_in_id: UUID, key: str) -> TradeInRow | Refusal:
    """Begin the inspection of a device that was received."""

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        await life.step(row, _S.INSPECTING, by)
        return None

    return await _merchant(ctx, "inspectTradeIn", trade_in_id, _S.INSPECTING, {}, key, act)


async def validate(ctx: Context, trade_in_id: UUID, key: str) -> TradeInRow | Refusal:
    """Buy the device at the bid: it is as its owner said. Refuses: another state."""

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        if row.state is _S.COUNTER_OFFERED:
            return wrong_state(row, _S.VALIDATED)  # that is the customer's to say
        await life.validate(row, row.bid_minor, by)
        return None

    return await _merchant(ctx, "validateTradeIn", trade_in_id, _S.VALIDATED, {}, key, act)


async def offer_less(
    ctx: Context, trade_in_id: UUID, counter: Counter, key: str
) -> TradeInRow | Refusal:
    """Offer less than the bid, once, with reasons and proofs; the customer answers.

    Refuses: another state; a window that has closed; an amount below 0 or not below the bid; a
    reason that the owner had said; no proof, or one that is not the merchant's.
    Raises: SignInFirst, Forbidden; BadInput for a time to answer that is too short or too long.
    """

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        refused = _window(row, by) or _amount(row, counter.amount) or _reasons(row, counter.reasons)
        refused = refused or await _proofs(counter.proofs, row.merchant_id)
        if refused:
            return refused
        until = _until(row, by.at, counter.answer_by)
        made = {
            "reasons": [each.value for each in counter.reasons],
            "proofs": [str(each) for each in counter.proofs],
            "at": by.at.isoformat(),
            "answerBy": until.isoformat(),
        }
        facts = {
            "counter_minor": minor_of(counter.amount, row.currency),
            "counter": made,
            "deadline_at": until,
        }
        moved = await life.step(row, _S.COUNTER_OFFERED, by, **facts)
        await evidence.show_customer(counter.proofs, moved, by.at)
        return None

    given = {
        "amount": str(counter.amount), "reasons": sorted(counter.reasons),
        "proofs": sorted(map(str, counter.proofs)), "answerBy": counter.answer_by,
    }  # fmt: skip
    name = "proposeCounterOffer"
    return await _merchant(ctx, name, trade_in_id, _S.COUNTER_OFFERED, given, key, act)


def _window(row: TradeInRow, by: By) -> Refusal | None:
    if row.counter_minor is not None:
        return Refusal("COUNTER_OFFER_WINDOW_CLOSED", {"reason": "ALREADY_MADE"})
    if row.decide_by is not None and row.decide_by <= by.at:
        return Refusal("COUNTER_OFFER_WINDOW_CLOSED", {"reason": "DECIDE_BY_PASSED"})
    return None


def _amount(row: TradeInRow, amount: Decimal) -> Refusal | None:
    minor = minor_of(amount, row.currency)
    if minor is None or not 0 <= minor < row.bid_minor:
        return Refusal("AMOUNT_INVALID", {"below": row.bid_minor, "currency": row.currency})
    return None


def _reasons(row: TradeInRow, reasons: Sequence[CounterReason]) -> Refusal | None:
    allowed = reasons_allowed(row.grade)
    wrong = [each.value for each in reasons if each not in allowed]
    if wrong or not reasons or len(set(reasons)) != len(reasons):
        facts = {"reasons": wrong, "allowed": [each.value for each in allowed]}
        return Refusal("REASON_NOT_ALLOWED", facts)
    return None


async def _proofs(proofs: Sequence[UUID], merchant_id: UUID) -> Refusal | None:
    if not proofs:
        return Refusal("PROOF_REQUIRED")
    if len(proofs) > MOST_PROOFS:
        raise BadInput(f"`proofs` are 1 to {MOST_PROOFS}.", argument="proofs")
    if unknown := await evidence.unknown(proofs, Owner(merchant_id=merchant_id)):
        return Refusal("ATTACHMENT_UNKNOWN", {"attachments": [str(each) for each in unknown]})
    return None


def _until(row: TradeInRow, now: datetime, asked: datetime | None) -> datetime:
    """By when the customer answers: within the programme's term, three days at least."""
    most = max(row.terms.decision_days * DAY, ANSWER_LEAST)
    if asked is None:
        return now + most
    if not now + ANSWER_LEAST <= asked <= now + most:
        message = f"`answerBy` is {ANSWER_LEAST.days} to {most.days} days from now."
        raise BadInput(message, argument="answerBy")
    return asked


async def refuse(
    ctx: Context,
    trade_in_id: UUID,
    reason: TradeInRefusalReason,
    proofs: Sequence[UUID],
    key: str,
) -> TradeInRow | Refusal:
    """Do not buy the device; it goes back free of charge. Refuses: no proof; another state."""

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        if refused := await _proofs(proofs, row.merchant_id):
            return refused
        made = {"reason": reason.value, "proofs": [str(each) for each in proofs]}
        by = By(by.actor, by.at, by.actor_id, reason.value)
        moved = await life.step(row, _S.REFUSED, by, refusal=made)
        await evidence.show_customer(proofs, moved, by.at)
        return None

    given = {"reason": reason.value, "proofs": sorted(map(str, proofs))}
    return await _merchant(ctx, "refuseTradeIn", trade_in_id, _S.REFUSED, given, key, act)


async def suspend(
    ctx: Context, trade_in_id: UUID, reasons: Sequence[Suspension], key: str
) -> TradeInRow | Refusal:
    """Wait for the customer, who is told what to do for each reason. Refuses: another state."""
    if not reasons or len(set(reasons)) != len(reasons):
        raise BadInput("`reasons` are one or more, each once.", argument="reasons")

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        named = [each.value for each in reasons]
        await life.step(row, _S.SUSPENDED, by, suspensions=named, resolved=[])
        return None

    given = {"reasons": sorted(each.value for each in reasons)}
    return await _merchant(ctx, "suspendTradeIn", trade_in_id, _S.SUSPENDED, given, key, act)


async def _seen(ctx: Context, trade_in_id: UUID) -> TradeInRow | None:
    async with ctx.acting(WRITE):
        return await orders.one(trade_in_id)


async def _merchant(
    ctx: Context,
    name: str,
    trade_in_id: UUID,
    to: TradeInState | tuple[TradeInState, ...],
    given: Mapping[str, Any],
    key: str,
    act: Act,
) -> TradeInRow | Refusal:
    """Act on a trade-in of the caller's merchant, once for the key. `to` several: from these."""

    async def once(merchant_id: UUID) -> Outcome:
        target = None if isinstance(to, tuple) else to
        row = await held(trade_in_id, target, merchant=merchant_id, customer=None)
        if isinstance(row, Refusal):
            return row.outcome()
        if isinstance(to, tuple) and row.state not in to:
            return wrong_state(row, _S.RECEIVED).outcome()
        by = By(TradeInActor.MERCHANT, await orders.now_of(merchant_id), merchant_id)
        if refused := await act(row, by):
            return refused.outcome()
        before = {"state": row.state.value}
        await audited(ctx, name, orders.TYPE, trade_in_id, before=before, market=row.market)
        return {}

    outcome = await once_only(ctx, WRITE, name, key, {"id": trade_in_id, **given}, once)
    return refusal_of(outcome) or await orders.again(trade_in_id)
