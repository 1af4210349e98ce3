"""Giving decisions, approving, lifting and appealing them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain.merchants.decisions import (
    DecisionState,
    DecisionType,
    Ground,
    NoticeExemption,
    TriggeredBy,
)
from resolvers.context import BadInput
from resolvers.effects import Refusal
from resolvers.quality import decisions as resolvers
from schema.common import (
    ONCE,
    After,
    First,
    Info,
    InvalidTransition,
    NodeId,
    edges,
    idempotency_key,
    page_info,
    row_id,
)
from schema.quality.decisions import (
    DECIDES,
    READS,
    AppealWindowClosed,
    Decision,
    DecisionConnection,
    DecisionNeedsFourEyes,
    DecisionRefused,
    NoticeTooShort,
    StatementIncomplete,
)
from schema.rules import Scope

IssueDecisionResult = Annotated[
    Decision
    | StatementIncomplete
    | NoticeTooShort
    | DecisionNeedsFourEyes
    | InvalidTransition
    | DecisionRefused,
    strawberry.union("IssueDecisionResult", description="The decision, or a refusal."),
]
ApproveDecisionResult = Annotated[
    Decision | NoticeTooShort | DecisionNeedsFourEyes | InvalidTransition | DecisionRefused,
    strawberry.union("ApproveDecisionResult", description="The decision, or a refusal."),
]
LiftDecisionResult = Annotated[
    Decision | InvalidTransition | DecisionRefused,
    strawberry.union("LiftDecisionResult", description="The decision, or a refusal."),
]
AppealDecisionResult = Annotated[
    Decision | AppealWindowClosed | DecisionRefused,
    strawberry.union("AppealDecisionResult", description="The decision, or a refusal."),
]
AnswerAppealResult = Annotated[
    Decision | DecisionNeedsFourEyes | DecisionRefused,
    strawberry.union("AnswerAppealResult", description="The decision, or a refusal."),
]


@strawberry.input
class ConcernedObjectInput:
    """What a decision is about."""

    type: str = strawberry.field(description="Its type: `Offer`, `Merchant` …")
    id: strawberry.ID = strawberry.field(description="Its id; of an `Offer` the merchant's own.")


@strawberry.input
class DecisionMeasureInput:
    """A figure that a decision rests on."""

    metric: str = strawberry.field(description="What was measured.")
    x: str = strawberry.field(description="Events counted.")
    n: int = strawberry.field(description="Out of so many.")
    estimate: str = strawberry.field(description="What is made of it.")
    low: str = strawberry.field(description="Lower end of the interval.")
    high: str = strawberry.field(description="Upper end of the interval.")
    threshold: str = strawberry.field(description="The limit that it was held against.")


@strawberry.input
class StatementOfReasonsInput:
    """Every field must be said, or the answer names those that are not."""

    objects: list[ConcernedObjectInput] | None = strawberry.field(
        default=None, description="What it is about: 1 to 100."
    )
    territory: list[str] | None = strawberry.field(
        default=None, description="Codes of the markets in which it holds."
    )
    effective_at: datetime | None = strawberry.field(
        default=None, description="When its effect begins; a past time means now."
    )
    ends_at: datetime | None = strawberry.field(
        default=None, description="Its duration: when it ends by itself."
    )
    indefinite: bool | None = strawberry.field(
        default=None, description="Its duration: `true` if it has no end."
    )
    facts: str | None = strawberry.field(default=None, description="What happened.")
    triggered_by: TriggeredBy | None = strawberry.field(
        default=None, description="What it came of."
    )
    automated_detection: bool | None = strawberry.field(
        default=None, description="Whether a program noticed it."
    )
    automated_decision: bool | None = strawberry.field(
        default=None, description="Whether a program decided it."
    )
    ground: Ground | None = strawberry.field(default=None, description="Law or terms.")
    ground_ref: str | None = strawberry.field(default=None, description="Which article.")
    explanation: str | None = strawberry.field(
        default=None, description="Why the ground holds here."
    )
    out_of_court_body: str | None = strawberry.field(
        default=None, description="Redress: who settles it out of court."
    )
    court: str | None = strawberry.field(default=None, description="Redress: which court.")
    rule_id: str | None = strawberry.field(default=None, description="Rule that was applied.")
    rule_version: str | None = strawberry.field(default=None, description="Its version.")
    measured: list[DecisionMeasureInput] | None = strawberry.field(
        default=None, description="Figures that it rests on; an empty list where nothing was."
    )
    evidence: list[str] | None = strawberry.field(default=None, description="What proves it.")
    how_to_remedy: str | None = strawberry.field(default=None, description="What would end it.")
    language: str | None = strawberry.field(
        default=None, description="Language of its texts, such as `fr`."
    )
    notice_exemption: NoticeExemption | None = strawberry.field(
        default=None, description="Why a termination comes without notice."
    )

    def said(self) -> dict[str, Any]:
        """The statement under the names of the API, what was not said as null."""
        duration = {"endsAt": self.ends_at.isoformat()} if self.ends_at else None
        return {
            "objects": [vars(each) for each in self.objects or ()],
            "territory": self.territory,
            "duration": duration or ({"indefinite": True} if self.indefinite else None),
            "facts": self.facts,
            "triggeredBy": self.triggered_by and self.triggered_by.value,
            "automatedDetection": self.automated_detection,
            "automatedDecision": self.automated_decision,
            "ground": self.ground and self.ground.value,
            "groundRef": self.ground_ref,
            "explanation": self.explanation,
            "redress": {"outOfCourtBody": self.out_of_court_body, "court": self.court},
            "rule": {"id": self.rule_id, "version": self.rule_version},
            "measured": None if self.measured is None else [vars(m) for m in self.measured],
            "evidence": self.evidence,
            "howToRemedy": self.how_to_remedy,
            "language": self.language,
        }


@strawberry.input
class IssueDecisionInput:
    """A decision on a merchant."""

    merchant: strawberry.ID = strawberry.field(description="The merchant's UUID.")
    type: DecisionType = strawberry.field(description="What is decided.")
    statement_of_reasons: StatementOfReasonsInput = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class DecisionInput:
    """A decision."""

    id: strawberry.ID = strawberry.field(description="Id of the `Decision`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class LiftDecisionInput:
    """A decision to take back."""

    id: strawberry.ID = strawberry.field(description="Id of the `Decision`.")
    reason: str = strawberry.field(description="Why, 1 to 5,000 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class AppealDecisionInput:
    """What you say against a decision."""

    decision: strawberry.ID = strawberry.field(description="Id of the `Decision`.")
    text: str = strawberry.field(description="1 to 5,000 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class AnswerAppealInput:
    """The answer to an appeal."""

    decision: strawberry.ID = strawberry.field(description="Id of the `Decision`.")
    uphold: bool = strawberry.field(description="`true` lifts the decision.")
    answer: str = strawberry.field(description="1 to 5,000 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)


_TOLD = {
    "STATEMENT_INCOMPLETE": ("The statement of reasons is not whole.", "Say what is missing."),
    "NOTICE_TOO_SHORT": (
        "The merchant must know of it earlier.",
        "Put `effectiveAt` later, or name the exemption.",
    ),
    "FOUR_EYES_REQUIRED": (
        "Somebody else of staff must do this.",
        "Another person calls `approveDecision`, or answers.",
    ),
    "INVALID_TRANSITION": ("That does not follow from the present state.", None),
    "APPEAL_WINDOW_CLOSED": ("The time to appeal is over.", "The statement names the court."),
    "DECISION_UNKNOWN": ("There is no such decision.", "`decisions` lists them."),
    "MERCHANT_UNKNOWN": ("There is no such merchant.", None),
    "OFFER_UNKNOWN": ("Not all of these offers are the merchant's.", None),
    "APPEALED_BEFORE": ("This was appealed before.", "The decision shows the answer."),
    "APPEAL_UNKNOWN": ("No appeal waits for an answer.", None),
}


def _refused(info: Info, found: Refusal) -> Any:
    message, hint = _TOLD[found.code]
    facts = found.facts
    said: dict[str, Any] = {
        "code": found.code,
        "message": message,
        "path": ["input"],
        "hint": hint,
        "request_id": strawberry.ID(info.context.request_id),
    }
    match found.code:
        case "STATEMENT_INCOMPLETE":
            said["path"] = ["input", "statementOfReasons"]
            return StatementIncomplete(**said, missing=facts["missing"])
        case "NOTICE_TOO_SHORT":
            return NoticeTooShort(**said, min_days=facts["minDays"])
        case "FOUR_EYES_REQUIRED":
            return DecisionNeedsFourEyes(**said, approval_id=strawberry.ID(facts["approvalId"]))
        case "INVALID_TRANSITION":
            allowed, to = facts["allowed"], facts["to"]
            return InvalidTransition(**said, from_=facts["from"], to=to, allowed=allowed)
        case "APPEAL_WINDOW_CLOSED":
            return AppealWindowClosed(**said, until=datetime.fromisoformat(facts["until"]))
        case _:
            return DecisionRefused(**said)


def _named(value: strawberry.ID, kind: str, argument: str) -> UUID:
    """The row that an id names. Raises: BadInput."""
    found = row_id(value, kind, argument)
    if found is None:
        raise BadInput(f"`{argument}` is not the id of a {kind}.", argument=argument)
    return found


def _answered(info: Info, found: Any) -> Any:
    return _refused(info, found) if isinstance(found, Refusal) else Decision.of(found)


@strawberry.type
class DecisionsQuery:
    """Queries of decisions; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READS})
    async def decisions(
        self,
        info: Info,
        merchant: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="For staff: the merchant's UUID; nothing means all."),
        ] = None,
        states: Annotated[
            list[DecisionState] | None,
            strawberry.argument(description="Only in these states; nothing means all."),
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> DecisionConnection:
        """Decisions on you with their reasons, the newest first. Needs `quality:read`."""
        of = row_id(merchant, "Merchant", "merchant")
        page = await resolvers.page(info.context, of, states, first, after)
        return DecisionConnection(edges=edges(page, Decision.of), page_info=page_info(page, after))

    @strawberry.field(metadata={"rule": READS})
    async def decision(self, info: Info, id: NodeId) -> Decision | None:
        """A decision; `null` for one that is not there, or not yours."""
        found = await resolvers.decision(info.context, _named(id, "Decision", "id"))
        return Decision.of(found) if found else None


@strawberry.type
class DecisionsMutation:
    """Mutations of decisions; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": DECIDES})
    async def issue_decision(
        self,
        info: Info,
        input: Annotated[IssueDecisionInput, strawberry.argument(description="The decision.")],
    ) -> IssueDecisionResult:
        """Decide about a merchant and give it the reasons. Staff only.

        A suspension and a termination wait for `approveDecision` by another person.
        """
        statement = input.statement_of_reasons
        key = idempotency_key(input.idempotency_key)
        offers = [
            _named(each.id, "Offer", "objects")
            for each in statement.objects or ()
            if each.type == "Offer"
        ]
        given = resolvers.Given(
            merchant_id=_named(input.merchant, "Merchant", "merchant"),
            type=input.type,
            statement=statement.said(),
            offers=offers,
            effective_at=statement.effective_at,
            ends_at=statement.ends_at,
            exemption=statement.notice_exemption,
        )
        found: IssueDecisionResult = _answered(
            info, await resolvers.issue(info.context, given, key)
        )
        return found

    @strawberry.mutation(metadata={"rule": DECIDES})
    async def approve_decision(
        self,
        info: Info,
        input: Annotated[DecisionInput, strawberry.argument(description="The draft.")],
    ) -> ApproveDecisionResult:
        """Agree to a decision that another person drafted: the merchant is told now."""
        named, key = _named(input.id, "Decision", "id"), idempotency_key(input.idempotency_key)
        found: ApproveDecisionResult = _answered(
            info, await resolvers.approve(info.context, named, key)
        )
        return found

    @strawberry.mutation(metadata={"rule": DECIDES})
    async def lift_decision(
        self,
        info: Info,
        input: Annotated[LiftDecisionInput, strawberry.argument(description="Which, and why.")],
    ) -> LiftDecisionResult:
        """Take a decision back: what it changed is as it was before. Staff only."""
        named, key = _named(input.id, "Decision", "id"), idempotency_key(input.idempotency_key)
        found: LiftDecisionResult = _answered(
            info, await resolvers.lift(info.context, named, input.reason, key)
        )
        return found

    @strawberry.mutation(metadata={"rule": Scope(resolvers.WRITE), "bulk": False})
    async def appeal_decision(
        self,
        info: Info,
        input: Annotated[AppealDecisionInput, strawberry.argument(description="Your appeal.")],
    ) -> AppealDecisionResult:
        """Appeal a decision within six months; somebody else answers within 15 working days.

        Needs `offers:write`; to read the decision back, `quality:read`.
        """
        key = idempotency_key(input.idempotency_key)
        named = _named(input.decision, "Decision", "decision")
        answer = await resolvers.appeal(info.context, named, input.text, key)
        found: AppealDecisionResult = _answered(info, answer)
        return found

    @strawberry.mutation(metadata={"rule": DECIDES})
    async def answer_appeal(
        self,
        info: Info,
        input: Annotated[AnswerAppealInput, strawberry.argument(description="The answer.")],
    ) -> AnswerAppealResult:
        """Answer an appeal, as somebody who had no part in the decision. Staff only."""
        key = idempotency_key(input.idempotency_key)
        named = _named(input.decision, "Decision", "decision")
        answer = await resolvers.answer(
            info.context, named, uphold=input.uphold, text=input.answer, key=key
        )
        found: AnswerAppealResult = _answered(info, answer)
        return found
