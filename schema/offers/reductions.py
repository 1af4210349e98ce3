"""Announced reductions and the prior price beside them."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from resolvers.effects import Refusal
from resolvers.offers import reductions as resolvers
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    MarketCode,
    Money,
    PageInfo,
    Problem,
    edges,
    idempotency_key,
    page_info,
    row_id,
)
from schema.rules import OWN, PUBLIC, Scope, ruled

if TYPE_CHECKING:
    from models.offers.reductions import Announced

READ, WRITE = Scope(resolvers.READ), Scope(resolvers.WRITE)


@ruled(PUBLIC)
@strawberry.type
class PriceReduction:
    """A lower price that was announced, and the lowest price of the days before it."""

    price: Money = strawberry.field(description="The item price as it was announced.")
    prior_price: Money = strawberry.field(
        description="Lowest price published in the days before; computed, never typed."
    )
    percent: int | None = strawberry.field(
        description="Whole percent, rounded down; `null` below one."
    )
    prior_from: datetime = strawberry.field(description="First moment that counted.")
    since: datetime = strawberry.field(description="When it began.")
    until: datetime | None = strawberry.field(description="When it is said to end.")
    rule: strawberry.ID = strawberry.field(description="The `Rule` that it follows.")
    verified: bool = strawberry.field(description="Whether that rule was compared with the law.")

    @classmethod
    def of(cls, row: "Announced") -> Self:
        return cls(
            price=Money.of(row.price_minor, row.currency),
            prior_price=Money.of(row.prior_minor, row.currency),
            percent=row.percent,
            prior_from=row.window_from,
            since=row.starts_at,
            until=row.ends_at,
            rule=strawberry.ID(row.rule_id),
            verified=row.verified,
        )


@ruled(OWN)
@strawberry.type
class OwnPriceReduction:
    """A reduction of yours."""

    id: strawberry.ID = strawberry.field(description="A UUID.")
    market: str = strawberry.field(description="Code of the market.")
    reduction: PriceReduction = strawberry.field(description="As buyers see it.")
    ended_at: datetime | None = strawberry.field(description="When it was over before its time.")
    ended_because: str | None = strawberry.field(
        description="`PRICE_ROSE`, `TAKEN_BACK` or `REPLACED`."
    )

    @classmethod
    def of(cls, row: "Announced") -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            market=row.market,
            reduction=PriceReduction.of(row),
            ended_at=row.ended_at,
            ended_because=row.ended_because,
        )


@ruled(OWN)
@strawberry.type
class OwnPriceReductionConnection:
    """Your reductions, page by page."""

    edges: list[Edge[OwnPriceReduction]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class PriorPrice:
    """What a reduction that began now would be compared with."""

    market: str = strawberry.field(description="Code of the market.")
    price: Money | None = strawberry.field(
        description="The lowest published; `null`: nothing was, so nothing may be announced."
    )
    since: datetime = strawberry.field(description="First moment that counts.")
    rule: strawberry.ID = strawberry.field(description="The `Rule` of the day.")
    verified: bool = strawberry.field(description="Whether that rule was compared with the law.")


@ruled(OWN)
@strawberry.type
class NotAReduction(Problem):
    """The price is not below the prior one."""

    prior_price: Money = strawberry.field(description="The prior price.")


@ruled(OWN)
@strawberry.type
class NoPriceHistory(Problem):
    """Nothing was published in the days before: nothing may be announced."""

    since: datetime = strawberry.field(description="First moment that would have counted.")


@ruled(OWN)
@strawberry.type
class ReductionRefused(Problem):
    """`OFFER_UNKNOWN`, `REDUCTION_UNKNOWN`, `RULE_MISSING`, `RULE_UNVERIFIED`, `PRICE_REFUSED`."""

    reason: str | None = strawberry.field(description="Of a price: the code of what is wrong.")
    country: str | None = strawberry.field(description="Of a rule: the country.")


PriorPriceResult = Annotated[
    PriorPrice | ReductionRefused,
    strawberry.union("PriorPriceResult", description="The prior price, or why there is none."),
]
AnnounceReductionResult = Annotated[
    OwnPriceReduction | NotAReduction | NoPriceHistory | ReductionRefused,
    strawberry.union("AnnounceReductionResult", description="The reduction, or a refusal."),
]
EndReductionResult = Annotated[
    OwnPriceReduction | ReductionRefused,
    strawberry.union("EndReductionResult", description="The reduction, or a refusal."),
]


@strawberry.input
class AnnounceReductionInput:
    """A lower price to set and to announce in one market."""

    sku: str = strawberry.field(description="Your key of the offer.")
    market: str = strawberry.field(description="Code of the market, such as `FR`.")
    price: Decimal = strawberry.field(description="The new item price, in the market's currency.")
    idempotency_key: str = strawberry.field(description=ONCE)
    ends_at: datetime | None = strawberry.field(
        default=None, description="When it is announced no more, within 365 days."
    )


@strawberry.input
class EndReductionInput:
    """A reduction to take back; its price stays."""

    id: strawberry.ID = strawberry.field(description="Of `OwnPriceReduction`.")
    idempotency_key: str = strawberry.field(description=ONCE)


_TOLD = {
    "NOT_A_REDUCTION": (
        "This is not below the lowest price of the days before.",
        "price",
        "Ask `priorPrice` and go below it, or set the price with `updatePrices` without a word.",
    ),
    "NO_PRICE_HISTORY": (
        "This offer was not on sale in the days before.",
        "sku",
        "Sell it at its usual price first.",
    ),
    "OFFER_UNKNOWN": ("You have no such offer in this market.", "sku", "`offers` lists yours."),
    "REDUCTION_UNKNOWN": ("No such reduction of yours stands.", "id", "Ask `priceReductions`."),
    "RULE_MISSING": (
        "No rule on prior prices is recorded for this country.",
        "market",
        "Staff records one with its source; until then no reduction is announced here.",
    ),
    "RULE_UNVERIFIED": (
        "Nobody compared the rule of this country with its law.",
        "market",
        "Staff verifies it by `succeedRule`.",
    ),
    "RULE_CONFLICT": ("Two rules hold at once.", "market", "Tell the operator."),
    "PRICE_REFUSED": ("The price cannot be set.", "price", "`reason` says why."),
}


def _refused(info: Info, found: Refusal, inside: tuple[str, ...] = ("input",)) -> Any:
    message, path, hint = _TOLD[found.code]
    said: dict[str, Any] = {
        "code": found.code,
        "message": message,
        "path": [*inside, path],
        "hint": hint,
        "request_id": strawberry.ID(info.context.request_id),
    }
    match found.code:
        case "NOT_A_REDUCTION":
            return NotAReduction(**said, prior_price=Money.of(*found.facts["prior"]))
        case "NO_PRICE_HISTORY":
            since = datetime.fromisoformat(found.facts["since"])
            return NoPriceHistory(**said, since=since)
        case _:
            facts = found.facts
            return ReductionRefused(
                **said, reason=facts.get("reason"), country=facts.get("country")
            )


@strawberry.type
class ReductionsQuery:
    """Queries of reductions; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def prior_price(
        self,
        info: Info,
        sku: Annotated[str, strawberry.argument(description="Your key of the offer.")],
        market: MarketCode,
    ) -> PriorPriceResult:
        """What a reduction that began now would be compared with. Needs `offers:read`."""
        found = await resolvers.prior(info.context, sku, market)
        if isinstance(found, Refusal):
            refused: ReductionRefused = _refused(info, found, ())
            return refused
        minor = found.prior_minor
        return PriorPrice(
            market=found.market,
            price=None if minor is None else Money.of(minor, found.currency),
            since=found.window.start,
            rule=strawberry.ID(found.rule.id),
            verified=found.rule.verified,
        )

    @strawberry.field(metadata={"rule": READ})
    async def price_reductions(
        self,
        info: Info,
        market: Annotated[
            str | None, strawberry.argument(description="Only this market; nothing means all.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> OwnPriceReductionConnection:
        """Your reductions, the newest first, those that are over too. Needs `offers:read`."""
        page = await resolvers.page(info.context, market, first, after)
        return OwnPriceReductionConnection(
            edges=edges(page, OwnPriceReduction.of), page_info=page_info(page, after)
        )


@strawberry.type
class ReductionsMutation:
    """Mutations of reductions; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def announce_reduction(
        self,
        info: Info,
        input: Annotated[
            AnnounceReductionInput, strawberry.argument(description="The offer and its price.")
        ],
    ) -> AnnounceReductionResult:
        """Set a lower price and announce it beside the lowest of the days before.

        Needs `offers:write` in the market.
        """
        asked = resolvers.Asked(input.sku, input.market, input.price, input.ends_at)
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.announce(info.context, asked, key)
        if isinstance(found, Refusal):
            refused: ReductionRefused = _refused(info, found)
            return refused
        return OwnPriceReduction.of(found)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def end_reduction(
        self,
        info: Info,
        input: Annotated[EndReductionInput, strawberry.argument(description="The reduction.")],
    ) -> EndReductionResult:
        """Announce a reduction no more; the price stays. Needs `offers:write`."""
        key = idempotency_key(input.idempotency_key)
        named = row_id(input.id, "PriceReduction", "id")
        found = (
            Refusal("REDUCTION_UNKNOWN")
            if named is None
            else await resolvers.end(info.context, named, key)
        )
        if isinstance(found, Refusal):
            refused: ReductionRefused = _refused(info, found)
            return refused
        return OwnPriceReduction.of(found)
