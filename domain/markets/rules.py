"""Dated legal rules: what a country asks on a day, as far as somebody recorded it.

A rule is data; the code knows kinds of rules only. What is not recorded is not guessed: neither
the window beside a gap nor a value in code stands in for it.
Source: docs/rules/registry.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any


class RuleKind(StrEnum):
    """What a rule is about. Each kind has a shape of its value, `domain.markets.kinds`."""

    GROUP_MEMBER = "group.member"
    VAT_STANDARD_RATE = "vat.standard_rate"
    VAT_MARGIN_SCHEME = "vat.margin_scheme"
    VAT_GLOBAL_MARGIN = "vat.global_margin"
    VAT_INVOICE_WORDS = "vat.invoice_words"
    VAT_DEEMED_IMPORT_LIMIT = "vat.deemed_import_limit"
    VAT_DISTANCE_THRESHOLD = "vat.distance_threshold"
    VAT_INTRA_EU_SUPPLY = "vat.intra_eu_supply"
    VAT_EXPORT = "vat.export"
    VAT_DOMESTIC_REVERSE_CHARGE = "vat.domestic_reverse_charge"
    VAT_ROUNDING = "vat.rounding"
    VAT_TERRITORY = "vat.territory"
    LEVY_PRIVATE_COPY = "levy.private_copy"
    GUARANTEE_CONFORMITY = "guarantee.conformity"
    GUARANTEE_PRESUMPTION = "guarantee.presumption"
    GUARANTEE_REPAIR_EXTENSION = "guarantee.repair_extension"
    WITHDRAWAL_PERIOD = "withdrawal.period"
    WITHDRAWAL_FUNCTION = "withdrawal.function"
    PRICE_PRIOR = "price.prior"
    RANKING_DISCLOSURE = "ranking.disclosure"
    P2B_TERMS = "p2b.terms"
    DSA_REASONS = "dsa.reasons"
    DSA_TRADER = "dsa.trader"
    REPORT_SALES = "report.sales"
    REPORT_FIELDS = "report.fields"
    SAFETY_OFFER = "safety.offer"
    EPR_REGISTRATION = "epr.registration"
    ECO_CONTRIBUTION = "eco.contribution"
    WORDING_FORBIDDEN = "wording.forbidden"
    WORDING_REQUIRED = "wording.required"
    SECONDHAND_DEALER = "secondhand.dealer"
    MARKETPLACE_FACILITATOR = "marketplace.facilitator"


class Audience(StrEnum):
    """Whom a rule is for."""

    ANY = "ANY"
    CONSUMER = "CONSUMER"
    BUSINESS = "BUSINESS"


class Evidence(StrEnum):
    """How strong what a rule rests on is, the strongest first."""

    LAW_TEXT = "LAW_TEXT"
    OFFICIAL_DATA = "OFFICIAL_DATA"
    OFFICIAL_SUMMARY = "OFFICIAL_SUMMARY"
    SECONDARY = "SECONDARY"
    NONE = "NONE"


class RuleStatus(StrEnum):
    """Whether somebody compared a rule with a public source other than us that states it."""

    VERIFIED = "VERIFIED"
    UNVERIFIED = "UNVERIFIED"


UNION = "EU"
ANYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and for whom a rule holds: what no two rules in force may share on one day.

    Shapes: `country` ISO 3166-1 alpha-2, `EU` or `*`; `region` the part of an ISO 3166-2 code after
    the dash; `category` a category of the catalogue, the language of a rule about words, or the
    stream of one about the responsibility of producers.
    """

    kind: RuleKind
    country: str
    region: str | None = None
    category: str | None = None
    audience: Audience = Audience.ANY

    def id_from(self, valid_from: date, revision: int = 1) -> str:
        """The id of the rule that begins on a day; later revisions of it have their number."""
        parts = [self.kind.value, f"{self.country}-{self.region}" if self.region else self.country]
        if self.category:
            parts.append(self.category)
        if self.audience is not Audience.ANY:
            parts.append(self.audience.value)
        suffix = f"@{revision}" if revision > 1 else ""
        return ":".join([*parts, valid_from.isoformat()]) + suffix


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in one window of dates. `valid_to` is exclusive; None is open.

    Shapes: `value` has the shape of its kind, decimals as strings. Dates are days in the zone of
    the market; `verified_on` and `verified_by` are None unless it is VERIFIED.
    """

    id: str
    scope: Scope
    valid_from: date
    valid_to: date | None
    value: Mapping[str, Any] = field(hash=False)
    source: str
    source_ref: str
    evidence: Evidence
    status: RuleStatus
    verified_on: date | None = None
    verified_by: str | None = None
    review_by: date | None = None
    note: str = ""
    supersedes: str | None = None
    recorded_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def verified(self) -> bool:
        """Whether somebody compared it with its source."""
        return self.status is RuleStatus.VERIFIED

    def holds(self, on: date) -> bool:
        """Whether the day is in its window."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    def stale(self, today: date) -> bool:
        """Whether it should have been looked at again by now; it is still used."""
        return self.review_by is not None and self.review_by < today


