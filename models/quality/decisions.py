"""Decisions on merchants, their appeals, and how they begin and end."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain import InvalidTransition
from domain.calendars import Calendar
from domain.merchants import MerchantState
from domain.merchants.decisions import (
    BECOMES,
    AppealState,
    DecisionState,
    DecisionType,
    appeal_until,
    becomes,
    begins,
    returns_to,
)
from domain.topics import Topic
from models.base import fetch
from models.events import Event, emit
from models.jobs import Job
from models.offers import upkeep
from models.outbox import enqueue
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
AT_ONCE = 50
ENFORCED = "enforce_decisions"
STATE_CHANGED = "STATE_CHANGED"


@dataclass(frozen=True, slots=True)
class Appeal:
    """What a merchant says against a decision, and what it was answered."""

    state: AppealState
    text: str
    filed_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A recorded act on a merchant. `statement` has names of the API; it is never edited."""

    id: UUID
    merchant_id: UUID
    type: DecisionType
    state: DecisionState
    statement: Mapping[str, Any]
    offers: list[UUID]
    markets: list[str]
    issued_by: UUID
    approved_by: UUID | None
    effective_at: datetime
    ends_at: datetime | None
    delivered_at: datetime | None
    appeal_until: datetime | None
    in_force_at: datetime | None
    ended_at: datetime | None
    lifted_because: str | None
    before: MerchantState | None
    version: int
    created_at: datetime
    appeal: Appeal | None


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a decision is about, held."""

    id: UUID
    state: MerchantState
    country: str
    markets: list[str]
    slug: str
    zone: str

    @property
    def calendar(self) -> Calendar:
        """The working days where the merchant is."""
        return Calendar(self.country, self.zone)


@dataclass(frozen=True, slots=True)
class New:
    """A decision to record."""

    merchant_id: UUID
    type: DecisionType
    statement: Mapping[str, Any]
    offers: Sequence[UUID]
    markets: Sequence[str]
    issued_by: UUID
    effective_at: datetime
    ends_at: datetime | None
    created_at: datetime


async def addressee(raw: asyncpg.Connection, merchant_id: UUID) -> Addressee | None:
    """A merchant, held until the transaction ends; as the system."""
    row = await raw.fetchrow(SQL["merchant"], merchant_id)
    return None if row is None else Addressee(**{**row, "state": MerchantState(row["state"])})


async def sells(raw: asyncpg.Connection, merchant_id: UUID, offers: Sequence[UUID]) -> bool:
    """Whether all of these offers are the merchant's; as the system."""
    found: int = await raw.fetchval(SQL["own_offers"], merchant_id, list(offers))
    return found == len(set(offers))


async def add(raw: asyncpg.Connection, new: New) -> UUID:
    """Record a decision that nobody was told of yet; as the system."""
    made: UUID = await raw.fetchval(
        SQL["add"], new.merchant_id, new.type.value, orjson.dumps(dict(new.statement)).decode(),
        list(new.offers), list(new.markets), new.issued_by, new.effective_at, new.ends_at,
        new.created_at,
    )  # fmt: skip
    return made


async def deliver(
    raw: asyncpg.Connection, found: Decision, of: Addressee, approved_by: UUID | None, at: datetime
) -> None:
    """Give the statement to the merchant, and have the effect begin in its time; as the system."""
    start = begins(found.effective_at, at)
    until = appeal_until(at, of.calendar)
    version = await raw.fetchval(SQL["deliver"], found.id, approved_by, at, start, until)
    facts = {"type": found.type.value, "effectiveAt": start, "appealUntil": until}
    about = Topic.DECISION_ISSUED, found.merchant_id, "Decision", found.id, version
    await emit(Event(*about, facts))
    await enqueue(Job.ENFORCE_DECISIONS, dedup_key=f"{ENFORCED}:{found.id}", due_at=start)


async def held(raw: asyncpg.Connection, decision_id: UUID) -> Decision | None:
    """A decision, held until the transaction ends; as the system."""
    row = await raw.fetchrow(SQL["held"], decision_id)
    return None if row is None else of_row(row)


async def some(ids: Sequence[UUID]) -> dict[UUID, Decision]:
    """Those of these decisions that the transaction may see, by id."""
    return {row["id"]: of_row(row) for row in await fetch(SQL["some"], list(ids))}


