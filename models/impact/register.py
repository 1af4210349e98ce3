"""The register of impact as rows: classes, what they count by each set, postings and totals.

What counts is decided where orders are known (`models.orders.register`); here it is valued.
Source: docs/impact.md, "Register".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from domain.canonical import canonical
from domain.impact import ImpactGrade, ImpactReason, ImpactStatus, Indicator, Range
from domain.impact.kept import Document, inputs_of, key
from domain.impact.plans import DrawSum
from domain.impact.register import TotalBasis, TotalScope, value
from domain.impact.totals import Counted, Line, Total, total
from models import impact
from models.base import as_system, fetch
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
INDICATORS: Final = (Indicator.GWP, Indicator.RAW, Indicator.EWASTE)
"""What is summed: figures of water are too weak for any total."""
CLASSES_AT_ONCE: Final = 1_000
FIRST_MONTH, AFTER_ALL = date(1, 1, 1), date(9999, 12, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Months of a market: `text` is a month, a year, or empty for all time."""

    text: str

    def bounds(self) -> tuple[date, date]:
        """The first month, and the one after the last."""
        if not self.text:
            return FIRST_MONTH, AFTER_ALL
        year = int(self.text[:4])
        if len(self.text) == 4:
            return date(year, 1, 1), date(year + 1, 1, 1)
        month = int(self.text[5:7])
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Published:
    """A total as anybody reads it."""

    scope: TotalScope
    place: str
    period: str
    basis: TotalBasis
    total: Total
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose devices are summed: a customer's or a merchant's; of one market and some months."""

    customer_id: UUID | None = None
    merchant_id: UUID | None = None
    market: str | None = None
    first: date | None = None
    after: date | None = None

    def arguments(self) -> tuple[Any, ...]:
        """The same as statements take it."""
        return (self.customer_id, self.merchant_id, self.market, self.first, self.after)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a line counts in the register by now. `units`: 1, or 0 once it came back."""

    units: int
    month: date
    gross: Decimal | None
    net: Decimal | None
    reason: str | None


async def keep_classes(raw: asyncpg.Connection, facts: Sequence[Document]) -> list[str]:
    """Keep classes that are not known yet; the key of each, in their order."""
    keys = [key(each) for each in facts]
    new = dict(zip(keys, facts, strict=True))
    texts = [canonical(each).decode() for each in new.values()]
    await raw.execute(SQL["add_classes"], list(new), texts)
    return keys


async def value_classes(raw: asyncpg.Connection, set_id: str, limit: int = CLASSES_AT_ONCE) -> int:
    """Value some classes that a set has not valued; how many."""
    rows = await raw.fetch(SQL["lacking"], set_id, limit)
    factors = impact.factor_set(set_id)
    made = []
    for row in rows:
        facts = orjson.loads(row["facts"])
        for indicator in INDICATORS:
            found = value(inputs_of(facts, indicator), factors)
            about = (row["id"], indicator.value, set_id, factors.sha256, factors.method)
            made.append((*about, found.gross, found.net, found.grade, found.reason))
    if made:
        await raw.execute(SQL["add_values"], *(list(column) for column in zip(*made, strict=True)))
    return len(rows)


async def post(raw: asyncpg.Connection, entries: Sequence[int]) -> None:
    """Post entries by every set that values them, and mark the totals that they change."""
    if entries:
        await raw.execute(SQL["post"], list(entries))
        await raw.execute(SQL["spoil"], list(entries))


async def restated(raw: asyncpg.Connection, set_id: str) -> bool:
    """Whether all that was there when a set came is posted by it."""
    return bool(await raw.fetchval(SQL["restated"], set_id))


async def restate(raw: asyncpg.Connection, set_id: str, after: int, limit: int) -> int | None:
    """Post some older entries by a set; after which to go on, None once nothing is left.

    Nothing that was posted changes: a later set adds its own figures beside the others.
    """
    rows: list[int] = [row["n"] for row in await raw.fetch(SQL["unposted"], set_id, limit, after)]
    await post(raw, rows)
    if rows:
        return rows[-1]
    await raw.execute(SQL["set_restated"], set_id, impact.factor_set(set_id).sha256)
    return None


async def stale(raw: asyncpg.Connection, limit: int) -> list[tuple[TotalScope, str, Period]]:
    """Some totals that are to be drawn anew; they are marked no longer."""
    rows = await raw.fetch(SQL["stale"], limit)
    return [(TotalScope(row["scope"]), row["place"], Period(row["period"])) for row in rows]


async def draw_total(
    raw: asyncpg.Connection, scope: TotalScope, place: str, period: Period, draw: DrawSum
) -> None:
    """Sum and draw one total by every set: as it was reported, and restated."""
    given = (scope.value, place, *period.bounds())
    counted = await raw.fetch(SQL["of_total"], *given)
    sums = await raw.fetch(SQL["sums_of_total"], *given)
    await raw.execute(SQL["clear"], scope.value, place, period.text)
    if not counted:
        return
    for set_id in impact.LISTING:
        same = all(row["reported"] == set_id for row in counted)
        for indicator in INDICATORS:
            now = _total(counted, sums, TotalBasis.RESTATED, set_id, indicator, draw)
            then = now
            if not same:
                then = _total(counted, sums, TotalBasis.AS_REPORTED, set_id, indicator, draw)
            for basis, found in ((TotalBasis.RESTATED, now), (TotalBasis.AS_REPORTED, then)):
                if found is not None:
                    await _keep(raw, scope, place, period, basis, found)


