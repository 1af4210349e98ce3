"""A merchant's test space, and its clock."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from resolvers.offers import sandbox as resolvers
from schema.accounts import told
from schema.common import ONCE, Info, Problem, global_id, idempotency_key
from schema.rules import OWN, Scope, ruled

if TYPE_CHECKING:
    from models.offers.sandbox import Sandbox as Row

READ, WRITE = Scope(resolvers.READ), Scope(resolvers.WRITE)


@ruled(OWN)
@strawberry.type
class Sandbox:
    """A merchant beside yours, with offers, a feed and quality figures, that sells nowhere."""

    merchant: strawberry.relay.GlobalID = strawberry.field(description="The merchant that it is.")
    ready: bool = strawberry.field(description="Whether its data are there; that takes seconds.")
    now: datetime = strawberry.field(description="What time it is there.")
    ahead_seconds: float = strawberry.field(description="How far its clock is ahead of ours.")
    made_at: datetime = strawberry.field(description="When it was made, by our clock.")

    @classmethod
    def of(cls, row: "Row") -> Self:
        return cls(
            merchant=global_id("Merchant", row.sandbox_id),
            ready=row.state.value == "READY",
            now=row.now,
            ahead_seconds=row.ahead.total_seconds(),
            made_at=row.made_at,
        )


@strawberry.input
class CreateSandboxInput:
    """Nothing but the key of the call."""

    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class ResetSandboxInput:
    """Whether its key is changed too."""

    idempotency_key: str = strawberry.field(description=ONCE)
    new_key: bool = strawberry.field(
        default=False, description="End its keys and make another: asked for by your own key only."
    )


@strawberry.input
class SandboxAdvanceClockInput:
    """How far: 1 minute to 90 days, and 400 days in all."""

    idempotency_key: str = strawberry.field(description=ONCE)
    hours: int = strawberry.field(default=0, description="So many hours.")
    minutes: int = strawberry.field(default=0, description="And so many minutes.")


@ruled(OWN)
@strawberry.type
class SandboxMade:
    """The sandbox, and its key for the only time."""

    sandbox: Sandbox = strawberry.field(description="The sandbox.")
    secret: str | None = strawberry.field(
        description="A key of the sandbox, `bcl_test_…`, for 90 days. Shown once: `null` where the "
        "call was repeated, or made none."
    )


@ruled(OWN)
@strawberry.type
class SandboxAdvanced:
    """Its clock is set; what is due by then is done within seconds."""

    sandbox: Sandbox = strawberry.field(description="The sandbox.")


@ruled(OWN)
@strawberry.type
class SandboxExists(Problem):
    """You have one already, or you are one."""

    sandbox: Sandbox = strawberry.field(description="It.")


@ruled(OWN)
@strawberry.type
class SandboxMissing(Problem):
    """You have none."""


@ruled(OWN)
@strawberry.type
class SandboxClockTooFar(Problem):
    """Its clock would be more than 400 days ahead."""

    most_hours: int = strawberry.field(description="So many whole hours are left.")


CreateSandboxResult = Annotated[
    SandboxMade | SandboxExists,
    strawberry.union("CreateSandboxResult", description="The sandbox, or a refusal."),
]
ResetSandboxResult = Annotated[
    SandboxMade | SandboxMissing,
    strawberry.union("ResetSandboxResult", description="The sandbox, or a refusal."),
]
SandboxAdvanceClockResult = Annotated[
    SandboxAdvanced | SandboxMissing | SandboxClockTooFar,
    strawberry.union("SandboxAdvanceClockResult", description="The sandbox, or a refusal."),
]
_FURTHEST = 100_000  # beyond all that may be asked for, and within what a duration holds


@strawberry.type
class SandboxQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def sandbox(self, info: Info) -> Sandbox | None:
        """Your test space, or that which you are; `null` if there is none. Needs `offers:read`."""
        row = await resolvers.sandbox(info.context)
        return Sandbox.of(row) if row else None


@strawberry.type
class SandboxMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def create_sandbox(
        self,
        info: Info,
        input: Annotated[CreateSandboxInput, strawberry.argument(description="The call's key.")],
    ) -> CreateSandboxResult:
        """Make a test space of your own, with data and a key. One each. Needs `offers:write`."""
        found = await resolvers.create(info.context, idempotency_key(input.idempotency_key))
        match found:
            case resolvers.Exists(row):
                return SandboxExists(**told(info, *_EXISTS), sandbox=Sandbox.of(row))
            case made:
                return SandboxMade(sandbox=Sandbox.of(made.sandbox), secret=made.secret)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def reset_sandbox(
        self,
        info: Info,
        input: Annotated[ResetSandboxInput, strawberry.argument(description="What to change.")],
    ) -> ResetSandboxResult:
        """Give your test space fresh data, and our time. Needs `offers:write`."""
        key = idempotency_key(input.idempotency_key)
        match await resolvers.reset(info.context, key, new_key=input.new_key):
            case resolvers.Missing():
                return SandboxMissing(**told(info, *_MISSING))
            case made:
                return SandboxMade(sandbox=Sandbox.of(made.sandbox), secret=made.secret)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def sandbox_advance_clock(
        self,
        info: Info,
        input: Annotated[SandboxAdvanceClockInput, strawberry.argument(description="How far.")],
    ) -> SandboxAdvanceClockResult:
        """Set the clock of your test space forward. Needs `offers:write`."""
        key = idempotency_key(input.idempotency_key)
        whole = all(abs(n) <= _FURTHEST for n in (input.hours, input.minutes))
        by = timedelta(hours=input.hours, minutes=input.minutes) if whole else timedelta()
        match await resolvers.advance(info.context, by, key):
            case resolvers.Missing():
                return SandboxMissing(**told(info, *_MISSING))
            case resolvers.TooFar(most):
                hours = int(most.total_seconds() // 3600)
                return SandboxClockTooFar(**told(info, *_TOO_FAR), most_hours=hours)
            case row:
                return SandboxAdvanced(sandbox=Sandbox.of(row))


_EXISTS = (
    "SANDBOX_EXISTS",
    "You have one already, or you are one.",
    ["input"],
    "`resetSandbox` gives it fresh data, and a new key if you ask for one.",
)
_MISSING = ("SANDBOX_MISSING", "You have none.", ["input"], "`createSandbox` makes it.")
_TOO_FAR = (
    "SANDBOX_CLOCK_TOO_FAR",
    "Its clock would be more than 400 days ahead.",
    ["input", "hours"],
    "`resetSandbox` sets it to ours.",
)
