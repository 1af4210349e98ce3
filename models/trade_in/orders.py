"""Trade-ins as rows: the one way in which one moves, who is told of it, and what reads them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain import InvalidTransition
from domain.calendars import Calendar
from domain.topics import Topic
from domain.trade_in import FINAL, Payout, Suspension, TradeInGrade, TradeInState, move_trade_in
from domain.trade_in.orders import Terms, TradeInActor, clock_of
from domain.units import DeviceStatus
from models.announce import announce
from models.base import as_system, fetch, fetchrow
from models.events import Event, emit
from models.sql import statements
from models.trade_in.reliability import Outcome, record_outcome

SQL = statements(Path(__file__).with_suffix(".sql"))
TYPE = "TradeIn"


@dataclass(frozen=True, slots=True)
class TradeInRow:
    """A trade-in as it stands. Units: minor units of `currency`.

    Shapes: `counter` is the counter-offer, `refusal` why it was refused, as JSON; `calendar` the
    country and `zone` the time zone whose working days count.
    """

    id: UUID
    number: str
    quote_id: UUID
    bid_id: UUID
    merchant_id: UUID
    customer_id: UUID
    market: str
    category: str
    variant_id: UUID
    grade: TradeInGrade
    unit_id: UUID | None
    state: TradeInState
    payout: Payout
    currency: str
    bid_minor: int
    counter_minor: int | None
    final_minor: int | None
    pay_within_days: int
    in_country: bool
    imei: str | None
    serial: str | None
    device_status: DeviceStatus
    device_status_at: datetime | None
    terms: Terms
    declarations: Mapping[str, Any]
    documents: Sequence[str]
    checklist: Mapping[str, Any] | None
    address: Mapping[str, Any] | None
    country: str | None
    postal_code: str | None
    account: bytes | None
    account_name: str | None
    account_shown: str | None
    partner_id: UUID | None
    counter: Mapping[str, Any] | None
    refusal: Mapping[str, Any] | None
    suspensions: Sequence[Suspension]
    resolved: Sequence[Suspension]
    send_backs: int
    sent_at: datetime | None
    received_at: datetime | None
    decide_by: datetime | None
    validated_at: datetime | None
    ended_at: datetime | None
    deadline_at: datetime | None
    certificate_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    merchant_name: str
    merchant_country: str
    zone: str
    calendar: str

    @property
    def days(self) -> Calendar:
        """The working days of its market."""
        return Calendar(self.calendar, self.zone)


@dataclass(frozen=True, slots=True)
class By:
    """Who moves a trade-in, when, and why: `reason` is a code."""

    actor: TradeInActor
    at: datetime
    actor_id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One move of a trade-in; `from_state` None is its beginning."""

    trade_in_id: UUID
    from_state: TradeInState | None
    to_state: TradeInState
    actor: TradeInActor
    reason: str | None
    at: datetime


def trade_in_topic(trade_in_id: UUID) -> str:
    """The topic of a trade-in on the bus."""
    return f"trade_in:{trade_in_id}"


async def one(trade_in_id: UUID) -> TradeInRow | None:
    """A trade-in that the current transaction may see."""
    row = await fetchrow(SQL["one"], trade_in_id)
    return _row(row) if row else None


async def hold(trade_in_id: UUID) -> TradeInRow | None:
    """The same, locked until the transaction ends."""
    row = await fetchrow(SQL["hold"], trade_in_id)
    return _row(row) if row else None


async def of_customer(customer_id: UUID, after: UUID | None, limit: int) -> list[TradeInRow]:
    """A customer's trade-ins, the youngest first."""
    return [_row(row) for row in await fetch(SQL["of_customer"], customer_id, after, limit)]


async def newest(
    merchant_id: UUID, states: Sequence[TradeInState] | None, after: UUID | None, limit: int
) -> list[TradeInRow]:
    """A merchant's trade-ins, the youngest first."""
    rows = await fetch(SQL["newest"], merchant_id, _values(states), after, limit)
    return [_row(row) for row in rows]


async def next_due(
    merchant_id: UUID,
    states: Sequence[TradeInState] | None,
    after: tuple[datetime | None, UUID | None],
    limit: int,
) -> list[TradeInRow]:
    """A merchant's trade-ins that something is due for, what is due first, first."""
    rows = await fetch(SQL["next"], merchant_id, _values(states), *after, limit)
    return [_row(row) for row in rows]


async def moves(ids: Sequence[UUID]) -> dict[UUID, list[MoveRow]]:
    """The moves of trade-ins, the oldest first. One statement."""
    found: dict[UUID, list[MoveRow]] = defaultdict(list)
    for row in await fetch(SQL["moves"], list(ids)):
        before = TradeInState(row["from_state"]) if row["from_state"] else None
        facts = {"from_state": before, "to_state": TradeInState(row["to_state"])}
        made = MoveRow(**{**row} | facts | {"actor": TradeInActor(row["actor"])})
        found[made.trade_in_id].append(made)
    return found


async def now_of(merchant_id: UUID) -> datetime:
    """The present moment of a trade-in: its merchant's, whoever asks."""
    async with as_system() as raw:
        found: datetime = await raw.fetchval("SELECT boucle_now($1)", merchant_id)
    return found


async def due(limit: int) -> list[UUID]:
    """Trade-ins whose deadline has passed, held until the transaction ends; by jobs."""
    return [row["id"] for row in await fetch(SQL["due"], limit)]


