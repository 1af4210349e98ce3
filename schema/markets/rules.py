"""Dated legal rules: looked up, listed, checked for a market, followed by others."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Self, TypeAlias, cast

import strawberry
from strawberry.scalars import JSON

from domain.markets import rules as law
from domain.markets.kinds import BadValue
from domain.markets.readiness import RuleState, Settled
from domain.markets.rules import Audience, Evidence, RuleKind, RuleStatus
from resolvers.markets import rules as resolvers
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    MarketCode,
    PageInfo,
    Problem,
    edges,
    idempotency_key,
    page_info,
)
from schema.rules import PUBLIC, Staff, ruled

DECISIONS = Staff(frozenset({resolvers.ROLE}))

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
        today = _today(info)
        match await resolvers.rule(ask):
            case law.RuleMissing(missing, place, day):
                return RuleMissing(kind=missing, country=place, on=day)
            case law.RuleUnverified(found):
                return RuleUnverified(rule=Rule.of(found, today))
            case law.RuleConflict(ids=ids):
                return RuleConflict(ids=_ids(ids))
            case found:
                return Rule.of(found, today)

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


@strawberry.input
class SucceedRuleInput:
    """What a rule becomes, and from which day; from its first day on it is a correction."""

    rule: strawberry.ID = strawberry.field(description="Id of the `Rule` in force.")
    valid_from: date = strawberry.field(description="First day, inside the window of the rule.")
    value: JSON = strawberry.field(description="In the shape of the kind.")
    source: str = strawberry.field(description="Who says so, 500 characters.")
    evidence: Evidence = strawberry.field(description="What it rests on.")
    idempotency_key: str = strawberry.field(description=ONCE)
    source_ref: str = strawberry.field(default="", description="Article or row, 500 characters.")
    verified: bool = strawberry.field(
        default=False, description="You compared the value with its source today."
    )
    review_by: date | None = strawberry.field(default=None, description="When to compare again.")
    note: str = strawberry.field(default="", description="What else to know, 500 characters.")


@ruled(DECISIONS)
@strawberry.type
class RuleSucceeded:
    """The rule was followed. What was computed before stays as it is."""

    rule: Rule = strawberry.field(description="The new rule.")


@ruled(DECISIONS)
@strawberry.type
class RuleNotInForce(Problem):
    """There is no such rule, or it was withdrawn or followed already."""


@ruled(DECISIONS)
@strawberry.type
class RuleOutsideWindow(Problem):
    """The day is not in the window of the rule."""

    valid_from: date = strawberry.field(description="First day of the rule.")
    valid_to: date | None = strawberry.field(description="Day after its last.")


@ruled(DECISIONS)
@strawberry.type
class RuleValueInvalid(Problem):
    """The value has not the shape of its kind."""


SucceedRuleResult = Annotated[
    RuleSucceeded | RuleNotInForce | RuleOutsideWindow | RuleValueInvalid,
    strawberry.union("SucceedRuleResult", description="The new rule, or a refusal."),
]


@strawberry.type
class RulesMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": DECISIONS})
    async def succeed_rule(
        self,
        info: Info,
        input: Annotated[
            SucceedRuleInput, strawberry.argument(description="Which rule, and what follows it.")
        ],
    ) -> SucceedRuleResult:
        """Verify, correct or follow a rule; the old one stays readable with `asOf`.

        Staff only, of all markets.
        """
        order = resolvers.Order(
            rule_id=str(input.rule),
            valid_from=input.valid_from,
            value=_object(input.value),
            source=input.source,
            source_ref=input.source_ref,
            evidence=input.evidence,
            verified=input.verified,
            review_by=input.review_by,
            note=input.note,
        )
        key = idempotency_key(input.idempotency_key)
        match await resolvers.succeed(info.context, order, key):
            case law.NotInForce():
                message, hint = "There is no such rule in force.", "`rules` lists those in force."
                return RuleNotInForce(**_said(info, "RULE_NOT_IN_FORCE", message, "rule", hint))
            case law.NotInWindow(first, end):
                message, hint = "That day is not in the rule's window.", "Name a day inside it."
                said = _said(info, "OUTSIDE_WINDOW", message, "validFrom", hint)
                return RuleOutsideWindow(**said, valid_from=first, valid_to=end)
            case BadValue(code=code, field=name):
                message = f"`{name}` is not in the shape of this kind."
                hint = "docs/rules/registry.md has the shape of each kind."
                return RuleValueInvalid(**_said(info, code, message, f"value.{name}"[:80], hint))
            case found:
                return RuleSucceeded(rule=Rule.of(found, _today(info)))


def _said(info: Info, code: str, message: str, path: str, hint: str) -> dict[str, Any]:
    request_id = strawberry.ID(info.context.request_id)
    return {
        "code": code,
        "message": message,
        "path": ["input", *path.split(".")],
        "hint": hint,
        "request_id": request_id,
    }


def _object(value: Any) -> dict[str, Any]:
    """The value as an object; anything else has no shape."""
    return value if isinstance(value, dict) else {"value": value}


def _ids(ids: Sequence[str]) -> list[strawberry.ID]:
    return [strawberry.ID(each) for each in ids[:10]]


def _today(info: Info) -> date:
    return info.context.now.astimezone(UTC).date()
