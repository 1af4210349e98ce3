"""What the devices of a fleet are worth, from what merchants bid, paid and ask; and what to do.

A constant number of statements for a fleet of any size: devices of one configuration, grade and age
are valued together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson

from domain.raas import Disposition, FleetState
from domain.raas.disposition import Facts, Recommended, recommend
from domain.raas.terms import Terms
from domain.raas.valuation import (
    ASSUMED,
    BasisKind,
    Evidence,
    NotEnough,
    Value,
    Values,
    later,
    values,
)
from domain.trade_in import TradeInGrade
from models.base import fetch
from models.raas import catalogue, fleets
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
VALUED_IN = frozenset({FleetState.REVIEW, FleetState.VALUED})
_OLDEST = 99


class Configuration(NamedTuple):
    """Devices that cost the same: a product with its storage and memory. Units: GB."""

    product_id: UUID
    storage: int
    ram: int


class Group(NamedTuple):
    """Devices that are valued together. `grade` is empty where none was declared."""

    variant_id: UUID
    grade: str
    years: int
    category: str
    configuration: Configuration


async def value(raw: asyncpg.Connection, fleet_id: UUID, now: datetime) -> int:
    """Value every device of a fleet that is not sold yet; return how many kinds it has.

    A fleet in any other state is left alone. In the caller's transaction, with the rights of a job:
    bids and lots of everybody count.
    """
    fleet = await fleets.get(fleet_id)
    if fleet is None or fleet.state not in VALUED_IN:
        return 0
    rows = await raw.fetch(SQL["groups"], fleet_id, now.date())
    groups = [_group(row) for row in rows]
    terms = catalogue.terms()
    found = await _evidence(raw, groups, fleet.market, fleet.currency, now, terms)
    settled = [_settled(each, found, fleet.currency, terms) for each in groups]
    columns = [list(each) for each in zip(*settled, strict=True)] or [[] for _ in range(9)]
    await raw.execute(SQL["value"], fleet_id, now.date(), *columns)
    least = terms.of("min_evidence", BasisKind.OFFER_PRICES.value)
    await raw.execute(SQL["unvalued"], fleet_id, orjson.dumps({"n": 0, "min": least}).decode())
    await raw.execute(SQL["valued"], fleet_id, now)
    await fleets.changed(raw, fleet_id)
    return len(groups)


def _group(row: asyncpg.Record) -> Group:
    configuration = Configuration(row["product_id"], row["storage"], row["ram"])
    return Group(
        row["variant_id"], row["grade"], row["years"], row["category"] or "", configuration
    )


async def _evidence(
    raw: asyncpg.Connection,
    groups: Sequence[Group],
    market: str,
    currency: str,
    now: datetime,
    terms: Terms,
) -> Mapping[Configuration, Values]:
    """The value of each configuration in each grade."""
    variants = list({each.variant_id for each in groups})
    days = terms.of("evidence_days", BasisKind.LOT_PRICES.value)
    rows = await raw.fetch(SQL["evidence"], variants, market, currency, now, days, ASSUMED.value)
    said: dict[Configuration, list[Evidence]] = defaultdict(list)
    for row in rows:
        said[Configuration(row["product_id"], row["storage"], row["ram"])].append(
            Evidence(
                BasisKind(row["kind"]),
                TradeInGrade(row["grade"]),
                row["n"],
                row["least"],
                row["median"],
                row["most"],
                row["at"].isoformat(),
            )
        )
    of = {each.configuration: each.category for each in groups}
    return {each: values(said[each], category, terms) for each, category in of.items()}


def _settled(
    group: Group, found: Mapping[Configuration, Values], currency: str, terms: Terms
) -> tuple[Any, ...]:
    """A group as the statement `value` takes it."""
    grade = TradeInGrade(group.grade) if group.grade else ASSUMED
    known = found[group.configuration]
    value = known[grade]
    sound = known[ASSUMED]
    facts = Facts(
        grade,
        value.median if isinstance(value, Value) else None,
        sound.median if isinstance(sound, Value) else None,
        group.years if group.years >= 0 else None,
    )
    chosen = recommend(facts, terms.costs(group.category, currency))
    basis = _basis(value, not group.grade, terms.of("decay_monthly_bp", group.category))
    three: tuple[int | None, ...] = (None, None, None)
    if isinstance(value, Value):
        three = value.least, value.median, value.most
    told = (orjson.dumps(basis).decode(), chosen.disposition.value, _reasons(chosen))
    return group.variant_id, group.grade, group.years, *three, *told


def _basis(value: Value | NotEnough, assumed: bool, decay: int) -> dict[str, Any]:
    if isinstance(value, NotEnough):
        return {"n": value.n, "min": value.least}
    return {
        "kind": value.kind.value,
        "n": value.n,
        "as_of": value.as_of,
        "decay": decay,
        "assumed": assumed,
        "derived": value.derived,
        "capped": value.capped,
    }


def _reasons(chosen: Recommended) -> str:
    return orjson.dumps([asdict(step) for step in chosen.steps]).decode()


@dataclass(frozen=True, slots=True)
class Point:
    """What is worth how much at a time: the sum of the lines. Units: minor units."""

    months: int
    least: int
    median: int
    most: int


@dataclass(frozen=True, slots=True)
class Totals:
    """A fleet's value: devices with one and without one, at each time that was asked for."""

    valued: int
    without: int
    points: list[Point]
    dispositions: dict[Disposition, int]
    kinds: dict[BasisKind, int]


async def totals(
    fleet_id: UUID, months: Sequence[int], sites: Sequence[UUID] | None = None
) -> Totals:
    """The sums of a fleet's lines in so many months, of these sites alone if some are named.

    One statement.
    """
    rows = await fetch(SQL["totals"], fleet_id, None if sites is None else list(sites))
    valued = [row for row in rows if row["median"] is not None]
    chosen: dict[Disposition, int] = defaultdict(int)
    kinds: dict[BasisKind, int] = defaultdict(int)
    for row in rows:
        if row["disposition"]:
            chosen[Disposition(row["disposition"])] += row["n"]
        if row["kind"]:
            kinds[BasisKind(row["kind"])] += row["n"]
    points = [
        Point(m, *(_sum(valued, name, m) for name in ("least", "median", "most"))) for m in months
    ]
    without = sum(row["n"] for row in rows if row["median"] is None)
    return Totals(sum(row["n"] for row in valued), without, points, chosen, kinds)


def _sum(rows: Sequence[asyncpg.Record], name: str, months: int) -> int:
    return sum(row["n"] * later(row[name], row["decay"], months) for row in rows)
