"""What one currency was worth in another on a day, from dated rows, and how old that may be.

Source: docs/markets.md, "Rates".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from typing import Final
from uuid import UUID

YOUNG_FOR: Final = timedelta(days=7)
"""The ECB publishes on working days; the longest pause of its calendar is shorter."""
PIVOT: Final = "EUR"
_PLACES: Final = Decimal(1).scaleb(-10)
_WIDE: Final = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `base` was worth `rate` units of `quote` on a day."""

    base: str
    quote: str
    on_day: date
    rate: Decimal
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """The rate between two currencies with 10 decimals, its day, and the rows it is made of."""

    rate: Decimal
    on_day: date
    rows: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class RateMissing:
    """No row leads from one currency to the other."""

    base: str
    quote: str


@dataclass(frozen=True, slots=True)
class RateStale:
    """The last rate is too old."""

    as_of: date


def rate_at(
    rows: Iterable[Rate], base: str, quote: str, on: date
) -> Between | RateMissing | RateStale:
    """The rate of the last day up to `on` that has one: direct, the other way round, or by EUR.

    Both legs of one by EUR are of the same day. Rounded once, half to even, to 10 decimals.
    Refuses: no such day; one more than 7 days before `on`.
    """
    if base == quote:
        return Between(Decimal(1), on)
    days: dict[date, dict[tuple[str, str], Rate]] = {}
    for row in rows:
        if row.on_day <= on:
            days.setdefault(row.on_day, {})[row.base, row.quote] = row
    for day in sorted(days, reverse=True):
        found = _of_day(days[day], base, quote)
        if found is not None:
            return found if on - day <= YOUNG_FOR else RateStale(day)
    return RateMissing(base, quote)


def _of_day(rows: Mapping[tuple[str, str], Rate], base: str, quote: str) -> Between | None:
    for legs in ([(base, quote)], [(base, PIVOT), (PIVOT, quote)]):
        steps = [_leg(rows, *leg) for leg in legs if leg[0] != leg[1]]
        if all(step is not None for step in steps):
            return _joined([step for step in steps if step is not None])
    return None


def _leg(rows: Mapping[tuple[str, str], Rate], base: str, quote: str) -> tuple[Rate, bool] | None:
    """The row of a leg, and whether it is the other way round."""
    if row := rows.get((base, quote)):
        return row, False
    return (row, True) if (row := rows.get((quote, base))) else None


def _joined(steps: list[tuple[Rate, bool]]) -> Between:
    up, down = Decimal(1), Decimal(1)
    for row, turned in steps:
        if turned:
            down = _WIDE.multiply(down, row.rate)
        else:
            up = _WIDE.multiply(up, row.rate)
    rate = _WIDE.divide(up, down).quantize(_PLACES, context=_WIDE)
    return Between(rate, steps[0][0].on_day, tuple(_ids(steps)))


def _ids(steps: list[tuple[Rate, bool]]) -> Iterator[UUID]:
    return (row.id for row, _ in steps if row.id is not None)
