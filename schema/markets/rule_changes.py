"""Changes of dated rules: proposed by one member of staff, decided by another."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.markets import changes as law
from domain.markets.changes import RuleChangeState
from domain.markets.kinds import BadValue
from domain.markets.rules import NotInForce, NotInWindow, Scope
from resolvers.context import BadInput
from resolvers.markets import rule_changes as resolvers
from schema.common import (
    After,
    First,
    Info,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.markets.problems import DECISIONS, RuleInvalid, RuleOverlap
from schema.markets.rule_change_shapes import (
    AddRuleInput,
    DecideRuleChangeInput,
    DecideRuleChangeResult,
    EndRuleInput,
    Invalid,
    ProposeRuleResult,
    RuleChange,
    RuleChangeConnection,
    RuleChangeDecided,
    RuleChangeNotOpen,
    RuleChangeUnderWay,
    RuleChangeUnknown,
    RuleFourEyesRequired,
    RuleNotInForce,
    RuleOutsideWindow,
    SucceedRuleInput,
    Waits,
)
from schema.markets.rules import object_of

MOST_IDS = 10


@strawberry.type
class RuleChangesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": DECISIONS})
    async def rule_changes(
        self,
        info: Info,
        state: Annotated[
            RuleChangeState | None, strawberry.argument(description="Only those in this state.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> RuleChangeConnection:
        """What staff proposed for the countries of your markets, newest first. Staff only."""
        page = await resolvers.changes(info.context, state, first, after)
        today = info.context.now.date()
        return RuleChangeConnection(
            edges=edges(page, lambda row: RuleChange.of(row, today)),
            page_info=page_info(page, after),
        )


@strawberry.type
class RuleChangesMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": DECISIONS})
    async def add_rule(
        self,
        info: Info,
        input: Annotated[AddRuleInput, strawberry.argument(description="The rule.")],
    ) -> ProposeRuleResult:
        """Propose a rule where there is none; somebody else decides. Staff only.

        Of a country of your markets; of the Union, or of all countries, staff of all markets.
        """
        scope = Scope(
            input.kind,
            input.country.upper(),
            input.region.upper() if input.region else None,
            input.category,
            input.audience,
        )
        wanted = _wanted(input, input.valid_to)
        key = idempotency_key(input.idempotency_key)
        return _proposed(info, await resolvers.add(info.context, scope, wanted, key))

    @strawberry.mutation(metadata={"rule": DECISIONS})
    async def succeed_rule(
        self,
        info: Info,
        input: Annotated[
            SucceedRuleInput, strawberry.argument(description="Which rule, and what follows it.")
        ],
    ) -> ProposeRuleResult:
        """Propose to verify, correct or follow a rule; somebody else decides. Staff only.

        The old one stays readable with `asOf`.
        """
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.succeed(info.context, str(input.rule), _wanted(input), key)
        return _proposed(info, found)

    @strawberry.mutation(metadata={"rule": DECISIONS})
    async def end_rule(
        self,
        info: Info,
        input: Annotated[EndRuleInput, strawberry.argument(description="Which rule, and when.")],
    ) -> ProposeRuleResult:
        """Propose that a rule holds no more from a day on; somebody else decides. Staff only.

        Nothing stands in its place then: what needs it is refused.
        """
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.end(info.context, str(input.rule), input.on, key)
        return _proposed(info, found)

    @strawberry.mutation(metadata={"rule": DECISIONS})
    async def decide_rule_change(
        self,
        info: Info,
        input: Annotated[
            DecideRuleChangeInput, strawberry.argument(description="Which change, and how.")
        ],
    ) -> DecideRuleChangeResult:
        """Apply a change that another person proposed, or reject it. Staff only.

        Your own may be taken back, not approved. It is looked at again first, and then holds in
        all processes at once.
        """
        change_id = row_id(input.id, "RuleChange", "id")
        if change_id is None:
            raise BadInput("Name the change by its `id`.", argument="id")
        key = idempotency_key(input.idempotency_key)
        match await resolvers.decide(info.context, change_id, input.approve, input.reason, key):
            case resolvers.ChangeUnknown(code):
                said = _said(info, code, "There is no such change.", "id", None)
                return RuleChangeUnknown(**said)
            case law.ChangeNotOpen(state, code):
                message = "This change was decided already."
                return RuleChangeNotOpen(**_said(info, code, message, "id", None), state=state)
            case law.FourEyesRequired() | law.ChangeUnderWay() as who:
                return _four_eyes(info, who.change_id)
            case resolvers.RuleChange() as row:
                return RuleChangeDecided(change=RuleChange.of(row, info.context.now.date()))
            case unfit:
                return _unfit(info, unfit)


def _wanted(
    input: AddRuleInput | SucceedRuleInput, valid_to: date | None = None
) -> resolvers.Wanted:
    return resolvers.Wanted(
        valid_from=input.valid_from,
        valid_to=valid_to,
        value=object_of(input.value),
        source=input.source,
        source_ref=input.source_ref,
        evidence=input.evidence,
        verified=input.verified,
        review_by=input.review_by,
        note=input.note,
    )


def _proposed(info: Info, found: resolvers.Proposed) -> Waits | Invalid:
    match found:
        case law.FourEyesRequired(change_id):
            return _four_eyes(info, change_id)
        case law.ChangeUnderWay(change_id, code):
            message, hint = "Another change of this rule is open.", "Decide about that one first."
            said = _said(info, code, message, "rule", hint)
            return RuleChangeUnderWay(**said, approval_id=_change(change_id))
        case unfit:
            return _unfit(info, unfit)


def _four_eyes(info: Info, change_id: UUID) -> RuleFourEyesRequired:
    message = "Another member of staff has to decide about this change."
    hint = "Somebody else calls `decideRuleChange` with `approvalId`."
    said = _said(info, "FOUR_EYES_REQUIRED", message, "rule", hint)
    return RuleFourEyesRequired(**said, approval_id=_change(change_id))


def _change(change_id: UUID) -> strawberry.ID:
    return strawberry.ID(str(global_id("RuleChange", change_id)))


def _unfit(info: Info, unfit: resolvers.Unfit) -> Invalid:
    match unfit:
        case NotInForce():
            message, hint = "There is no such rule in force.", "`rules` lists those in force."
            return RuleNotInForce(**_said(info, "RULE_NOT_IN_FORCE", message, "rule", hint))
        case NotInWindow(first, end):
            message, hint = "That day is not in the rule's window.", "Name a day inside it."
            said = _said(info, "OUTSIDE_WINDOW", message, "validFrom", hint)
            return RuleOutsideWindow(**said, valid_from=first, valid_to=end)
        case law.RulesOverlap(ids, code, name):
            message = "Other rules hold on a day of this window."
            hint = "Follow the rule that is there with `succeedRule`."
            named = [strawberry.ID(each) for each in ids[:MOST_IDS]]
            return RuleOverlap(**_said(info, code, message, name, hint), ids=named)
        case BadValue(field=name, code=code):
            name, message = f"value.{name}"[:80], f"`{name}` is not in the shape of this kind."
            hint = "docs/rules/registry.md has the shape of each kind."
            return RuleInvalid(**_said(info, code, message, name, hint), field=name)
        case bad:
            said = _said(info, bad.code, _BAD[bad.code], bad.field, None)
            return RuleInvalid(**said, field=bad.field)


_BAD = {
    "SOURCE_REQUIRED": "Say who says so: a rule has a source.",
    "RULE_DATES_REVERSED": "A rule ends after the day that it begins on.",
    "RULE_PLACE": "There is no such place.",
    "RULE_VERIFIER": "A verified rule was compared by somebody on a day.",
}


def _said(info: Info, code: str, message: str, path: str, hint: str | None) -> dict[str, Any]:
    return {
        "code": code,
        "message": message,
        "path": ["input", *path.split(".")],
        "hint": hint,
        "request_id": strawberry.ID(info.context.request_id),
    }
