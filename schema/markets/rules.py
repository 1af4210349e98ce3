"""Dated legal rules: looked up, listed, checked for a market, followed by others."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Self, TypeAlias, cast

import strawberry
from strawberry.scalars import JSON

from domain.markets import rules as law
from domain.markets.gaps import RuleGap as Gap
from domain.markets.readiness import RuleState, Settled
from domain.markets.rules import Audience, Evidence, RuleKind, RuleStatus
from resolvers.markets import rules as resolvers
from schema.common import (
    After,
    Edge,
    First,
    Info,
    MarketCode,
    PageInfo,
    edges,
    page_info,
)
from schema.rules import PUBLIC, ruled

MOST_GAPS = 1_000

strawberry.enum(RuleKind, description="What a rule is about.")
strawberry.enum(Audience, name="RuleAudience", description="Whom a rule is for.")
strawberry.enum(Evidence, name="RuleEvidence", description="What a rule rests on, best first.")
strawberry.enum(RuleStatus, description="Whether a rule was compared with its source.")
strawberry.enum(RuleState, description="How far a kind of rule is settled in a country.")
Kind: TypeAlias = RuleKind
For: TypeAlias = Audience


@ruled(PUBLIC)
@strawberry.type
class Rule:
    """What a country asks from one day to another, as far as somebody recorded it.

    This is not legal advice.
    """

    id: strawberry.ID = strawberry.field(description="Stable id; facts computed by it name it.")
    kind: RuleKind = strawberry.field(description="What it is about.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code, `EU`, or `*` for all.")
    region: str | None = strawberry.field(description="Part of an ISO 3166-2 code.")
    category: str | None = strawberry.field(
        description="Category of the catalogue, or the language of a rule about words."
    )
    audience: Audience = strawberry.field(description="Whom it is for.")
    valid_from: date = strawberry.field(description="First day.")
    valid_to: date | None = strawberry.field(description="Day after the last; `null` is open.")
    value: JSON = strawberry.field(description="In the shape of its kind; decimals are strings.")
    source: str = strawberry.field(description="Who says so.")
    source_ref: str = strawberry.field(description="Article or row of the source.")
    evidence: Evidence = strawberry.field(description="What it rests on.")
    status: RuleStatus = strawberry.field(description="Whether it was compared with its source.")
    verified: bool = strawberry.field(description="`false`: do not rely on it.")
    verified_on: date | None = strawberry.field(description="When it was compared.")
    review_by: date | None = strawberry.field(description="When it should be compared again.")
    stale: bool = strawberry.field(description="Whether that day has passed.")
    note: str = strawberry.field(description="What else to know.")
    supersedes: strawberry.ID | None = strawberry.field(description="The rule that it corrects.")
    recorded_at: datetime | None = strawberry.field(description="When it was recorded.")
    withdrawn_at: datetime | None = strawberry.field(description="When it was taken back.")

    @classmethod
    def of(cls, row: law.Rule, today: date) -> Self:
        scope = row.scope
        return cls(
            id=strawberry.ID(row.id),
            kind=scope.kind,
            country=scope.country,
            region=scope.region,
            category=scope.category,
            audience=scope.audience,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            value=cast("JSON", dict(row.value)),
            source=row.source,
            source_ref=row.source_ref,
            evidence=row.evidence,
            status=row.status,
            verified=row.verified,
            verified_on=row.verified_on,
            review_by=row.review_by,
            stale=row.stale(today),
            note=row.note,
            supersedes=strawberry.ID(row.supersedes) if row.supersedes else None,
            recorded_at=row.recorded_at,
            withdrawn_at=row.withdrawn_at,
        )


@ruled(PUBLIC)
@strawberry.type
class RuleMissing:
    """Nothing is recorded for that day and place. No other window is taken instead."""

    kind: RuleKind = strawberry.field(description="The kind asked for.")
    country: str = strawberry.field(description="The country asked for.")
    on: date = strawberry.field(description="The day asked for.")


@ruled(PUBLIC)
@strawberry.type
class RuleUnverified:
    """A rule is recorded, and this server uses none that nobody verified."""

    rule: Rule = strawberry.field(description="The rule that is not used.")


@ruled(PUBLIC)
@strawberry.type
class RuleConflict:
    """Two rules hold at once: a fault of the data, never a choice."""

    ids: list[strawberry.ID] = strawberry.field(description="The rules. At most 10.")


RuleResult = Annotated[
    Rule | RuleMissing | RuleUnverified | RuleConflict,
    strawberry.union("RuleResult", description="The rule, or why there is none to use."),
]


def result_of(found: law.Found, today: date) -> RuleResult:
    """What a lookup found, as its shape."""
    match found:
        case law.RuleMissing(kind, country, on):
            return RuleMissing(kind=kind, country=country, on=on)
        case law.RuleUnverified(rule):
            return RuleUnverified(rule=Rule.of(rule, today))
        case law.RuleConflict(ids=ids):
            return RuleConflict(ids=_ids(ids))
        case rule:
            return Rule.of(rule, today)


@ruled(PUBLIC)
@strawberry.type
class RuleConnection:
    """Rules, page by page."""

    edges: list[Edge[Rule]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(PUBLIC)
@strawberry.type
class MarketRule:
    """A kind of rule that a market cannot open without."""

    kind: RuleKind = strawberry.field(description="The kind.")
    country: str = strawberry.field(description="Country of the market.")
    language: str | None = strawberry.field(description="Of a kind about words.")
    state: RuleState = strawberry.field(description="`READY`, or what is in the way.")
    rule: Rule | None = strawberry.field(description="The rule of today, if there is one.")

    @classmethod
    def of(cls, row: Settled, today: date) -> Self:
        return cls(
            kind=row.kind,
            country=row.country,
            language=row.category,
            state=row.state,
            rule=Rule.of(row.rule, today) if row.rule else None,
        )


@ruled(PUBLIC)
@strawberry.type
class RuleGap:
    """A window in which nothing is recorded of a kind that a market cannot do without."""

    kind: RuleKind = strawberry.field(description="The kind.")
    country: str = strawberry.field(description="Country of the market.")
    language: str | None = strawberry.field(description="Of a kind about words.")
    begins: date = strawberry.field(description="First day without a rule.")
    ends: date = strawberry.field(description="Day after the last that was looked at.")
    conflict: bool = strawberry.field(description="Whether there are two rules instead of none.")

    @classmethod
    def of(cls, row: Gap) -> Self:
        return cls(
            kind=row.kind,
            country=row.country,
            language=row.category,
            begins=row.begins,
            ends=row.ends,
            conflict=row.conflict,
        )


@strawberry.input
class SupposedRuleInput:
    """A rule to look at as if it were recorded; it takes the place of the one of its window."""

    kind: RuleKind = strawberry.field(description="What it is about.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code, `EU` or `*`.")
    value: JSON = strawberry.field(description="In the shape of the kind.")
    region: str | None = strawberry.field(default=None, description="Part of an ISO 3166-2 code.")
    category: str | None = strawberry.field(
        default=None, description="Category, or language of words."
    )
    audience: Audience = strawberry.field(default=Audience.ANY, description="Whom it is for.")
    valid_from: date | None = strawberry.field(
        default=None, description="First day; nothing means the day looked at."
    )
    valid_to: date | None = strawberry.field(default=None, description="Day after the last.")

    def read(self) -> resolvers.Supposed:
        """The same for the use case."""
        return resolvers.Supposed(
            kind=self.kind,
            country=self.country.upper(),
            value=object_of(self.value),
            region=self.region.upper() if self.region else None,
            category=self.category,
            audience=self.audience,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


@ruled(PUBLIC)
@strawberry.type
class RuleAt:
    """A kind of rule in a country on the day looked at."""

    kind: RuleKind = strawberry.field(description="The kind.")
    country: str = strawberry.field(description="Country of the market.")
    category: str | None = strawberry.field(
        description="Category, language of words or stream that was asked for."
    )
    result: RuleResult = strawberry.field(description="The rule, or why there is none to use.")

    @classmethod
    def of(cls, row: resolvers.At, today: date) -> Self:
        return cls(
            kind=row.kind,
            country=row.country,
            category=row.category,
            result=result_of(row.found, today),
        )


@ruled(PUBLIC)
@strawberry.type
class RulesAt:
    """What the rules of a market are on a day."""

    on: date = strawberry.field(description="The day.")
    supposed: bool = strawberry.field(description="Whether some of them are suppositions.")
    rules: list[RuleAt] = strawberry.field(description="By country and kind. At most 2,000.")


@strawberry.type
class RulesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def rule(
        self,
        info: Info,
        kind: Annotated[RuleKind, strawberry.argument(description="What it is about.")],
        country: Annotated[
            str, strawberry.argument(description="ISO 3166-1 alpha-2 code, or `EU`.")
        ],
        on: Annotated[date, strawberry.argument(description="The day that it must hold on.")],
        region: Annotated[
            str | None, strawberry.argument(description="Part of an ISO 3166-2 code.")
        ] = None,
        category: Annotated[
            str | None, strawberry.argument(description="Category, or language of words.")
        ] = None,
        audience: Annotated[
            Audience, strawberry.argument(description="Whom it is for.")
        ] = Audience.ANY,
        as_of: Annotated[
            datetime | None,
            strawberry.argument(description="As it was recorded then; nothing means now."),
        ] = None,
    ) -> RuleResult:
        """The rule of a day, from the narrowest place that has one; a gap is told, not guessed."""
        ask = resolvers.Question(kind, country, on, region, category, audience, as_of)
        return result_of(await resolvers.rule(ask), _today(info))

    @strawberry.field(metadata={"rule": PUBLIC})
    async def rules(
        self,
        info: Info,
        country: Annotated[
            str | None, strawberry.argument(description="Only those of this country, or `EU`.")
        ] = None,
        kind: Annotated[
            RuleKind | None, strawberry.argument(description="Only those of this kind.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> RuleConnection:
        """Rules that are recorded and not withdrawn, by id: with source, status and evidence."""
        page = await resolvers.rules(info.context, country, kind, first, after)
        today = _today(info)
        return RuleConnection(
            edges=edges(page, lambda row: Rule.of(row.rule, today)),
            page_info=page_info(page, after),
        )

    @strawberry.field(metadata={"rule": PUBLIC})
    async def market_rules(self, info: Info, market: MarketCode) -> list[MarketRule] | None:
        """What a market needs before it opens, by country: missing, unverified, stale or ready.

        At most 1,000; `null` for an unknown market.
        """
        found = await resolvers.market_rules(info.context, market)
        today = _today(info)
        return None if found is None else [MarketRule.of(row, today) for row in found]

    @strawberry.field(metadata={"rule": PUBLIC})
    async def rule_gaps(
        self,
        info: Info,
        market: MarketCode,
        from_: Annotated[
            date | None,
            strawberry.argument(name="from", description="First day; nothing means today."),
        ] = None,
        to: Annotated[
            date | None,
            strawberry.argument(description="Day after the last; nothing means a year later."),
        ] = None,
    ) -> list[RuleGap] | None:
        """The windows in which a market lacks a rule that it needs; at most 1,000, by country.

        Nothing stands in for them: what needs the rule on such a day is refused.
        """
        found = await resolvers.rule_gaps(info.context, market, from_, to)
        return None if found is None else [RuleGap.of(row) for row in found[:MOST_GAPS]]

    @strawberry.field(metadata={"rule": PUBLIC})
    async def rules_at(
        self,
        info: Info,
        market: MarketCode,
        on: Annotated[date, strawberry.argument(description="The day looked at.")],
        as_of: Annotated[
            datetime | None,
            strawberry.argument(description="As it was recorded then; nothing means now."),
        ] = None,
        category: Annotated[
            str | None, strawberry.argument(description="Of the catalogue, such as `smartphone`.")
        ] = None,
        audience: Annotated[
            Audience, strawberry.argument(description="Whom the rules are for.")
        ] = Audience.CONSUMER,
        supposed: Annotated[
            list[SupposedRuleInput] | None,
            strawberry.argument(description="Rules to look at as if they were. At most 20."),
        ] = None,
    ) -> RulesAt | None:
        """What if: every kind of rule in each country of a market on a day, past or to come.

        Nothing is stored. With `supposed`, unverified rules are used too, and say so.
        """
        given = [each.read() for each in supposed or ()]
        found = await resolvers.rules_at(info.context, market, on, as_of, category, audience, given)
        if found is None:
            return None
        today = _today(info)
        rules = [RuleAt.of(row, today) for row in found]
        return RulesAt(on=on, supposed=bool(given), rules=rules)


def object_of(value: Any) -> dict[str, Any]:
    """The value as an object; anything else has no shape."""
    return value if isinstance(value, dict) else {"value": value}


def _ids(ids: Sequence[str]) -> list[strawberry.ID]:
    return [strawberry.ID(each) for each in ids[:10]]


def _today(info: Info) -> date:
    return info.context.now.astimezone(UTC).date()
