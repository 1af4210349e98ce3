"""The legal guarantee of one device: its end, what lengthens it, what may shorten it.

A limitation period and an expected life are no number of months of guarantee: each has its own
field, and in the Union its floor is stated beside them.
Source: docs/rules/guarantee.md; Directive (EU) 2019/771 art. 10; Directive (EU) 2024/1799 art. 16.
"""

from dataclasses import dataclass
from datetime import date

from domain.calendars import months_after
from domain.markets.rules import (
    UNION,
    Audience,
    NoRule,
    Protected,
    Rule,
    RuleBook,
    RuleKind,
    RuleUnverified,
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A shorter guarantee that buyer and merchant agreed on, expressly and apart."""

    months: int
    id: str


@dataclass(frozen=True, slots=True)
class ShorteningNotAllowed:
    """The law does not let this guarantee be agreed so short; `least_months` None: no shorter."""

    least_months: int | None
    code: str = "SHORTENING_NOT_ALLOWED"


@dataclass(frozen=True, slots=True)
class Guarantee:
    """The guarantee by law of one device.

    Shapes: `months` and `ends_on` None where the law states none. `refused` is why an agreement was
    not applied. `rule_ids` are the rules used, `unverified` those used or passed over that nobody
    compared with the law.
    """

    starts_on: date
    months: int | None
    ends_on: date | None
    expected_life: bool = False
    limitation_years: int | None = None
    presumption_ends_on: date | None = None
    extended_until: date | None = None
    agreement_id: str | None = None
    refused: ShorteningNotAllowed | NoRule | None = None
    rule_ids: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bought:
    """What a guarantee depends on: the contract picks the law, the delivery starts the clock.

    Shapes: `repairs` counts those that the buyer chose as the remedy.
    """

    country: str
    contract_on: date
    delivered_on: date
    refurbished: bool = True
    repairs: int = 0


def guarantee(
    bought: Bought, book: RuleBook, agreement: Agreement | None = None
) -> Guarantee | NoRule:
    """The guarantee of a device.

    Refuses: what the registry refuses, where the Union has no floor for the country.
    """
    country, on, start = bought.country, bought.contract_on, bought.delivered_on
    found = book.protecting(RuleKind.GUARANTEE_CONFORMITY, country, on)
    if not isinstance(found, Protected):
        return found
    used, national = [found.rule], found.unverified or found.rule
    months: int | None = found.rule.value["months"]
    if months is None and book.in_union(country, on):
        floor = book.find(RuleKind.GUARANTEE_CONFORMITY, UNION, on)
        if isinstance(floor, Rule):
            months, used = floor.value["months"], [*used, floor]
    refused = _refused(found, agreement, bought.refurbished) if agreement else None
    agreed = agreement if agreement and refused is None else None
    months = agreed.months if agreed else months
    ends = None if months is None else months_after(start, months)
    extended = _extended(bought, ends, book)
    presumed = book.find(RuleKind.GUARANTEE_PRESUMPTION, country, on, audience=Audience.CONSUMER)
    used += [rule for rule in (presumed, extended[1]) if isinstance(rule, Rule)]
    return Guarantee(
        starts_on=start,
        months=months,
        ends_on=extended[0] or ends,
        expected_life=bool(national.value["expected_life"]),
        limitation_years=national.value["limitation_years"],
        presumption_ends_on=(
            months_after(start, presumed.value["months"]) if isinstance(presumed, Rule) else None
        ),
        extended_until=extended[0],
        agreement_id=agreed.id if agreed else None,
        refused=refused,
        rule_ids=tuple(rule.id for rule in used),
        unverified=tuple(rule.id for rule in dict.fromkeys([*used, national]) if not rule.verified),
    )


def _refused(
    found: Protected, agreement: Agreement, refurbished: bool
) -> ShorteningNotAllowed | NoRule | None:
    """Why an agreement does not hold: nobody verified that it may, or the law says no."""
    if found.unverified is not None:
        return RuleUnverified(found.unverified)
    name = "refurbished_agreed_months" if refurbished else "used_agreed_months"
    least: int | None = found.rule.value[name]
    if least is None or agreement.months < least or not agreement.id:
        return ShorteningNotAllowed(least)
    return None


def _extended(bought: Bought, ends: date | None, book: RuleBook) -> tuple[date | None, Rule | None]:
    """The end after a repair, and the rule that moves it; None where nothing does."""
    if not bought.repairs or ends is None:
        return None, None
    kind = RuleKind.GUARANTEE_REPAIR_EXTENSION
    rule = book.find(kind, bought.country, bought.contract_on, audience=Audience.CONSUMER)
    if not isinstance(rule, Rule):
        return None, None
    times = min(bought.repairs, int(rule.value["times"]))
    return months_after(ends, times * int(rule.value["months"])), rule
