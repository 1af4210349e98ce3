"""What a device of a fleet is worth now and in some months, and what that is known from.

Never a guess: without enough bids, lots or offers for its configuration a device has no value. Of
the kinds of evidence the nearest to a sale counts: what merchants bid for such devices, then what
lots of such devices fetched, then what refurbished ones are offered for, less what lies between.
Source: docs/fleets.md, "Valuation".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final

from domain.raas.conditions import GRADES
from domain.raas.terms import Terms
from domain.trade_in import TradeInGrade

HORIZONS: Final = (0, 3, 6)
MOST_MONTHS: Final = 12
ASSUMED: Final = TradeInGrade.FUNCTIONAL_USED
"""The grade of a device of which nothing was declared: it is told with the value."""
_ONE: Final = Decimal(1)
_BP: Final = Decimal(10_000)


class BasisKind(StrEnum):
    """What a value is known from, the nearest to a sale first."""

    TRADE_IN_BIDS = "TRADE_IN_BIDS"
    LOT_PRICES = "LOT_PRICES"
    OFFER_PRICES = "OFFER_PRICES"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Prices of one kind for devices of one configuration and grade.

    Units: minor units of the fleet's currency. `as_of` is the youngest of them, ISO 8601.
    """

    kind: BasisKind
    grade: TradeInGrade
    n: int
    least: int
    median: int
    most: int
    as_of: str


@dataclass(frozen=True, slots=True)
class Value:
    """What a device is worth. Units: minor units.

    Shapes: `derived` is True where prices of sound devices tell what a broken one leaves; `capped`
    where a better grade, valued by itself, would have been worth less.
    """

    least: int
    median: int
    most: int
    kind: BasisKind
    n: int
    as_of: str
    derived: bool = False
    capped: bool = False


@dataclass(frozen=True, slots=True)
class NotEnough:
    """Too few prices to say a value: `n` of the `least` that it takes."""

    n: int
    least: int


Values = Mapping[TradeInGrade, Value | NotEnough]


def values(evidence: Iterable[Evidence], category: str, terms: Terms) -> Values:
    """The value of a configuration in each grade; a worse grade is never worth more.

    Shapes: `evidence` is of one configuration; offers are as customers pay them, VAT included.
    """
    known = {(each.kind, each.grade): each for each in evidence}
    found: dict[TradeInGrade, Value | NotEnough] = {}
    best: Value | None = None
    for grade in GRADES:
        value = _value(known, grade, category, terms)
        if isinstance(value, Value):
            value = best = value if best is None else _at_most(value, best)
        found[grade] = value
    return found


def _value(
    known: Mapping[tuple[BasisKind, TradeInGrade], Evidence],
    grade: TradeInGrade,
    category: str,
    terms: Terms,
) -> Value | NotEnough:
    short: list[NotEnough] = []
    for kind in BasisKind:
        share = _BP
        derived = False
        said = known.get((kind, grade))
        if kind is BasisKind.OFFER_PRICES:
            share -= terms.of("refurbishing_margin_bp", category)
            if said is None and grade in _SHARES:
                said, derived = known.get((kind, ASSUMED)), True
                share = share * terms.of(_SHARES[grade], category) / _BP
        needed = terms.of("min_evidence", kind.value)
        if said is None or said.n < needed:
            short.append(NotEnough(said.n if said else 0, needed))
            continue
        least, median, most = (_share(x, share) for x in (said.least, said.median, said.most))
        return Value(least, median, most, kind, said.n, said.as_of, derived)
    return max(short, key=lambda each: each.n)


_SHARES: Final = {
    TradeInGrade.FUNCTIONAL_CRACKED: "cracked_share_bp",
    TradeInGrade.NOT_FUNCTIONAL_USED: "dead_share_bp",
    TradeInGrade.NOT_FUNCTIONAL_CRACKED: "dead_cracked_share_bp",
}


def _share(minor: int, share_bp: Decimal) -> int:
    return int((minor * share_bp / _BP).quantize(_ONE, ROUND_HALF_EVEN))


def _at_most(value: Value, better: Value) -> Value:
    """A value that is nowhere above that of a better grade."""
    capped = replace(
        value,
        least=min(value.least, better.least),
        median=min(value.median, better.median),
        most=min(value.most, better.most),
    )
    return replace(capped, capped=True) if capped != value else value


def later(minor: int, decay_bp: int, months: int) -> int:
    """What a value becomes in some months: it falls by `decay_bp` each month.

    Units: minor units, rounded once, half to even.
    """
    left = (_BP - decay_bp) ** months / _BP**months
    return int((minor * left).quantize(_ONE, ROUND_HALF_EVEN))
