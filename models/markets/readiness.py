"""What is counted of a market before it opens, and who sees to what is lacking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.catalog import Grade
from domain.markets.checks import CheckCode, Kyc, Lane, Rehearsed, Supply
from models.base import fetch
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
SOLD_ALL_THE_SAME = (
    *("MARKET_NOT_OPEN", "MARKET_PAUSED", "MERCHANT_RESTRICTED", "QUALITY_BELOW_FLOOR"),
    *("DELIVERY_TOO_SLOW", "PRICE_ABOVE_NEW", "LOW_STOCK_PROTECTION"),
)
"""Reasons of an offer that could be bought if its market were open."""
_GRADES = {grade.rank: grade.value for grade in Grade}


@dataclass(frozen=True, slots=True)
class Duty:
    """Who sees to a check and by when, and what somebody vouched for."""

    owner: str | None
    due_on: date | None
    attested_on: date | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a rehearsal: `code` says why it failed."""

    name: str
    passed: bool
    code: str | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """An order that was placed and undone."""

    id: UUID
    at: datetime
    passed: bool
    steps: tuple[Step, ...]

    @property
    def outcome(self) -> Rehearsed:
        """The same as the checks look at it."""
        failed = next((each.name for each in self.steps if not each.passed), None)
        return Rehearsed(self.at, self.passed, failed)


async def supply(market: str) -> list[Supply]:
    """Offers aimed at a market by category and grade. One statement."""
    rows = await fetch(SQL["supply"], market, list(SOLD_ALL_THE_SAME))
    return [Supply(**dict(row) | {"grade": _GRADES[row["grade"]]}) for row in rows]


async def categories() -> list[str]:
    """The categories that the catalogue has products of, in their order."""
    return [row["code"] for row in await fetch(SQL["categories"])]


async def texts(market: str) -> Mapping[str, frozenset[str]]:
    """The languages that each text of a market is there in."""
    found: dict[str, set[str]] = {}
    for row in await fetch(SQL["texts"], market):
        found.setdefault(row["key"], set()).add(row["language"])
    return {key: frozenset(languages) for key, languages in found.items()}


async def kyc(market: str, on: date) -> Kyc | None:
    """The terms by which devices are bought of people on a day; None where none are."""
    rows = await fetch(SQL["kyc"], market, on)
    if not rows or not rows[0]["is_open"]:
        return None
    row = rows[0]
    verified = row["status"] == "VERIFIED"
    return Kyc(row["minimum_age"], tuple(row["identity_documents"]), verified)


async def lanes(raw: asyncpg.Connection, countries: Sequence[str], on: date) -> list[Lane]:
    """Carriers under contract that deliver there, with a job's rights."""
    return [Lane(**dict(row)) for row in await raw.fetch(SQL["lanes"], list(countries), on)]


async def rehearsed(raw: asyncpg.Connection, market: str) -> Rehearsal | None:
    """The last rehearsal, with a job's rights."""
    return _rehearsal(await raw.fetchrow(SQL["rehearsed"], market))


async def rehearsal(raw: asyncpg.Connection, rehearsal_id: UUID) -> Rehearsal | None:
    """A rehearsal, with a job's rights."""
    return _rehearsal(await raw.fetchrow(SQL["of_id"], rehearsal_id))


def _rehearsal(row: asyncpg.Record | None) -> Rehearsal | None:
    if row is None:
        return None
    steps = tuple(Step(**each) for each in orjson.loads(row["steps"]))
    return Rehearsal(row["id"], row["at"], row["passed"], steps)


async def rehearse(raw: asyncpg.Connection, market: str, by: UUID, steps: Sequence[Step]) -> UUID:
    """Record what came of one, with a job's rights."""
    told = [{n: getattr(each, n) for n in Step.__slots__} for each in steps]
    passed = all(each.passed for each in steps)
    given: tuple[Any, ...] = (market, by, passed, orjson.dumps(told).decode())
    made: UUID = await raw.fetchval(SQL["rehearsal"], *given)
    return made


async def duties(raw: asyncpg.Connection, market: str) -> Mapping[CheckCode, Duty]:
    """Who sees to what, with a job's rights."""
    rows = await raw.fetch(SQL["duties"], market)
    return {
        CheckCode(row["code"]): Duty(
            row["owner"], row["due_on"], row["attested_on"], row["evidence"]
        )
        for row in rows
    }


async def owner(raw: asyncpg.Connection, email: str, market: str) -> UUID | None:
    """A person of staff who acts in a market, with a job's rights."""
    found: UUID | None = await raw.fetchval(SQL["owner"], email, market)
    return found


async def assign(
    raw: asyncpg.Connection,
    market: str,
    code: CheckCode,
    owner_id: UUID | None,
    due_on: date | None,
    attested: tuple[date, UUID] | None,
    evidence: str,
) -> None:
    """Say who sees to a check, by when, and what is vouched for; with a job's rights."""
    on, by = attested or (None, None)
    await raw.execute(SQL["assign"], market, code.value, owner_id, due_on, on, by, evidence)
