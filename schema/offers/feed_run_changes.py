"""What a merchant may still do about a run."""

from typing import Annotated

import strawberry

from domain.offers.lines import RUN_MOVES, FeedRunState
from resolvers.offers import runs as resolvers
from resolvers.offers.feeds import WRITE as WRITE_FEEDS
from schema.common import ONCE, Info, InvalidTransition, Problem, idempotency_key, row_id
from schema.offers.feed_runs import FeedRun
from schema.rules import OWN, Scope, ruled

__all__ = ["InvalidTransition"]

WRITE = Scope(WRITE_FEEDS)


@strawberry.input
class ApplyFeedRunInput:
    """Which run to apply all the same."""

    run_id: strawberry.ID = strawberry.field(description="Id of the `FeedRun`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class CancelFeedRunInput:
    """Which run to give up."""

    run_id: strawberry.ID = strawberry.field(description="Id of the `FeedRun`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class FeedRunApplying:
    """The run will be applied next; its `state` stays as it is until then."""

    run: FeedRun = strawberry.field(description="The run.")


@ruled(OWN)
@strawberry.type
class FeedRunCancelled:
    """The run was given up and changes no offer."""

    run: FeedRun = strawberry.field(description="The run.")


@ruled(OWN)
@strawberry.type
class FeedRunUnknown(Problem):
    """There is no such run of yours."""


ApplyFeedRunResult = Annotated[
    FeedRunApplying | FeedRunUnknown | InvalidTransition,
    strawberry.union("ApplyFeedRunResult", description="The run that is applied, or a refusal."),
]
CancelFeedRunResult = Annotated[
    FeedRunCancelled | FeedRunUnknown | InvalidTransition,
    strawberry.union("CancelFeedRunResult", description="The run that was given up, or a refusal."),
]


def _unknown(info: Info) -> FeedRunUnknown:
    return FeedRunUnknown(
        code="FEED_RUN_UNKNOWN",
        message="There is no such run.",
        path=["input", "runId"],
        hint="`feedRuns` lists yours.",
        request_id=strawberry.ID(info.context.request_id),
    )


def _refused(
    info: Info, state: FeedRunState, to: FeedRunState, message: str, hint: str
) -> InvalidTransition:
    return InvalidTransition(
        code="INVALID_TRANSITION",
        message=message,
        path=["input", "runId"],
        hint=hint,
        request_id=strawberry.ID(info.context.request_id),
        from_=state.value,
        to=to.value,
        allowed=sorted(each.value for each in RUN_MOVES.get(state, ())),
    )


@strawberry.type
class FeedRunsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def apply_feed_run(
        self,
        info: Info,
        input: Annotated[ApplyFeedRunInput, strawberry.argument(description="Which run.")],
    ) -> ApplyFeedRunResult:
        """Apply a held run, or a preview. Needs a merchant's key with `feeds:write`."""
        key = idempotency_key(input.idempotency_key)
        run_id = row_id(input.run_id, "FeedRun", "runId")
        match await resolvers.apply_run(info.context, run_id, key) if run_id else None:
            case None:
                return _unknown(info)
            case resolvers.NotWaiting(state):
                message = f"The run is {state} and cannot be applied."
                hint = "A `HELD` or `PREVIEWED` run can be applied until a later file was."
                return _refused(info, state, FeedRunState.APPLYING, message, hint)
            case run:
                return FeedRunApplying(run=FeedRun.of(run))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def cancel_feed_run(
        self,
        info: Info,
        input: Annotated[CancelFeedRunInput, strawberry.argument(description="Which run.")],
    ) -> CancelFeedRunResult:
        """Give up a queued or held run. Needs a merchant's key with `feeds:write`."""
        key = idempotency_key(input.idempotency_key)
        run_id = row_id(input.run_id, "FeedRun", "runId")
        match await resolvers.cancel_run(info.context, run_id, key) if run_id else None:
            case None:
                return _unknown(info)
            case resolvers.NotWaiting(state):
                message = f"The run is {state} and cannot be cancelled now."
                hint = "A `QUEUED` run can be, and a `HELD` one that was not released."
                return _refused(info, state, FeedRunState.CANCELLED, message, hint)
            case run:
                return FeedRunCancelled(run=FeedRun.of(run))
