"""Decisions on merchants with their statements of reasons, and appeals."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import strawberry

from domain.merchants.decisions import (
    AppealState,
    DecisionState,
    DecisionType,
    Ground,
    LegalDecision,
    NoticeExemption,
    TriggeredBy,
)
from resolvers.quality import decisions as resolvers
from schema.common import Edge, Node, PageInfo, Problem, global_id
from schema.rules import OWN, AnyOf, Scope, Staff, ruled

if TYPE_CHECKING:
    from models.quality.decisions import Appeal as AppealRow
    from models.quality.decisions import Decision as DecisionRow

DECIDES = Staff(frozenset({resolvers.ROLE.value}))
READS = AnyOf((Scope(resolvers.READ), DECIDES))
strawberry.enum(DecisionType, description="What is decided.")
strawberry.enum(DecisionState, description="Where a decision stands.")
strawberry.enum(LegalDecision, description="What is decided, in the words of the law.")
strawberry.enum(AppealState, description="Where an appeal stands.")
strawberry.enum(TriggeredBy, description="What a decision came of.")
strawberry.enum(Ground, name="DecisionGround", description="What a decision rests on.")
strawberry.enum(NoticeExemption, description="Why a termination needs no notice.")


@ruled(READS)
@strawberry.type
class ConcernedObject:
    """What a decision is about."""

    type: str = strawberry.field(description="Its type, such as `Offer` or `Merchant`.")
    id: strawberry.ID = strawberry.field(description="Its id.")


@ruled(READS)
@strawberry.type
class DecisionMeasure:
    """A figure that a decision rests on."""

    metric: str = strawberry.field(description="What was measured.")
    x: str = strawberry.field(description="Events counted.")
    n: int = strawberry.field(description="Out of so many.")
    estimate: str = strawberry.field(description="What is made of it.")
    low: str = strawberry.field(description="Lower end of the interval.")
    high: str = strawberry.field(description="Upper end of the interval.")
    threshold: str = strawberry.field(description="The limit that it was held against.")


@ruled(READS)
@strawberry.type
class Redress:
    """What a merchant can do against a decision."""

    internal_complaint: str = strawberry.field(description="The mutation that appeals.")
    out_of_court_body: str = strawberry.field(description="Who settles it out of court.")
    court: str = strawberry.field(description="Which court has jurisdiction.")


@ruled(READS)
@strawberry.type
class StatementOfReasons:
    """Why, on which facts, and what can be done. It is never edited."""

    decision: LegalDecision | None = strawberry.field(
        description="In the words of the law; `null` for what restricts nothing."
    )
    objects: list[ConcernedObject] = strawberry.field(description="What it is about. At most 100.")
    territory: list[str] = strawberry.field(description="Markets in which it holds. At most 60.")
    duration_ends_at: datetime | None = strawberry.field(
        description="When it ends by itself; `null`: it has no end."
    )
    facts: str = strawberry.field(description="What happened.")
    triggered_by: TriggeredBy = strawberry.field(description="What it came of.")
    automated_detection: bool = strawberry.field(description="Whether a program noticed it.")
    automated_decision: bool = strawberry.field(description="Whether a program decided it.")
    ground: Ground = strawberry.field(description="Law or terms.")
    ground_ref: str = strawberry.field(description="Which article.")
    explanation: str = strawberry.field(description="Why the ground holds here.")
    redress: Redress = strawberry.field(description="What can be done against it.")
    rule_id: str = strawberry.field(description="Rule of ours that was applied.")
    rule_version: str = strawberry.field(description="Its version.")
    measured: list[DecisionMeasure] = strawberry.field(
        description="Figures that it rests on. At most 20."
    )
    evidence: list[str] = strawberry.field(description="What proves it. At most 50.")
    how_to_remedy: str = strawberry.field(description="What would end it.")
    notice_exemption: NoticeExemption | None = strawberry.field(
        description="Why it came without notice."
    )
    language: str = strawberry.field(description="Language of its texts, BCP 47.")

    @classmethod
    def of(cls, row: "DecisionRow") -> Self:
        said: dict[str, Any] = dict(row.statement)
        exemption, word = said["noticeExemption"], said["decision"]
        return cls(
            decision=LegalDecision(word) if word else None,
            objects=[ConcernedObject(**each) for each in said["objects"]],
            territory=said["territory"],
            duration_ends_at=row.ends_at,
            facts=said["facts"],
            triggered_by=TriggeredBy(said["triggeredBy"]),
            automated_detection=said["automatedDetection"],
            automated_decision=said["automatedDecision"],
            ground=Ground(said["ground"]),
            ground_ref=said["groundRef"],
            explanation=said["explanation"],
            redress=Redress(
                internal_complaint=said["redress"]["internalComplaint"],
                out_of_court_body=said["redress"]["outOfCourtBody"],
                court=said["redress"]["court"],
            ),
            rule_id=said["rule"]["id"],
            rule_version=said["rule"]["version"],
            measured=[DecisionMeasure(**each) for each in said["measured"]],
            evidence=said["evidence"],
            how_to_remedy=said["howToRemedy"],
            notice_exemption=NoticeExemption(exemption) if exemption else None,
            language=said["language"],
        )


@ruled(READS)
@strawberry.type
class DecisionAppeal:
    """What a merchant says against a decision, and the answer."""

    state: AppealState = strawberry.field(description="Where it stands.")
    text: str = strawberry.field(description="What the merchant says.")
    filed_at: datetime = strawberry.field(description="When.")
    answer_by: datetime = strawberry.field(description="Until when it is answered.")
    answered_at: datetime | None = strawberry.field(description="When it was.")
    answer: str | None = strawberry.field(description="What it was answered.")

    @classmethod
    def of(cls, row: "AppealRow") -> Self:
        names = ("state", "text", "filed_at", "answer_by", "answered_at", "answer")
        return cls(**{name: getattr(row, name) for name in names})


@ruled(READS)
@strawberry.type
class Decision(Node):
    """A recorded act on a merchant, with its reasons."""

    type: DecisionType = strawberry.field(description="What is decided.")
    state: DecisionState = strawberry.field(description="Where it stands.")
    merchant_id: strawberry.ID = strawberry.field(description="Whom it is about, a UUID.")
    statement: StatementOfReasons = strawberry.field(description="Why.")
    effective_at: datetime = strawberry.field(description="When its effect begins.")
    ends_at: datetime | None = strawberry.field(description="When it ends by itself.")
    delivered_at: datetime | None = strawberry.field(
        description="When the merchant could read it; `null`: somebody else must agree first."
    )
    appeal_until: datetime | None = strawberry.field(description="Until when it may be appealed.")
    in_force_at: datetime | None = strawberry.field(description="When its effect began.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    ended_because: str | None = strawberry.field(description="Why, where it was taken back.")
    appeal: DecisionAppeal | None = strawberry.field(description="What was said against it.")

    @classmethod
    def of(cls, row: "DecisionRow") -> Self:
        return cls(
            id=global_id("Decision", row.id),
            type=row.type,
            state=row.state,
            merchant_id=strawberry.ID(str(row.merchant_id)),
            statement=StatementOfReasons.of(row),
            effective_at=row.effective_at,
            ends_at=row.ends_at,
            delivered_at=row.delivered_at,
            appeal_until=row.appeal_until,
            in_force_at=row.in_force_at,
            ended_at=row.ended_at,
            ended_because=row.lifted_because,
            appeal=DecisionAppeal.of(row.appeal) if row.appeal else None,
        )


@ruled(READS)
@strawberry.type
class DecisionConnection:
    """Decisions, page by page."""

    edges: list[Edge[Decision]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class StatementIncomplete(Problem):
    """The statement of reasons lacks something that it must have; nothing was recorded."""

    missing: list[str] = strawberry.field(description="What it lacks. At most 30.")


@ruled(OWN)
@strawberry.type
class NoticeTooShort(Problem):
    """The effect comes before the merchant had its days."""

    min_days: int = strawberry.field(description="Days that it must have.")


@ruled(OWN)
@strawberry.type
class DecisionNeedsFourEyes(Problem):
    """Somebody else must agree: `FOUR_EYES_REQUIRED`."""

    approval_id: strawberry.ID = strawberry.field(
        description="The draft: give it to `approveDecision`."
    )


@ruled(OWN)
@strawberry.type
class AppealWindowClosed(Problem):
    """The time to appeal is over."""

    until: datetime = strawberry.field(description="When it ended.")


@ruled(OWN)
@strawberry.type
class DecisionRefused(Problem):
    """`DECISION_UNKNOWN`, `MERCHANT_UNKNOWN`, `OFFER_UNKNOWN`.

    Of appeals `APPEALED_BEFORE`, `APPEAL_UNKNOWN`.
    """
