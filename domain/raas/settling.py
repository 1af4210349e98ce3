"""What each device of a lot brings: its share of the bid, what its grade takes off, fee and net.

Source: docs/fleets.md, "Settlement". Units: minor units of one currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.calendars import Calendar
from domain.money import divide_half_even

WHOLE_BP: Final = 10_000


class AdjustmentReason(StrEnum):
    """Why a device brings another amount than its share of the bid."""

    GRADE = "GRADE"
    MISSING = "MISSING"
    RETURNED = "RETURNED"
    DISPUTE = "DISPUTE"


@dataclass(frozen=True, slots=True)
class Line:
    """One device of a statement."""

    bid_minor: int
    adjustment_minor: int
    fee_minor: int
    reason: AdjustmentReason | None = None

    @property
    def net_minor(self) -> int:
        """What its organisation gets for it."""
        return self.bid_minor + self.adjustment_minor - self.fee_minor

    @property
    def gross_minor(self) -> int:
        """What its merchant pays for it."""
        return self.bid_minor + self.adjustment_minor


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of the lines of a statement."""

    bid_minor: int
    adjustment_minor: int
    fee_minor: int

    @property
    def net_minor(self) -> int:
        """What the organisation gets."""
        return self.bid_minor + self.adjustment_minor - self.fee_minor

    @property
    def gross_minor(self) -> int:
        """What the merchant pays."""
        return self.bid_minor + self.adjustment_minor


def shares(amount: int, weights: Sequence[int]) -> list[int]:
    """A whole amount over weights, by largest remainder: the shares sum to it to the last unit.

    Of equal remainders the earlier gets the unit. Weights that are all 0 count alike.
    """
    if not weights:
        return []
    total = sum(weights)
    if total == 0:
        weights, total = [1] * len(weights), len(weights)
    parts = [divmod(amount * weight, total) for weight in weights]
    found = [whole for whole, _ in parts]
    left = amount - sum(found)
    order = sorted(range(len(weights)), key=lambda n: (-parts[n][1], n))
    for n in order[:left]:
        found[n] += 1
    return found


def fee_of(gross_minor: int, fee_bp: int) -> int:
    """Our fee on what a device brings."""
    return divide_half_even(gross_minor * fee_bp, WHOLE_BP)


def statement(
    bid_minor: int,
    weights: Sequence[int],
    worth: Sequence[tuple[int, AdjustmentReason | None] | None],
    fee_bp: int,
) -> list[Line]:
    """The lines of a statement, in the order given.

    Shapes: `worth` says for each device by what factor its share counts, in basis points, and why;
    None: by all of it. A device that is missing counts by 0.
    """
    found = []
    for share, each in zip(shares(bid_minor, weights), worth, strict=True):
        factor, reason = each or (WHOLE_BP, None)
        gross = divide_half_even(share * factor, WHOLE_BP)
        found.append(Line(share, gross - share, fee_of(gross, fee_bp), reason))
    return found


def decided(line: Line, gross_minor: int, fee_bp: int) -> Line:
    """A line after a dispute about it: it brings `gross_minor`.

    Refuses: less than nothing, as a ValueError.
    """
    if gross_minor < 0:
        raise ValueError("a device brings nothing at the least")
    adjustment = gross_minor - line.bid_minor
    reason = AdjustmentReason.DISPUTE if gross_minor != line.gross_minor else line.reason
    fee = fee_of(gross_minor, fee_bp)
    return replace(line, adjustment_minor=adjustment, fee_minor=fee, reason=reason)


def totals(lines: Sequence[Line]) -> Totals:
    """The sums of lines."""
    return Totals(
        sum(line.bid_minor for line in lines),
        sum(line.adjustment_minor for line in lines),
        sum(line.fee_minor for line in lines),
    )


def working_days_after(at: datetime, days: int, country: str, zone: str) -> datetime:
    """The end of the working day so many after a moment, in the country of the organisation.

    The day of the moment itself does not count.
    """
    calendar = Calendar(country, zone)
    day = calendar.day_of(at)
    for _ in range(days):
        day = calendar.after(day, 1) if calendar.works(day) else calendar.working_day(day)
    return calendar.end_of(day)