def _total(
    counted: Sequence[asyncpg.Record],
    sums: Sequence[asyncpg.Record],
    basis: TotalBasis,
    set_id: str,
    indicator: Indicator,
    draw: DrawSum,
) -> Total | None:
    """One total; None where nothing was posted, but for that of the set of sums."""
    then = basis is TotalBasis.AS_REPORTED
    classes = [
        Counted(orjson.loads(row["facts"]) if row["facts"] else None, row["units"], row["returned"])
        for row in counted
        if not then or row["reported"] == set_id
    ]
    mine = [
        row
        for row in sums
        if (row["indicator"], row["set_id"]) == (indicator, set_id)
        and (row["reported"] or not then)
    ]
    main = indicator is Indicator.GWP and (then or set_id == impact.SUMS)
    if not classes or not (mine or main):
        return None
    return total(classes, _lines(mine), indicator, impact.factor_set(set_id), draw)


def _lines(rows: Sequence[asyncpg.Record]) -> list[Line]:
    found: dict[str, Line] = {}
    for row in rows:
        before = found.get(row["category"], Line(row["category"], 0, Decimal(0), Decimal(0)))
        found[row["category"]] = Line(
            before.category,
            before.counted + row["counted"],
            before.gross + row["gross"],
            before.net + row["net"],
        )
    return list(found.values())


async def _keep(
    raw: asyncpg.Connection,
    scope: TotalScope,
    place: str,
    period: Period,
    basis: TotalBasis,
    found: Total,
) -> None:
    drawn = found.net_range
    lines = [
        {"category": x.category, "counted": x.counted, "gross": str(x.gross), "net": str(x.net)}
        for x in found.lines
    ]
    await raw.execute(
        SQL["keep"], scope.value, place, period.text, found.indicator.value, found.factor_set,
        basis.value, found.units, found.returned, found.counted, found.units_without_number,
        found.graded_ab, found.gross, found.net, drawn and drawn.p05, drawn and drawn.p50,
        drawn and drawn.p95, found.share_not_positive, found.status.value,
        [each.value for each in found.reasons], found.grade and found.grade.value,
        found.factor_set_sha256, found.method, orjson.dumps(lines).decode(),
    )  # fmt: skip


async def published(
    scope: TotalScope,
    place: str | None,
    indicator: Indicator,
    set_id: str,
    periods: Sequence[str] | None,
    limit: int,
) -> list[Published]:
    """Totals as anybody reads them, the youngest period first. One statement.

    Those of a set, and beside them what was reported by the set of the time.
    """
    given = (scope.value, place, indicator.value, set_id, periods, limit)
    return [_published(row) for row in await fetch(SQL["totals"], *given)]


async def months(scope: TotalScope, place: str, limit: int) -> list[str]:
    """The months of which there is a total, the youngest first."""
    return [row["period"] for row in await fetch(SQL["periods"], scope.value, place, limit)]


def _published(row: asyncpg.Record) -> Published:
    drawn = None
    if row["p05"] is not None:
        drawn = Range(row["p05"], row["p50"], row["p95"])
    lines = tuple(
        Line(x["category"], x["counted"], Decimal(x["gross"]), Decimal(x["net"]))
        for x in orjson.loads(row["categories"])
    )
    found = Total(
        Indicator(row["indicator"]),
        row["set_id"],
        row["set_sha256"],
        units=row["units"],
        returned=row["returned"],
        counted=row["counted"],
        units_without_number=row["without_number"],
        graded_ab=row["graded_ab"],
        gross=row["gross"],
        net=row["net"],
        net_range=drawn,
        share_not_positive=row["share_not_positive"],
        status=ImpactStatus(row["status"]),
        reasons=tuple(ImpactReason(each) for each in row["reasons"]),
        grade=ImpactGrade(row["grade"]) if row["grade"] else None,
        lines=lines,
        method=row["method"],
    )
    scope, basis = TotalScope(row["scope"]), TotalBasis(row["basis"])
    return Published(scope, row["place"], row["period"], basis, found, row["as_of"])


async def of(whose: Whose, indicator: Indicator, set_id: str) -> tuple[list[Counted], list[Line]]:
    """What the devices of a customer or a merchant count, whose rows the caller was found to see.

    Raises: ValueError where nobody is named.
    """
    if (whose.customer_id is None) == (whose.merchant_id is None):
        raise ValueError("a sum is of one customer or of one merchant")
    given = whose.arguments()
    async with as_system() as raw:
        rows = await raw.fetch(SQL["own"], *given)
        sums = await raw.fetch(SQL["own_sums"], *given, set_id, indicator.value)
    classes = [
        Counted(orjson.loads(row["facts"]) if row["facts"] else None, row["units"], row["returned"])
        for row in rows
    ]
    return classes, _lines(sums)


async def of_lines(
    lines: Sequence[UUID], indicator: Indicator, set_id: str
) -> Mapping[UUID, Standing]:
    """What order lines count by now, that the caller was found to see; nothing of the others."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["of_lines"], list(lines), set_id, indicator.value)
    return {
        row["line_id"]: Standing(
            row["units"], row["month"], row["gross"], row["net"], row["reason"]
        )
        for row in rows
    }