async def create(facts: Mapping[str, Any], by: By) -> TradeInRow:
    """Write a new trade-in; its merchant is told. Shapes: `facts` are columns of `add`."""
    async with as_system() as raw:
        await raw.execute(SQL["add"], _json({**facts, "created_at": by.at}))
        made = await _again(raw, facts["id"])
        await _note(raw, made, None, by)
    return made


async def move(
    row: TradeInRow, to: TradeInState, by: By, **facts: Any
) -> TradeInRow | InvalidTransition:
    """Move a trade-in that the caller holds, in the current transaction; as it stands then.

    Shapes: `facts` are other columns that change with it; `deadline_at` among them replaces the
    deadline of the state. The caller has checked that it may. The merchant is told by an event,
    and whoever watches. Refuses: a move that `MOVES` does not list.
    """
    reached = move_trade_in(row.state, to)
    if isinstance(reached, InvalidTransition):
        return reached
    decide_by = facts.pop("decide_by", row.decide_by)
    pay = (row.payout, row.pay_within_days)
    clock = clock_of(to, by.at, row.days, *pay, row.terms, decide_by)
    named: dict[str, Any] = {"state": to.value, "deadline_at": clock.deadline}
    if clock.decide_by is not None:
        named["decide_by"] = clock.decide_by
    if to in FINAL:
        named["ended_at"] = by.at
    async with as_system() as raw:
        await raw.execute(SQL["set"], row.id, _json(named | facts), by.at)
        made = await _again(raw, row.id)
        await _note(raw, made, row.state, by)
        if to in FINAL:
            await record_outcome(_outcome(made, by.at))
    return made


def _outcome(row: TradeInRow, at: datetime) -> Outcome:
    """What a trade-in that has just ended says of its merchant."""
    sold = row.validated_at is not None
    paid = sold and row.state in {TradeInState.PAID, TradeInState.CREDITED}
    return Outcome(
        merchant_id=row.merchant_id,
        market=row.market,
        in_country=row.in_country,
        bid_minor=row.bid_minor,
        inspected=sold or row.counter_minor is not None,
        counter_minor=row.counter_minor,
        validated_at=row.validated_at if paid else None,
        paid_at=at if paid else None,
    )


async def change(
    row: TradeInRow, at: datetime, facts: Mapping[str, Any], told: str | None = None
) -> None:
    """Change columns of a trade-in that stays where it is; `told` is a reason to tell of it."""
    async with as_system() as raw:
        await raw.execute(SQL["set"], row.id, _json(facts), at)
        made = await _again(raw, row.id)
        if told is not None:
            await _tell(made, made.state, told)
        await announce(raw, trade_in_topic(row.id), {})


async def set_account(
    trade_in_id: UUID, closed: bytes | None, name: str | None, shown: str | None
) -> None:
    """Say where the money goes; nothing takes the account away."""
    async with as_system() as raw:
        await raw.execute(SQL["set_account"], trade_in_id, closed, name, shown)


async def again(trade_in_id: UUID) -> TradeInRow:
    """A trade-in that is there, as it stands now. Raises: LookupError."""
    async with as_system() as raw:
        return await _again(raw, trade_in_id)


async def _again(raw: asyncpg.Connection, trade_in_id: UUID) -> TradeInRow:
    row = await raw.fetchrow(SQL["one"], trade_in_id)
    if row is None:
        raise LookupError(f"no trade-in {trade_in_id}")
    return _row(row)


async def _note(
    raw: asyncpg.Connection, made: TradeInRow, before: TradeInState | None, by: By
) -> None:
    parties = (made.merchant_id, made.customer_id)
    states = (before.value if before else None, made.state.value)
    who = (by.actor.value, by.actor_id, by.reason)
    await raw.execute(SQL["note"], made.id, *parties, *states, *who, by.at)
    await _tell(made, before, by.reason)
    await announce(raw, trade_in_topic(made.id), {})


async def _tell(made: TradeInRow, before: TradeInState | None, reason: str | None) -> None:
    data = {
        "number": made.number,
        "from": before,
        "to": made.state,
        "reason": reason,
        "dueAt": made.deadline_at.isoformat() if made.deadline_at else None,
    }
    told = (made.merchant_id, TYPE, made.id, made.version, data)
    await emit(Event(Topic.TRADE_IN_ORDER_CHANGED, *told))


def _values(states: Sequence[TradeInState] | None) -> list[str] | None:
    return None if states is None else [state.value for state in states]


def _json(facts: Mapping[str, Any]) -> str:
    return orjson.dumps(facts, default=str).decode()


def _row(row: asyncpg.Record) -> TradeInRow:
    texts = ("declarations", "checklist", "address", "counter", "refusal")
    facts = {name: orjson.loads(row[name]) if row[name] else None for name in texts}
    kinds = {
        "terms": Terms(**orjson.loads(row["terms"])),
        "grade": TradeInGrade(row["grade"]),
        "state": TradeInState(row["state"]),
        "payout": Payout(row["payout"]),
        "device_status": DeviceStatus(row["device_status"]),
        "suspensions": tuple(map(Suspension, row["suspensions"])),
        "resolved": tuple(map(Suspension, row["resolved"])),
        "account": bytes(row["account"]) if row["account"] is not None else None,
    }
    return TradeInRow(**{**row} | facts | kinds)
