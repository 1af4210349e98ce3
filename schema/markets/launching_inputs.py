"""What a market's team says to launch it."""

from datetime import date

import strawberry

from domain.markets import MarketStage, PauseScope
from domain.markets.checks import CheckCode
from schema.common import ONCE

strawberry.enum(CheckCode, name="MarketCheckCode", description="What is looked at before opening.")
strawberry.enum(PauseScope, name="MarketPauseScope", description="What a pause stops.")


@strawberry.input
class SetMarketCheckInput:
    """Who sees to a check. What is left out is taken away."""

    market: str = strawberry.field(description="Code of the market.")
    check: CheckCode = strawberry.field(description="Which check.")
    idempotency_key: str = strawberry.field(description=ONCE)
    owner: str | None = strawberry.field(
        default=None, description="Address that a member of staff signs in with."
    )
    due_on: date | None = strawberry.field(default=None, description="By when; today or later.")
    attested: bool = strawberry.field(
        default=False,
        description="You vouch for it for 90 days: `CARRIER_LABELS` and `SUPPORT_LANGUAGES` only.",
    )
    evidence: str = strawberry.field(
        default="", description="What you saw, such as a tracking number; 500 characters."
    )


@strawberry.input
class OpenMarketInput:
    """How far a market opens."""

    market: str = strawberry.field(description="Code of the market.")
    stage: MarketStage = strawberry.field(description="`INTERNAL`, `SOFT` or `PUBLIC`.")
    idempotency_key: str = strawberry.field(description=ONCE)
    percent: int = strawberry.field(
        default=100, description="Of 100 visitors, who may buy in a `SOFT` market: 1 to 100."
    )


@strawberry.input
class DecideMarketOpeningInput:
    """What you say to what a colleague asked for."""

    approval_id: strawberry.ID = strawberry.field(description="Id of the `MarketOpening`.")
    agree: bool = strawberry.field(description="Whether it may be opened.")
    idempotency_key: str = strawberry.field(description=ONCE)
    reason: str | None = strawberry.field(
        default=None, description="Why not, 500 characters; needed unless you agree."
    )


@strawberry.input
class PauseMarketInput:
    """What is to stop."""

    market: str = strawberry.field(description="Code of the market.")
    scope: PauseScope = strawberry.field(description="What stops.")
    reason: str = strawberry.field(description="Why, 500 characters; the audit log keeps it.")
    idempotency_key: str = strawberry.field(description=ONCE)
    category: str | None = strawberry.field(
        default=None, description="Code, with `CATEGORY` alone; those below it stop too."
    )


@strawberry.input
class ResumeMarketInput:
    """What is to go on."""

    market: str = strawberry.field(description="Code of the market.")
    scope: PauseScope = strawberry.field(description="What was stopped.")
    idempotency_key: str = strawberry.field(description=ONCE)
    category: str | None = strawberry.field(default=None, description="Code, with `CATEGORY`.")