async def page(
    merchant_id: UUID | None,
    states: Sequence[DecisionState] | None,
    before: UUID | None,
    limit: int,
    markets: Collection[str] | None,
) -> list[Decision]:
    """Decisions that the transaction may see, in one of the markets, the newest first."""
    named = None if states is None else [state.value for state in states]
    within = None if markets is None else sorted(markets)
    rows = await fetch(SQL["page"], merchant_id, named, before, limit, within)
    return [of_row(row) for row in rows]


async def file_appeal(
    raw: asyncpg.Connection, found: Decision, text: str, at: datetime, until: datetime
) -> bool:
    """Note an appeal; False where there is one. As the system."""
    made = await raw.fetchval(SQL["appeal"], found.id, found.merchant_id, text, at, until)
    return bool(made)


async def answer_appeal(
    raw: asyncpg.Connection,
    decision_id: UUID,
    state: AppealState,
    by: UUID,
    at: datetime,
    answer: str,
) -> bool:
    """Note the answer to an appeal that waits for one; as the system."""
    return bool(await raw.fetchval(SQL["answer"], decision_id, state.value, by, at, answer))


async def lift(raw: asyncpg.Connection, decision_id: UUID, because: str, at: datetime) -> bool:
    """Take a decision back; its effect is undone by a job at once. As the system."""
    lifted = await raw.fetchval(SQL["lift"], decision_id, because, at)
    if lifted is not None:
        await enqueue(Job.ENFORCE_DECISIONS, dedup_key=f"{ENFORCED}:{decision_id}")
    return lifted is not None


async def enforce(raw: asyncpg.Connection, at: datetime) -> int:
    """Let decisions begin whose time has come, and end those that are over; how many moved.

    In a job's transaction. Safe to repeat: each moves forward once.
    """
    rows = await raw.fetch(SQL["due"], at, AT_ONCE)
    states = {row["merchant_id"]: MerchantState(row["merchant_state"]) for row in rows}
    before, offers = dict(states), list[UUID]()
    for row in rows:
        found = of_row(row)
        step = _begin if found.state is DecisionState.NOTIFIED else _end
        states[found.merchant_id] = await step(raw, found, states[found.merchant_id], at)
        offers += found.offers
    moved = [merchant for merchant, state in states.items() if state is not before[merchant]]
    for merchant in moved:
        await raw.execute(SQL["set_state"], merchant, states[merchant].value)
    if moved:
        await upkeep.refresh_merchants(raw, moved)
    if offers:
        await upkeep.refresh_offers(raw, offers)
    return len(rows)


async def _begin(
    raw: asyncpg.Connection, found: Decision, state: MerchantState, at: datetime
) -> MerchantState:
    """The state of the merchant from now on; a decision that it outran expires instead."""
    to = becomes(found.type, state)
    if isinstance(to, InvalidTransition):
        await raw.execute(SQL["end"], found.id, at, DecisionState.EXPIRED.value, STATE_CHANGED)
        return state
    if found.type is DecisionType.OFFER_REMOVAL:
        await raw.execute(SQL["remove"], found.id, found.merchant_id, found.offers, found.markets)
    await raw.execute(SQL["begin"], found.id, at, None if to is None else state.value)
    return state if to is None else to


async def _end(
    raw: asyncpg.Connection, found: Decision, state: MerchantState, at: datetime
) -> MerchantState:
    """The state of the merchant once a decision has no effect any more."""
    await raw.execute(SQL["restore"], found.id)
    lifted = found.state is DecisionState.LIFTED
    to = DecisionState.LIFTED if lifted else DecisionState.EXPIRED
    await raw.execute(SQL["end"], found.id, at, to.value, None)
    made = BECOMES.get(found.type)
    if made is None or found.before is None:
        return state
    return returns_to(state, made, found.before) or state


def of_row(row: Mapping[str, Any] | asyncpg.Record) -> Decision:
    """A decision of a row of `columns`."""
    appeal = None
    if row["appeal_state"] is not None:
        appeal = Appeal(
            AppealState(row["appeal_state"]), row["appeal_text"], row["filed_at"],
            row["answer_by"], row["answered_at"], row["answer"],
        )  # fmt: skip
    known = {name: row[name] for name in Decision.__slots__ if name != "appeal"}
    return Decision(
        **known
        | {
            "type": DecisionType(row["type"]),
            "state": DecisionState(row["state"]),
            "statement": orjson.loads(row["statement"]),
            "before": MerchantState(row["before"]) if row["before"] else None,
            "appeal": appeal,
        }
    )
