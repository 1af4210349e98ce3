"""What staff propose to change of the rules, how they say it, and how it is refused."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry
from strawberry.scalars import JSON

from domain.markets.changes import RuleChangeKind, RuleChangeState
from domain.markets.rules import Audience, Evidence, RuleKind
from schema.common import ONCE, Edge, PageInfo, Problem, global_id
from schema.markets.problems import DECISIONS, RuleInvalid, RuleOverlap
from schema.markets.rules import Rule
from schema.rules import ruled

if TYPE_CHECKING:
    from models.markets.rule_changes import RuleChange as Row

strawberry.enum(RuleChangeKind, description="What a change of a rule does.")
strawberry.enum(
    RuleChangeState,
    description="How far a change has come; `OUTDATED`: the registry moved on meanwhile.",
)


@ruled(DECISIONS)
@strawberry.type
class RuleChange:
    """A change of a rule that somebody proposed."""

    id: strawberry.ID = strawberry.field(description="The `approvalId` of the proposal.")
    kind: RuleChangeKind = strawberry.field(description="What it does.")
    rule_id: strawberry.ID | None = strawberry.field(description="The rule followed or ended.")
    proposed: Rule = strawberry.field(
        description="What it would record; with `END` the old rule with its new end."
    )
    state: RuleChangeState = strawberry.field(description="How far it has come.")
    proposed_by: strawberry.ID = strawberry.field(description="Id of the person who proposed it.")
    proposed_at: datetime = strawberry.field(description="When.")
    decided_by: strawberry.ID | None = strawberry.field(description="Id of who decided.")
    decided_at: datetime | None = strawberry.field(description="When.")
    reason: str | None = strawberry.field(description="Why it was rejected.")
    applied: strawberry.ID | None = strawberry.field(
        description="Id of the rule that was recorded by it."
    )

    @classmethod
    def of(cls, row: "Row", today: date) -> Self:
        return cls(
            id=strawberry.ID(str(global_id("RuleChange", row.id))),
            kind=row.kind,
            rule_id=strawberry.ID(row.rule_id) if row.rule_id else None,
            proposed=Rule.of(row.rule, today),
            state=row.state,
            proposed_by=strawberry.ID(str(row.proposed_by)),
            proposed_at=row.proposed_at,
            decided_by=strawberry.ID(str(row.decided_by)) if row.decided_by else None,
            decided_at=row.decided_at,
            reason=row.reason,
            applied=strawberry.ID(row.applied) if row.applied else None,
        )


@ruled(DECISIONS)
@strawberry.type
class RuleChangeConnection:
    """Changes, newest first, page by page."""

    edges: list[Edge[RuleChange]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


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


@strawberry.input
class AddRuleInput:
    """A rule where there is none."""

    kind: RuleKind = strawberry.field(description="What it is about.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2 code, `EU` or `*`.")
    valid_from: date = strawberry.field(description="First day.")
    value: JSON = strawberry.field(description="In the shape of the kind.")
    source: str = strawberry.field(description="Who says so, 500 characters.")
    evidence: Evidence = strawberry.field(description="What it rests on.")
    idempotency_key: str = strawberry.field(description=ONCE)
    valid_to: date | None = strawberry.field(
        default=None, description="Day after the last; `null` is open."
    )
    region: str | None = strawberry.field(default=None, description="Part of an ISO 3166-2 code.")
    category: str | None = strawberry.field(
        default=None, description="Category, language of words, or stream of producers."
    )
    audience: Audience = strawberry.field(default=Audience.ANY, description="Whom it is for.")
    source_ref: str = strawberry.field(default="", description="Article or row, 500 characters.")
    verified: bool = strawberry.field(
        default=False, description="You compared the value with its source today."
    )
    review_by: date | None = strawberry.field(default=None, description="When to compare again.")
    note: str = strawberry.field(default="", description="What else to know, 500 characters.")


@strawberry.input
class EndRuleInput:
    """From which day a rule holds no more; from its first day it never held."""

    rule: strawberry.ID = strawberry.field(description="Id of the `Rule` in force.")
    on: date = strawberry.field(description="First day without it, inside its window.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class DecideRuleChangeInput:
    """Whether a change is applied."""

    id: strawberry.ID = strawberry.field(description="The `approvalId` of the change.")
    approve: bool = strawberry.field(description="Apply it; or reject it.")
    idempotency_key: str = strawberry.field(description=ONCE)
    reason: str | None = strawberry.field(
        default=None, description="Why; needed to reject. 500 characters."
    )


@ruled(DECISIONS)
@strawberry.type
class RuleFourEyesRequired(Problem):
    """Another member of staff has to decide: `decideRuleChange` with this id."""

    approval_id: strawberry.ID = strawberry.field(description="Id of the change.")


@ruled(DECISIONS)
@strawberry.type
class RuleChangeUnderWay(Problem):
    """Another change of this rule waits for a decision."""

    approval_id: strawberry.ID = strawberry.field(description="Id of that change.")


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
class RuleChangeUnknown(Problem):
    """There is no such change, or it is of a country that is not yours."""


@ruled(DECISIONS)
@strawberry.type
class RuleChangeNotOpen(Problem):
    """It was decided already."""

    state: RuleChangeState = strawberry.field(description="How it was decided.")


@ruled(DECISIONS)
@strawberry.type
class RuleChangeDecided:
    """The change was applied or rejected. What was computed before stays as it is."""

    change: RuleChange = strawberry.field(description="The change.")


Invalid = RuleOverlap | RuleNotInForce | RuleOutsideWindow | RuleInvalid
Waits = RuleFourEyesRequired | RuleChangeUnderWay
ProposeRuleResult = Annotated[
    RuleFourEyesRequired
    | RuleChangeUnderWay
    | RuleOverlap
    | RuleNotInForce
    | RuleOutsideWindow
    | RuleInvalid,
    strawberry.union(
        "ProposeRuleResult", description="Who else must agree, or why it cannot be proposed."
    ),
]
DecideRuleChangeResult = Annotated[
    RuleChangeDecided
    | RuleChangeUnknown
    | RuleChangeNotOpen
    | RuleFourEyesRequired
    | RuleOverlap
    | RuleNotInForce
    | RuleOutsideWindow
    | RuleInvalid,
    strawberry.union("DecideRuleChangeResult", description="The change, or a refusal."),
]
