"""Until when a consumer may withdraw from a purchase at a distance.

The statutory right and the policy of the marketplace are two things: the later day binds, and
neither is called by the other's name.
Source: docs/rules/withdrawal.md; Directive 2011/83/EU art. 9-10; Regulation 1182/71 art. 3(4).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.calendars import Calendar, months_after
from domain.markets.rules import Audience, NoRule, Protected, Rule, RuleBook, RuleKind
from domain.orders.sale import Buyer

POLICY_DAYS = 30
TOKEN_HOURS = 24
"""How long the first step of a withdrawal may be confirmed by the second."""


class WithdrawalBasis(StrEnum):
    """By what right a buyer may withdraw at a moment."""

    STATUTORY = "STATUTORY"
    POLICY = "POLICY"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class WithdrawalRight:
    """The days on which the rights end, each at the end of that day in the market's zone.

    Shapes: `last_day` None: no statutory right; `policy_last_day` None: the policy gives none.
    `steps` is in how many steps the law wants the withdrawal made.
    """

    last_day: date | None
    ends_at: datetime | None
    policy_last_day: date | None
    policy_ends_at: datetime | None
    statutory_days: int | None = None
    steps: int = 2
    rule_ids: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()

    def basis(self, now: datetime) -> WithdrawalBasis:
        """By what right a buyer may withdraw now, the statutory one first."""
        if self.ends_at is not None and now < self.ends_at:
            return WithdrawalBasis.STATUTORY
        if self.policy_ends_at is not None and now < self.policy_ends_at:
            return WithdrawalBasis.POLICY
        return WithdrawalBasis.EXPIRED


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a right to withdraw depends on.

    Shapes: `country` of the buyer; `contract_on` the day of the order; `delivered` the days on
    which its parcels reached the buyer; time at a pickup point does not count. `informed_on` is
    when the buyer was told of the right, at the latest; None: never.
    """

    country: str
    contract_on: date
    delivered: tuple[date, ...]
    informed_on: date | None
    buyer: Buyer = Buyer.CONSUMER


def withdrawal(
    purchase: Purchase, calendar: Calendar, book: RuleBook, policy_days: int = POLICY_DAYS
) -> WithdrawalRight | NoRule:
    """Until when a consumer may withdraw, counted from the last parcel; a business may not.

    Refuses: what the registry refuses. Raises: ValueError while nothing was delivered.
    """
    start = max(purchase.delivered)
    if purchase.buyer is Buyer.BUSINESS:
        return WithdrawalRight(None, None, None, None)
    policy = start + timedelta(days=policy_days) if policy_days else None
    kind = RuleKind.WITHDRAWAL_PERIOD
    found = book.protecting(kind, purchase.country, purchase.contract_on)
    if not isinstance(found, Protected):
        return found
    rule = found.rule
    days: int | None = rule.value["days"]
    function = book.find(
        RuleKind.WITHDRAWAL_FUNCTION,
        purchase.country,
        purchase.contract_on,
        audience=Audience.CONSUMER,
    )
    used = [rule, *([function] if isinstance(function, Rule) else [])]
    steps = int(function.value["steps"]) if isinstance(function, Rule) else 1
    last = None if days is None else last_day(rule, start, purchase.informed_on, calendar)
    return _right(calendar, last, policy, days, steps, used)


def last_day(rule: Rule, start: date, informed_on: date | None, calendar: Calendar) -> date:
    """The last day of a period that a delivery began, rolled on where the law does so."""
    value = rule.value
    days = timedelta(days=int(value["days"]) - (1 if value["counts_first_day"] else 0))
    end, more = start + days, int(value["uninformed_months"])
    if more and (informed_on is None or informed_on > start):
        told = informed_on is not None and informed_on <= months_after(start, more)
        end = max(end, informed_on + days) if told and informed_on else months_after(end, more)
    return calendar.working_day(end) if value["rolls"] else end


def _right(
    calendar: Calendar,
    last: date | None,
    policy: date | None,
    days: int | None,
    steps: int,
    used: Iterable[Rule],
) -> WithdrawalRight:
    rules = tuple(used)
    return WithdrawalRight(
        last_day=last,
        ends_at=None if last is None else calendar.end_of(last),
        policy_last_day=policy,
        policy_ends_at=None if policy is None else calendar.end_of(policy),
        statutory_days=days,
        steps=steps,
        rule_ids=tuple(rule.id for rule in rules),
        unverified=tuple(rule.id for rule in rules if not rule.verified),
    )
