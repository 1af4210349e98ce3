"""A market's launch: its checks and who sees to them, its opening and its pauses."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

import domain
from domain.markets import MarketStage, PauseScope
from domain.markets.checks import CheckCode, CheckState, Verdict
from domain.markets.opening import OpeningState
from domain.markets.wording import CHECKS
from resolvers.catalog import language
from resolvers.markets import launching, readiness
from schema.common import (
    FourEyesRequired,
    Info,
    InvalidTransition,
    Locale,
    MarketCode,
    global_id,
    idempotency_key,
    row_id,
)
from schema.markets import Market
from schema.markets.launching_inputs import (
    DecideMarketOpeningInput,
    OpenMarketInput,
    PauseMarketInput,
    ResumeMarketInput,
    SetMarketCheckInput,
)
from schema.markets.problems import TEAM, OpeningNotOpen, OwnerUnknown, ReadinessFailed, said
from schema.rules import PUBLIC, ruled

if TYPE_CHECKING:
    from domain.markets.pauses import Pause
    from models.markets.launch import Opening
    from models.markets.readiness import Duty, Rehearsal
    from models.markets.readiness import Step as StepRow

strawberry.enum(CheckState, name="MarketCheckState", description="How far it is.")
strawberry.enum(OpeningState, name="MarketOpeningState", description="Where a request stands.")


@ruled(PUBLIC)
@strawberry.type
class MarketPause:
    """What stops in a market."""

    scope: PauseScope = strawberry.field(description="What stops.")
    category: str | None = strawberry.field(description="Code, of a pause of a CATEGORY alone.")
    since: datetime = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, row: "Pause") -> Self:
        return cls(scope=row.scope, category=row.category, since=row.since)


@ruled(TEAM)
@strawberry.type
class CheckEvidence:
    """What was seen."""

    of: str = strawberry.field(description="Of what: a rule, a category, a carrier, a text.")
    value: str = strawberry.field(description="How it stands: a word or a count.")


@ruled(TEAM)
@strawberry.type
class MarketCheck:
    """One thing that must be there before a market opens."""

    code: CheckCode = strawberry.field(description="What is looked at.")
    state: CheckState = strawberry.field(description="How far it is; `FAIL` keeps it closed.")
    evidence: list[CheckEvidence] = strawberry.field(
        description="What it rests on, what lacks first. At most 51."
    )
    evidence_count: int = strawberry.field(description="How much there is in all.")
    owner: str | None = strawberry.field(description="Address of who sees to it.")
    due_on: date | None = strawberry.field(description="By when.")
    overdue: bool = strawberry.field(description="Whether that day has passed, and it lacks.")
    attested_on: date | None = strawberry.field(description="When somebody vouched for it.")
    attestation: str = strawberry.field(description="What they saw.")

    @strawberry.field
    def title(self, locale: Locale = "en") -> str:
        """What is looked at, for a person."""
        return CHECKS[language(locale)][self.code].title

    @strawberry.field
    def todo(self, locale: Locale = "en") -> str | None:
        """What to do; `null` for one that passed."""
        if self.state is CheckState.PASS:
            return None
        return CHECKS[language(locale)][self.code].todo

    @classmethod
    def of(cls, found: Verdict, duty: "Duty | None", today: date) -> Self:
        due = duty.due_on if duty else None
        lacks = found.state is not CheckState.PASS
        return cls(
            code=found.code,
            state=found.state,
            evidence=[CheckEvidence(of=each.of, value=each.value) for each in found.evidence],
            evidence_count=found.counted,
            owner=duty.owner if duty else None,
            due_on=due,
            overdue=lacks and due is not None and due < today,
            attested_on=duty.attested_on if duty else None,
            attestation=duty.evidence if duty else "",
        )


@ruled(TEAM)
@strawberry.type
class RehearsalStep:
    """A step of an order that was placed and undone."""

    name: str = strawberry.field(
        description="`OFFER` `CART` `ADDRESS` `ORDER` `PAYMENT` or `PROMISE`."
    )
    passed: bool = strawberry.field(description="Whether it went.")
    code: str | None = strawberry.field(description="Why not: a code of the checkout.")
    said: str = strawberry.field(description="What it came to.")

    @classmethod
    def of(cls, row: "StepRow") -> Self:
        return cls(name=row.name, passed=row.passed, code=row.code, said=row.said)


@ruled(TEAM)
@strawberry.type
class MarketRehearsal:
    """An order that was placed in a market to see that it can be. Nothing of it is left."""

    at: datetime = strawberry.field(description="When.")
    passed: bool = strawberry.field(description="Whether every step went.")
    steps: list[RehearsalStep] = strawberry.field(
        description="Up to the first that failed. At most 10."
    )

    @classmethod
    def of(cls, row: "Rehearsal") -> Self:
        return cls(
            at=row.at, passed=row.passed, steps=[RehearsalStep.of(each) for each in row.steps]
        )


@ruled(TEAM)
@strawberry.type
class MarketOpening:
    """What a member of staff asked to open, and who agreed."""

    id: strawberry.relay.GlobalID = strawberry.field(description="Opaque id.")
    market: str = strawberry.field(description="Code of the market.")
    stage: MarketStage = strawberry.field(description="To what.")
    percent: int = strawberry.field(description="For how many of 100 visitors.")
    state: OpeningState = strawberry.field(description="Where the request stands.")
    mine: bool = strawberry.field(description="Whether you asked; then somebody else agrees.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    expires_at: datetime = strawberry.field(description="Until when it stands.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    reason: str | None = strawberry.field(description="What was said to it.")

    @classmethod
    def of(cls, info: Info, row: "Opening") -> Self:
        ctx = info.context
        return cls(
            id=global_id("MarketOpening", row.id),
            market=row.market,
            stage=row.stage,
            percent=row.percent,
            state=row.state_at(ctx.now),
            mine=row.requested_by == ctx.caller.user_id,
            requested_at=row.requested_at,
            expires_at=row.expires_at,
            decided_at=row.decided_at,
            reason=row.reason,
        )


@ruled(TEAM)
@strawberry.type
class MarketReadiness:
    """Whether a market may open, and what is in the way."""

    market: Market = strawberry.field(description="The market.")
    percent: int = strawberry.field(description="Of 100 visitors, who may buy while it is SOFT.")
    pauses: list[MarketPause] = strawberry.field(description="What stops now. At most 100.")
    ready: bool = strawberry.field(description="Whether no check fails.")
    checks: list[MarketCheck] = strawberry.field(description="Every check, in order. At most 11.")
    openings: list[MarketOpening] = strawberry.field(
        description="The last requests to open it, newest first. At most 10."
    )
    rehearsal: MarketRehearsal | None = strawberry.field(description="The last rehearsal.")
    as_of: datetime = strawberry.field(description="When it was looked at.")

    @classmethod
    def of(cls, info: Info, found: readiness.Judged) -> Self:
        today = info.context.now.date()
        return cls(
            market=Market.of(found.market),
            percent=found.standing.percent,
            pauses=[MarketPause.of(each) for each in found.standing.pauses[:100]],
            ready=all(each.state is not CheckState.FAIL for each in found.verdicts),
            checks=[
                MarketCheck.of(each, found.duties.get(each.code), today) for each in found.verdicts
            ],
            openings=[MarketOpening.of(info, each) for each in found.openings],
            rehearsal=MarketRehearsal.of(found.rehearsal) if found.rehearsal else None,
            as_of=info.context.now,
        )


@ruled(TEAM)
@strawberry.type
class MarketChecked:
    """The checks of the market as they are now."""

    readiness: MarketReadiness = strawberry.field(description="The checks.")


@ruled(TEAM)
@strawberry.type
class MarketChanged:
    """The market as it is now; every process sees it within a second."""

    market: Market = strawberry.field(description="The market.")
    percent: int = strawberry.field(description="Of 100 visitors, who may buy while it is SOFT.")
    pauses: list[MarketPause] = strawberry.field(description="What stops now. At most 100.")

    @classmethod
    def of(cls, found: launching.Launched) -> Self:
        return cls(
            market=Market.of(found.market),
            percent=found.standing.percent,
            pauses=[MarketPause.of(each) for each in found.standing.pauses[:100]],
        )


@ruled(TEAM)
@strawberry.type
class MarketOpeningDecided:
    """The request as it is now; where you agreed, who asked calls `openMarket` again."""

    opening: MarketOpening = strawberry.field(description="The request.")


SetMarketCheckResult = Annotated[
    MarketChecked | OwnerUnknown,
    strawberry.union("SetMarketCheckResult", description="The checks, or a refusal."),
]
OpenMarketResult = Annotated[
    MarketChanged | ReadinessFailed | FourEyesRequired | InvalidTransition,
    strawberry.union("OpenMarketResult", description="The market, or a refusal."),
]
DecideMarketOpeningResult = Annotated[
    MarketOpeningDecided | OpeningNotOpen | FourEyesRequired,
    strawberry.union("DecideMarketOpeningResult", description="The request, or a refusal."),
]


@strawberry.type
class LaunchingQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": TEAM})
    async def market_readiness(self, info: Info, code: MarketCode) -> MarketReadiness | None:
        """Whether a market may open, for its team: each check with who sees to it and by when.

        `null` for an unknown market.
        """
        found = await readiness.readiness(info.context, code)
        return None if found is None else MarketReadiness.of(info, found)


@strawberry.type
class LaunchingMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": TEAM})
    async def set_market_check(
        self,
        info: Info,
        input: Annotated[SetMarketCheckInput, strawberry.argument(description="Who, by when.")],
    ) -> SetMarketCheckResult:
        """Say who sees to a check and by when, or vouch for it. The market's team only."""
        order = readiness.Order(
            input.market, input.check, input.owner, input.due_on, input.attested, input.evidence
        )
        key = idempotency_key(input.idempotency_key)
        found = await readiness.assign(info.context, order, key)
        if isinstance(found, readiness.OwnerUnknown):
            return OwnerUnknown(**said(info, "OWNER_UNKNOWN", "owner"))
        return MarketChecked(readiness=MarketReadiness.of(info, found))

    @strawberry.mutation(metadata={"rule": TEAM})
    async def open_market(
        self,
        info: Info,
        input: Annotated[OpenMarketInput, strawberry.argument(description="How far.")],
    ) -> OpenMarketResult:
        """Open a market further, or go back to staff alone. The market's team only.

        No check may fail, and somebody else of staff must agree: the first call asks, and one with
        another key opens once they did.
        """
        key = idempotency_key(input.idempotency_key)
        given = (input.market, input.stage, input.percent)
        match await launching.open_to(info.context, *given, key):
            case domain.InvalidTransition(now, to, allowed):
                told = said(info, "INVALID_TRANSITION", "stage")
                return InvalidTransition(**told, from_=now, to=to, allowed=list(allowed))
            case launching.NotReady(checks):
                return ReadinessFailed(**said(info, "READINESS_FAILED"), checks=list(checks))
            case launching.FourEyes(opening_id):
                return _four_eyes(info, opening_id)
            case found:
                return MarketChanged.of(found)

    @strawberry.mutation(metadata={"rule": TEAM})
    async def decide_market_opening(
        self,
        info: Info,
        input: Annotated[
            DecideMarketOpeningInput, strawberry.argument(description="What you say.")
        ],
    ) -> DecideMarketOpeningResult:
        """Agree to an opening that a colleague asked for, or refuse it. Who asked may not agree."""
        opening_id = row_id(input.approval_id, "MarketOpening", "approvalId")
        key = idempotency_key(input.idempotency_key)
        if opening_id is None:
            return OpeningNotOpen(**said(info, "OPENING_NOT_OPEN", "approvalId"))
        ctx, reason = info.context, input.reason
        match await launching.decide(ctx, opening_id, agree=input.agree, reason=reason, key=key):
            case launching.NotOpen():
                return OpeningNotOpen(**said(info, "OPENING_NOT_OPEN", "approvalId"))
            case launching.FourEyes(asked):
                return _four_eyes(info, asked)
            case found:
                return MarketOpeningDecided(opening=MarketOpening.of(info, found))

    @strawberry.mutation(metadata={"rule": TEAM})
    async def pause_market(
        self,
        info: Info,
        input: Annotated[PauseMarketInput, strawberry.argument(description="What stops.")],
    ) -> MarketChanged:
        """Stop checkout, trade-in, a category or all of a market, everywhere within a second.

        What was bought goes on, and so do the rights of who bought. The market's team only.
        """
        key = idempotency_key(input.idempotency_key)
        given = (input.market, input.scope, input.category, input.reason)
        return MarketChanged.of(await launching.pause(info.context, *given, key))

    @strawberry.mutation(metadata={"rule": TEAM})
    async def resume_market(
        self,
        info: Info,
        input: Annotated[ResumeMarketInput, strawberry.argument(description="What goes on.")],
    ) -> MarketChanged:
        """Let go on what `pauseMarket` stopped, as fast. The market's team only."""
        key = idempotency_key(input.idempotency_key)
        given = (input.market, input.scope, input.category)
        return MarketChanged.of(await launching.resume(info.context, *given, key))


def _four_eyes(info: Info, opening_id: object) -> FourEyesRequired:
    approval_id = global_id("MarketOpening", str(opening_id))
    return FourEyesRequired(**said(info, "FOUR_EYES_REQUIRED"), approval_id=approval_id)
