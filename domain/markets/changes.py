"""How a rule may be changed: what a change must say, and who may decide about it.

One person proposes, another decides: nobody changes what a country asks alone.
Source: docs/rules/registry.md, "Changes".
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.markets.kinds import BadValue, category_known, check_value
from domain.markets.rules import (
    ANYWHERE,
    UNION,
    Evidence,
    Rule,
    RuleStatus,
    Scope,
)

_COUNTRY = re.compile(r"[A-Z]{2}|\*")
_REGION = re.compile(r"[A-Z0-9]{1,3}")
_CATEGORY = re.compile(r"[a-z0-9-]{1,64}")


class RuleChangeKind(StrEnum):
    """What a change does: fill a gap, follow or correct a rule, or end one."""

    ADD = "ADD"
    SUCCEED = "SUCCEED"
    END = "END"


class RuleChangeState(StrEnum):
    """How far a change has come; OUTDATED: the registry moved on, so that it fits no more."""

    OPEN = "OPEN"
    APPLIED = "APPLIED"
    REJECTED = "REJECTED"
    OUTDATED = "OUTDATED"


@dataclass(frozen=True, slots=True)
class SourceRequired:
    """A rule says who says so."""

    code: str = "SOURCE_REQUIRED"
    field: str = "source"


@dataclass(frozen=True, slots=True)
class DatesReversed:
    """A window ends on the day it begins, or before."""

    valid_from: date
    valid_to: date
    code: str = "RULE_DATES_REVERSED"
    field: str = "validTo"


@dataclass(frozen=True, slots=True)
class BadPlace:
    """The place of a rule cannot be: `field` is `country`, `region` or `category`."""

    field: str
    code: str = "RULE_PLACE"


@dataclass(frozen=True, slots=True)
class UnnamedVerifier:
    """A rule is VERIFIED by somebody on a day, and UNVERIFIED by nobody."""

    code: str = "RULE_VERIFIER"
    field: str = "verifiedOn"


BadRule = SourceRequired | DatesReversed | BadPlace | UnnamedVerifier | BadValue


@dataclass(frozen=True, slots=True)
class Places:
    """Codes of the countries and of the catalogue's categories that are known."""

    countries: Collection[str]
    categories: Collection[str]


def check_rule(rule: Rule, places: Places | None = None) -> BadRule | None:
    """Whether a rule can be recorded at all; None: it can.

    Shapes: without `places` any country of two letters and any category of a fit form is one.
    Refuses: the first fault: its source, dates, place, verifier, value.
    """
    if not rule.source.strip():
        return SourceRequired()
    if rule.valid_to is not None and rule.valid_to <= rule.valid_from:
        return DatesReversed(rule.valid_from, rule.valid_to)
    if (place := _bad_place(rule, places)) is not None:
        return place
    named = rule.verified_on is not None and bool(rule.verified_by)
    if named is not (rule.status is RuleStatus.VERIFIED):
        return UnnamedVerifier()
    return check_value(rule.scope.kind, rule.value)


def _bad_place(rule: Rule, places: Places | None) -> BadPlace | None:
    scope = rule.scope
    known = places is None or scope.country in {*places.countries, UNION, ANYWHERE}
    if not (_COUNTRY.fullmatch(scope.country) and known):
        return BadPlace("country")
    inside = scope.country not in {UNION, ANYWHERE}
    if scope.region is not None and not (inside and _REGION.fullmatch(scope.region)):
        return BadPlace("region")
    if scope.category is not None and not _has_category(scope, places):
        return BadPlace("category")
    return None


def _has_category(scope: Scope, places: Places | None) -> bool:
    named = scope.category or ""
    if not _CATEGORY.fullmatch(named):
        return False
    return places is None or category_known(scope.kind, named, places.categories)


def overlapped(rule: Rule, others: Iterable[Rule]) -> tuple[str, ...]:
    """The ids of the rules of the same scope that share a day with one; in order."""
    return tuple(sorted(o.id for o in others if o.scope == rule.scope and _share_a_day(rule, o)))


def _share_a_day(one: Rule, other: Rule) -> bool:
    begins = other.valid_to is None or one.valid_from < other.valid_to
    return begins and (one.valid_to is None or other.valid_from < one.valid_to)


def may_change(
    country: str, markets: Collection[str] | None, countries_of: Mapping[str, Collection[str]]
) -> bool:
    """Whether a team of these markets may change what a country asks.

    Shapes: `markets` None is all; `countries_of` leads a market to its countries. What holds for
    the Union, or anywhere, is changed by those of all markets alone.
    """
    if markets is None:
        return True
    return any(country in countries_of.get(market, ()) for market in markets)


@dataclass(frozen=True, slots=True)
class FourEyesRequired:
    """Another person has to decide about this change."""

    change_id: UUID
    code: str = "FOUR_EYES_REQUIRED"


@dataclass(frozen=True, slots=True)
class ChangeNotOpen:
    """The change was decided already."""

    state: RuleChangeState
    code: str = "RULE_CHANGE_NOT_OPEN"


def decidable(
    change_id: UUID, state: RuleChangeState, proposer: UUID, decider: UUID, *, approve: bool
) -> FourEyesRequired | ChangeNotOpen | None:
    """Whether somebody may decide about a change; None: yes. Who proposed may take it back."""
    if state is not RuleChangeState.OPEN:
        return ChangeNotOpen(state)
    if approve and proposer == decider:
        return FourEyesRequired(change_id)
    return None


@dataclass(frozen=True, slots=True)
class RulesOverlap:
    """Rules of the same scope hold on a day of the window already: `ids`, in order."""

    ids: tuple[str, ...]
    code: str = "RULE_OVERLAP"
    field: str = "validFrom"


@dataclass(frozen=True, slots=True)
class ChangeUnderWay:
    """Another change of the same rule waits for a decision."""

    change_id: UUID
    code: str = "RULE_CHANGE_UNDER_WAY"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says a rule is from a day on. `verified_by` None leaves it UNVERIFIED."""

    valid_from: date
    value: Mapping[str, Any]
    source: str
    source_ref: str
    evidence: Evidence
    verified_on: date | None = None
    verified_by: str | None = None
    review_by: date | None = None
    note: str = ""
    valid_to: date | None = None

    def rule(self, scope: Scope) -> Rule:
        """The rule of a scope that this says; its id has no revision yet."""
        verified = self.verified_by is not None and self.verified_on is not None
        return Rule(
            id=scope.id_from(self.valid_from),
            scope=scope,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            value=self.value,
            source=self.source,
            source_ref=self.source_ref,
            evidence=self.evidence,
            status=RuleStatus.VERIFIED if verified else RuleStatus.UNVERIFIED,
            verified_on=self.verified_on if verified else None,
            verified_by=self.verified_by if verified else None,
            review_by=self.review_by,
            note=self.note,
        )


def successor(old: Rule, said: Said) -> Rule:
    """What follows a rule: it ends where the old one ended."""
    return replace(said.rule(old.scope), valid_to=old.valid_to, supersedes=old.id)


def ended(old: Rule, on: date) -> Rule:
    """A rule without its days from one on."""
    return replace(old, valid_to=on, supersedes=old.id)
