"""The platform's contracts with carriers: who may ship under them, at what price, at whose cost.

Source: docs/carriers.md, "Contracts".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from domain.merchants import MerchantKind, MerchantState
from domain.money import divide_half_even

PACKAGING_GRAMS: Final = 200
"""What a box and its padding weigh, where nobody said otherwise."""


class NotEligible(StrEnum):
    """Why a merchant may not ship under a contract."""

    KIND = "KIND"
    STATE = "STATE"
    TOO_LARGE = "TOO_LARGE"
    COUNTRY = "COUNTRY"
    NOT_IN_FORCE = "NOT_IN_FORCE"


class LabelState(StrEnum):
    """Where a label stands. `ORDERED` waits for the carrier."""

    ORDERED = "ORDERED"
    ALIVE = "ALIVE"
    USED = "USED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Applicant:
    """What the rule of a contract asks of a merchant. Units: lines that it sold in 90 days."""

    kind: MerchantKind
    state: MerchantState
    country: str
    lines: int


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may ship under a contract: data, no code. None asks nothing."""

    kinds: frozenset[MerchantKind] | None = None
    states: frozenset[MerchantState] | None = None
    countries: frozenset[str] | None = None
    most_lines: int | None = None

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> Self:
        """Read the rule as it is stored. Raises: ValueError for a word that is none of these."""
        unknown = set(rule) - {"kinds", "states", "countries", "mostLines"}
        if unknown:
            raise ValueError(f"a rule of eligibility does not know {sorted(unknown)}")
        kinds, states, countries = (rule.get(key) for key in ("kinds", "states", "countries"))
        return cls(
            None if kinds is None else frozenset(map(MerchantKind, kinds)),
            None if states is None else frozenset(map(MerchantState, states)),
            None if countries is None else frozenset(countries),
            rule.get("mostLines"),
        )

    def against(self, who: Applicant) -> list[NotEligible]:
        """What speaks against a merchant; nothing where it may."""
        found = []
        if self.kinds is not None and who.kind not in self.kinds:
            found.append(NotEligible.KIND)
        if self.states is not None and who.state not in self.states:
            found.append(NotEligible.STATE)
        if self.most_lines is not None and who.lines > self.most_lines:
            found.append(NotEligible.TOO_LARGE)
        if self.countries is not None and who.country not in self.countries:
            found.append(NotEligible.COUNTRY)
        return found


@dataclass(frozen=True, slots=True)
class Rate:
    """A line of a rate card. Units: grams at most, minor units of the contract's currency."""

    origin: str
    destination: str
    most_grams: int
    price_minor: int


def rate_for(rates: Iterable[Rate], origin: str, destination: str, grams: int) -> Rate | None:
    """The rate of a parcel: the smallest weight that holds it; None where no line does."""
    fitting = [
        rate
        for rate in rates
        if (rate.origin, rate.destination) == (origin, destination) and grams <= rate.most_grams
    ]
    return min(fitting, key=lambda rate: (rate.most_grams, rate.price_minor), default=None)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a label costs, and who bears it. Units: minor units."""

    price_minor: int
    merchant_minor: int
    platform_minor: int


def shared_cost(price_minor: int, platform_bp: int) -> Cost:
    """The price, of which the platform bears so many basis points; nothing is lost in rounding."""
    platform = divide_half_even(price_minor * platform_bp, 10_000)
    return Cost(price_minor, price_minor - platform, platform)
