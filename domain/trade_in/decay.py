"""How much of a device's value is left after some months, and how that is known.

Source: docs/trade-in.md, "What it will be worth".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.money import divide_half_even

MONTHS: Final = (0, 1, 3, 6, 12)
LEAST_MODELS: Final = 30
LEAST_SPAN_MONTHS: Final = 24
WHOLE: Final = 10_000


class DecayBasis(StrEnum):
    """What a share is read from: bids, featured offers, or an assumption that ships with us."""

    BID_PRICES = "BID_PRICES"
    OFFER_PRICES = "OFFER_PRICES"
    DEFAULT = "DEFAULT"


@dataclass(frozen=True, slots=True)
class Decay:
    """The part of its value that a device keeps over a month.

    Units: `monthly_bp` in parts of ten thousand; `models` is how many models were looked at, 0 for
    an assumption. `market` and `brand` `*`: every one.
    """

    category: str
    market: str
    brand: str
    basis: DecayBasis
    monthly_bp: int
    models: int
    as_of: datetime
    source: str


_SURER: Final = {DecayBasis.BID_PRICES: 2, DecayBasis.OFFER_PRICES: 1, DecayBasis.DEFAULT: 0}


def decay_of(rows: Sequence[Decay], category: str, market: str, brand: str) -> Decay | None:
    """The share that fits best: what was observed before what is assumed, the narrower first."""
    fitting = [
        row
        for row in rows
        if row.category in {category, "*"}
        and row.market in {market, "*"}
        and row.brand in {brand, "*"}
    ]
    return max(
        fitting,
        key=lambda row: (
            _SURER[row.basis],
            row.category != "*",
            row.market != "*",
            row.brand != "*",
        ),
        default=None,
    )


def after(value_minor: int, monthly_bp: int, months: int) -> int:
    """A value so many months on, rounded once, half to even."""
    return divide_half_even(value_minor * monthly_bp**months, WHOLE**months)


def curve(value_minor: int, monthly_bp: int) -> tuple[tuple[int, int], ...]:
    """Months from now, each with the value then. It never rises."""
    return tuple((months, after(value_minor, monthly_bp, months)) for months in MONTHS)
