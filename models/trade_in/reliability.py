"""What merchants did with the devices that they bid for, and how values went with time."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.catalog import Grade
from domain.money import divide_half_even
from domain.trade_in.decay import LEAST_MODELS, LEAST_SPAN_MONTHS
from models.base import as_system
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an order ended.

    Shapes: `inspected`: the device was validated or less was offered for it; a refusal counts
    neither way. `counter_minor` is what was offered instead, `validated_at` and `paid_at` those of
    an order that was paid or credited.
    """

    merchant_id: UUID
    market: str
    in_country: bool
    bid_minor: int
    inspected: bool
    counter_minor: int | None = None
    validated_at: datetime | None = None
    paid_at: datetime | None = None

    @property
    def cut_bp(self) -> int:
        """What a counter-offer took off the bid, in parts of ten thousand of it."""
        if self.counter_minor is None or self.bid_minor <= 0:
            return 0
        cut = divide_half_even(10_000 * (self.bid_minor - self.counter_minor), self.bid_minor)
        return max(0, min(10_000, cut))

    @property
    def pay_days(self) -> int:
        """Begun days from validation to payment."""
        if self.paid_at is None or self.validated_at is None:
            return 0
        return max(0, -int(-(self.paid_at - self.validated_at).total_seconds() // _DAY_SECONDS))


async def record_outcome(ended: Outcome) -> None:
    """Count an order that has ended, once, in the transaction of its last move.

    The count of every night sets right what was told twice or never.
    """
    counters = (
        int(ended.inspected or ended.counter_minor is not None),
        int(ended.counter_minor is not None),
        ended.cut_bp,
        int(ended.paid_at is not None),
        ended.pay_days,
        int(ended.in_country),
    )
    async with as_system() as raw:
        await raw.execute(SQL["add"], ended.merchant_id, ended.market, *counters)


async def recount(raw: asyncpg.Connection) -> int:
    """Count all ended orders anew, with the rights of a job; how many records changed."""
    return len(await raw.fetch(SQL["recount"]))


async def measure_decay(raw: asyncpg.Connection) -> int:
    """Measure how prices fall with the age of models; of how many markets and categories.

    Where there are too few models, or prices do not fall, nothing is kept but the default.
    """
    return len(await raw.fetch(SQL["decay"], LEAST_MODELS, LEAST_SPAN_MONTHS, Grade.GOOD.rank))