@dataclass(frozen=True, slots=True)
class RuleMissing:
    """Nothing is recorded for this day and place: the use case refuses."""

    kind: RuleKind
    country: str
    on: date
    region: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class RuleConflict:
    """Two rules hold at once; a fault of the data, never a choice."""

    kind: RuleKind
    country: str
    on: date
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleUnverified:
    """A rule is there, and the operator's policy does not let it be used."""

    rule: Rule


NoRule = RuleMissing | RuleConflict | RuleUnverified
Found = Rule | NoRule


@dataclass(frozen=True, slots=True)
class RuleOverlap:
    """Two windows of one scope share a day: neither is taken."""

    id: str
    other: str
    code: str = "RULE_OVERLAP"


@dataclass(frozen=True, slots=True)
class NotInForce:
    """The rule that was to be followed is not there, or was followed already."""

    rule_id: str


@dataclass(frozen=True, slots=True)
class NotInWindow:
    """The successor would begin outside the window of the rule that it follows."""

    valid_from: date
    valid_to: date | None


_RANK = {evidence: rank for rank, evidence in enumerate(Evidence)}


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """Which rules an operator lets be used: verified ones alone, and of which evidence at least."""

    strict: bool = True
    evidence: Evidence = Evidence.NONE

    def allows(self, rule: Rule) -> bool:
        """Whether a rule may be used."""
        strong = _RANK[rule.evidence] <= _RANK[self.evidence]
        return strong and (rule.verified or not self.strict)


STRICT = RulePolicy()


@dataclass(frozen=True, slots=True)
class Protected:
    """A rule that protects a consumer, and the stricter national one that is not verified yet."""

    rule: Rule
    unverified: Rule | None = None


_Level = tuple[str, str | None, str | None]
_Asked = tuple[RuleKind, str, date, str | None, str | None, Audience]
_MOST_KEPT = 10_000


