"""Which merchant's bid is best for the person who sells: what can be expected of it.

A bid is worth what the person can expect to be paid, not its amount, times a merit for a short way
and quick money.
How often a merchant offers less after inspection, and how much less, is counted with a prior, so
that a merchant without a past stands where a usual one does.
Source: docs/trade-in.md, "Which bid is best".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from uuid import UUID

from domain.money import divide_half_even

PRIOR_INSPECTIONS: Final = 30
PRIOR_COUNTER_OFFERS: Final = 3  # a tenth of them
PRIOR_CUTS_OF: Final = 10
PRIOR_CUTS_BP: Final = 30_000  # three tenths of each
WHOLE: Final = 10_000
IN_COUNTRY_BP: Final = 300
DAYS_BP: Final = 200
USUAL_DAYS: Final = 7
DAYS_SPAN: Final = 6


@dataclass(frozen=True, slots=True)
class Record:
    """What became of the devices that a merchant inspected in a market.

    Units: `cuts_bp` is the sum of what counter-offers took off their bids, each in parts of ten
    thousand of it; `pay_days` the sum of days from validation to payment of `paid` orders.
    """

    inspections: int = 0
    counter_offers: int = 0
    cuts_bp: int = 0
    paid: int = 0
    pay_days: int = 0
    orders: int = 0
    in_country: int = 0

    @property
    def rate(self) -> Fraction:
        """How often less is offered after inspection, shrunk towards the prior."""
        return Fraction(
            self.counter_offers + PRIOR_COUNTER_OFFERS, self.inspections + PRIOR_INSPECTIONS
        )

    @property
    def cut(self) -> Fraction:
        """What part of the bid a counter-offer takes off, shrunk towards the prior."""
        return Fraction(self.cuts_bp + PRIOR_CUTS_BP, WHOLE * (self.counter_offers + PRIOR_CUTS_OF))

    @property
    def kept(self) -> Fraction:
        """The part of a bid that can be expected to be paid."""
        return 1 - self.rate * self.cut


NEW: Final = Record()
"""The record of a merchant without a past."""


@dataclass(frozen=True, slots=True)
class Bid:
    """What a merchant would pay, and how. Units: `amount_minor` in the market's minor unit."""

    id: UUID
    merchant_id: UUID
    amount_minor: int
    pay_within_days: int
    in_country: bool
    record: Record = NEW


@dataclass(frozen=True, slots=True)
class Valued:
    """A bid taken apart: what each part of its record does to its place.

    Units: `merit` and the terms in basis points, `value_minor` is rounded, `order` is exact.
    """

    bid: Bid
    expected_minor: int
    in_country_bp: int
    days_bp: int

    @property
    def merit(self) -> int:
        """What the expected amount is multiplied by."""
        return WHOLE + self.in_country_bp + self.days_bp

    @property
    def exact(self) -> int:
        """What bids are compared by: ten thousand times the value."""
        return self.expected_minor * self.merit

    @property
    def value_minor(self) -> int:
        """The value as it is shown."""
        return divide_half_even(self.exact, WHOLE)

    @property
    def order(self) -> tuple[int, int, int]:
        """Sorts the best first: higher value, then higher amount, then lower id."""
        return -self.exact, -self.bid.amount_minor, self.bid.id.int


def expected(amount_minor: int, record: Record) -> int:
    """What can be expected of an amount, rounded half to even."""
    found = amount_minor * record.kept
    return divide_half_even(found.numerator, found.denominator)


def days_term(pay_within_days: int) -> int:
    """What quick money adds to merit, or slow money takes from it."""
    days = max(-DAYS_SPAN, min(DAYS_SPAN, USUAL_DAYS - pay_within_days))
    return divide_half_even(DAYS_BP * days, DAYS_SPAN)


def valued(bid: Bid) -> Valued:
    """A bid taken apart. Nothing but the bid itself enters its value."""
    return Valued(
        bid,
        expected(bid.amount_minor, bid.record),
        IN_COUNTRY_BP if bid.in_country else 0,
        days_term(bid.pay_within_days),
    )


def ranked(bids: Sequence[Bid]) -> list[Valued]:
    """The bids, the best first; their order in the call does not matter."""
    return sorted((valued(bid) for bid in bids), key=lambda each: each.order)


def rank_of(bid: Bid, others: Sequence[Bid]) -> int:
    """Where a bid stands among others, from 1."""
    mine = valued(bid).order
    return 1 + sum(valued(other).order < mine for other in others)


def amount_to_win(bid: Bid, others: Sequence[Bid]) -> int | None:
    """The lowest amount at which a bid is first, all else unchanged; None where nobody else bids.

    Shapes: for the present leader it is how far it could go down. Found in closed form, then
    ranked again: one minor unit less is not first.
    """
    rivals = ranked([other for other in others if other.merchant_id != bid.merchant_id])
    if not rivals:
        return None
    best = rivals[0]
    merit = valued(bid).merit
    draws, rest = divmod(best.exact, merit)
    wins = _least(draws + 1, bid.record)
    if not rest:
        beats = bid.id.int < best.bid.id.int
        tie = max(_least(draws, bid.record), best.bid.amount_minor + (not beats))
        wins = min(wins, tie)
    return max(wins, 1)


def _least(expected_minor: int, record: Record) -> int:
    """The lowest amount of which so much can be expected."""
    if expected_minor <= 0:
        return 0
    near = (expected_minor - Fraction(1, 2)) / record.kept
    at = -(-near.numerator // near.denominator)
    return at if expected(at, record) >= expected_minor else at + 1
