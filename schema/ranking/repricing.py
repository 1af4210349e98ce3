"""Prices that follow their competition, for the merchant who asks for it."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self, cast

import strawberry

from domain.ranking.reprice import RepriceMode
from resolvers.context import BadInput
from resolvers.ranking import repricing as resolvers
from resolvers.ranking.repricing import Wanted
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Money,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
)
from schema.ranking.standing import READ
from schema.rules import OWN, Scope, ruled

if TYPE_CHECKING:
    from models.offers.reprice import Repricing as RepricingRow
    from models.offers.reprice import StoredRule

WRITE = Scope(resolvers.WRITE)
strawberry.enum(
    RepriceMode,
    description="What a price is moved for: to lead, to share the first place, to lead alone.",
)


@ruled(READ)
@strawberry.type
class Repricing:
    """A change of one of your prices by the repricer."""

    id: strawberry.ID = strawberry.field(description="Id of the change.")
    offer_id: strawberry.ID = strawberry.field(description="Id of the `Offer`.")
    sku: str = strawberry.field(description="Your key of it.")
    market: str = strawberry.field(description="Code of the market.")
    mode: RepriceMode = strawberry.field(description="What it was moved for.")
    from_: Money = strawberry.field(name="from", description="Item price before.")
    to: Money = strawberry.field(description="Item price after.")
    snapshot_id: str = strawberry.field(description="Hash of all that competed.")
    ranking_model_id: str = strawberry.field(description="Version of the parameters.")
    at: datetime = strawberry.field(description="When it was moved.")

    @classmethod
    def of(cls, row: "RepricingRow") -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            offer_id=cast("strawberry.ID", global_id("Offer", row.offer_id)),
            sku=row.sku,
            market=row.market,
            mode=row.mode,
            from_=Money.of(row.from_minor, row.currency),
            to=Money.of(row.to_minor, row.currency),
            snapshot_id=row.snapshot_id,
            ranking_model_id=row.model_id,
            at=row.at,
        )


@ruled(READ)
@strawberry.type
class RepricingConnection:
    """Changes, page by page, the newest first."""

    edges: list[Edge[Repricing]] = strawberry.field(description="The changes of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(READ)
@strawberry.type
class RepricingRule:
    """How you have prices moved. The rule of a SKU goes before that of all, then the market's."""

    sku: str | None = strawberry.field(description="Your key; `null` is all that have no own rule.")
    market: str | None = strawberry.field(description="Code of the market; `null` is all.")
    mode: RepriceMode = strawberry.field(description="What they are moved for.")
    min_price: Money | None = strawberry.field(description="Never below this, nor the offer's own.")
    max_price: Money | None = strawberry.field(description="Never above this, nor the offer's own.")
    updated_at: datetime = strawberry.field(description="When it was set.")

    @classmethod
    def of(cls, row: "StoredRule") -> Self:
        return cls(
            sku=row.sku,
            market=row.rule.market or None,
            mode=row.rule.mode,
            min_price=Money.maybe(row.rule.min_minor, row.currency or ""),
            max_price=Money.maybe(row.rule.max_minor, row.currency or ""),
            updated_at=row.updated_at,
        )


@ruled(READ)
@strawberry.type
class RepricingRuleConnection:
    """Rules, page by page."""

    edges: list[Edge[RepricingRule]] = strawberry.field(description="The rules of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.input
class SetRepricingInput:
    """Which prices to move, for what, and between which bounds."""

    mode: RepriceMode = strawberry.field(description="`OFF` gives back your own prices.")
    idempotency_key: str = strawberry.field(description=ONCE)
    skus: list[str] | None = strawberry.field(default=None, description="1 to 1,000 of your SKUs.")
    all: bool = strawberry.field(
        default=False, description="Or all of your offers that have no rule of their own."
    )
    market: str | None = strawberry.field(
        default=None, description="Only in this market; nothing means all."
    )
    min_price: Decimal | None = strawberry.field(
        default=None,
        description="Never below this, nor below the offer's own lowest price. Needs `market`. "
        "An offer with neither is not moved.",
    )
    max_price: Decimal | None = strawberry.field(
        default=None,
        description="Never above this, nor above the offer's own highest price. Needs `market`.",
    )


@ruled(OWN)
@strawberry.type
class RepricingSet:
    """The rule holds. Prices move within a minute, at most once an hour."""

    mode: RepriceMode = strawberry.field(description="What they are moved for.")
    market: str | None = strawberry.field(description="Code of the market; `null` is all.")


@ruled(OWN)
@strawberry.type
class RepricingSkusUnknown(Problem):
    """Some of the SKUs are not yours: nothing was set."""

    skus: list[str] = strawberry.field(description="The unknown ones, the first. At most 100.")


SetRepricingResult = Annotated[
    RepricingSet | RepricingSkusUnknown,
    strawberry.union("SetRepricingResult", description="The rule that holds, or a refusal."),
]
_SHOWN = 100


@strawberry.type
class RepricingQuery:
    """Queries of the repricer; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def repricings(
        self,
        info: Info,
        market: Annotated[
            str | None, strawberry.argument(description="Only this market; nothing means all.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> RepricingConnection:
        """What the repricer made of your prices. Needs a merchant's key with `offers:read`."""
        page = await resolvers.repricings(info.context, market, first, after)
        return RepricingConnection(
            edges=edges(page, Repricing.of), page_info=page_info(page, after)
        )

    @strawberry.field(metadata={"rule": READ})
    async def repricing_rules(
        self, info: Info, first: First = 24, after: After = None
    ) -> RepricingRuleConnection:
        """How you have prices moved. Needs a merchant's key with `offers:read`."""
        page = await resolvers.rules(info.context, first, after)
        return RepricingRuleConnection(
            edges=edges(page, RepricingRule.of), page_info=page_info(page, after)
        )


@strawberry.type
class RepricingMutation:
    """Mutations of the repricer; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def set_repricing(
        self,
        info: Info,
        input: Annotated[SetRepricingInput, strawberry.argument(description="Which, and how.")],
    ) -> SetRepricingResult:
        """Let prices follow their competition, or not. Needs a key with `offers:write`."""
        key = idempotency_key(input.idempotency_key)
        if (input.skus is None) != input.all:
            raise BadInput("Name `skus`, or say `all`.", argument="skus")
        wanted = Wanted(input.skus, input.market, input.mode, input.min_price, input.max_price)
        refused = await resolvers.set_repricing(info.context, wanted, key)
        if refused is None:
            market = input.market.upper() if input.market else None
            return RepricingSet(mode=input.mode, market=market)
        return RepricingSkusUnknown(
            code="OFFER_UNKNOWN",
            message="Some of these SKUs are not yours.",
            path=["input", "skus"],
            hint="Send the offers first, or leave the SKUs out.",
            request_id=strawberry.ID(info.context.request_id),
            skus=refused.skus[:_SHOWN],
        )