class RuleBook:
    """All rules that were recorded and not withdrawn at one moment, ready to be looked up.

    Shapes: `parents` leads a category to the one above it; a rule for that one holds for both.
    It never changes; answers are kept, so that the second of a kind costs a look into a dict.
    """

    __slots__ = ("_found", "_members", "_of", "_other", "_parents", "policy")

    def __init__(
        self,
        rules: Iterable[Rule],
        policy: RulePolicy = STRICT,
        parents: Mapping[str, str] | None = None,
    ) -> None:
        self.policy = policy
        self._parents = parents or {}
        self._found: dict[_Asked, Found] = {}
        self._other: RuleBook | None = None
        self._of: dict[RuleKind, dict[_Level, list[Rule]]] = {}
        for rule in rules:
            s = rule.scope
            places = self._of.setdefault(s.kind, {})
            places.setdefault((s.country, s.region, s.category), []).append(rule)
        self._members = self._of.get(RuleKind.GROUP_MEMBER, {})

    def __iter__(self) -> Iterator[Rule]:
        """Every rule."""
        for places in self._of.values():
            for rules in places.values():
                yield from rules

    def under(self, policy: RulePolicy) -> "RuleBook":
        """The same rules under another policy; asked again for it, the same book."""
        if policy is self.policy:
            return self
        other = self._other
        if other is None or other.policy is not policy:
            other = RuleBook((), policy, self._parents)
            other._of, other._members = self._of, self._members
            self._other = other
        return other

    def of(self, rules: Iterable[Rule]) -> "RuleBook":
        """Another book of these rules, with the same policy and categories."""
        return RuleBook(rules, self.policy, self._parents)

    def find(
        self,
        kind: RuleKind,
        country: str,
        on: date,
        *,
        region: str | None = None,
        category: str | None = None,
        audience: Audience = Audience.ANY,
    ) -> Found:
        """The rule of a day, from the narrowest level that has one.

        Refuses: RuleMissing, RuleConflict, RuleUnverified, all as values.
        """
        asked = (kind, country, on, region, category, audience)
        if (kept := self._found.get(asked)) is not None:
            return kept
        recorded = self.recorded(
            kind, country, on, region=region, category=category, audience=audience
        )
        found: Found = recorded
        if isinstance(recorded, Rule) and not self.policy.allows(recorded):
            found = RuleUnverified(recorded)
        if len(self._found) >= _MOST_KEPT:
            self._found.clear()
        self._found[asked] = found
        return found

    def recorded(
        self,
        kind: RuleKind,
        country: str,
        on: date,
        *,
        region: str | None = None,
        category: str | None = None,
        audience: Audience = Audience.ANY,
    ) -> Rule | RuleMissing | RuleConflict:
        """The same whatever the policy: what is known, not what may be used."""
        places = self._of.get(kind, {})
        for level in self._levels(kind, country, on, region, self.categories(category)):
            if (rules := places.get(level)) is None:
                continue
            found = _at(rules, on, audience)
            if len(found) > 1:
                return RuleConflict(kind, country, on, tuple(sorted(each.id for each in found)))
            if found:
                return found[0]
        return RuleMissing(kind, country, on, region, category)

    def protecting(
        self, kind: RuleKind, country: str, on: date, category: str | None = None
    ) -> Protected | NoRule:
        """The rule that protects a consumer, of the Union where the national one may not be used.

        That one is a floor: what a state chooses can only give more, or be agreed otherwise.

        Refuses: as `find`, where there is no floor.
        """
        found = self.find(kind, country, on, category=category, audience=Audience.CONSUMER)
        if isinstance(found, Rule):
            return Protected(found)
        if isinstance(found, RuleUnverified) and self.in_union(country, on):
            floor = self.find(kind, UNION, on, category=category, audience=Audience.CONSUMER)
            if isinstance(floor, Rule):
                return Protected(floor, found.rule)
        return found

    def in_union(self, country: str, on: date) -> bool:
        """Whether a country is a member of the European Union on a day, as recorded."""
        found = _at(self._members.get((country, None, None), ()), on, Audience.ANY)
        return len(found) == 1 and found[0].value.get("group") == UNION

    def categories(self, category: str | None) -> tuple[str, ...]:
        """A category and those above it, the narrowest first."""
        found: list[str] = []
        while category and category not in found:
            found.append(category)
            category = self._parents.get(category)
        return tuple(found)

    def _levels(
        self,
        kind: RuleKind,
        country: str,
        on: date,
        region: str | None,
        categories: Sequence[str],
    ) -> Iterator[tuple[str, str | None, str | None]]:
        named = (*categories, None)
        if region:
            yield from ((country, region, each) for each in named)
        yield from ((country, None, each) for each in named)
        if kind is RuleKind.GROUP_MEMBER:
            return
        if self.in_union(country, on):
            yield from ((UNION, None, each) for each in named)
        yield ANYWHERE, None, None


def _at(rules: Sequence[Rule], on: date, audience: Audience) -> list[Rule]:
    """Those of one level that hold on a day, of the exact audience if there are such."""
    here = [rule for rule in rules if rule.holds(on)]
    exact = [rule for rule in here if rule.scope.audience is audience]
    return exact or [rule for rule in here if rule.scope.audience is Audience.ANY]


def overlapping(rules: Iterable[Rule]) -> RuleOverlap | None:
    """The first two rules of one scope whose windows share a day, if there are such."""
    ordered = sorted(rules, key=lambda rule: (repr(rule.scope), rule.valid_from))
    for one, other in pairwise(ordered):
        same = one.scope == other.scope
        if same and (one.valid_to is None or other.valid_from < one.valid_to):
            return RuleOverlap(other.id, one.id)
    return None
