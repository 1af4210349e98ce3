"""What was measured of a merchant, and what buyers say of what they received."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self, cast

import strawberry

from domain.accounts.roles import Role
from domain.merchants.quality import NotEnoughData, QualityMetric, six_places
from domain.merchants.quality import Rate as MeasuredRate
from domain.merchants.thresholds import QualityLevel
from resolvers import quality as resolvers
from resolvers.quality import READ, QualityPeriod
from schema.common import ONCE, Info, Problem, global_id, idempotency_key, row_id
from schema.rules import CUSTOMER, OWN, AnyOf, Scope, Staff, ruled

if TYPE_CHECKING:
    from models.quality.reviews import Review as ReviewRow

TEAM = Staff(frozenset({Role.COUNTRY_TEAM.value}))
READS = AnyOf((Scope(READ), TEAM))
strawberry.enum(QualityMetric, description="What is measured of a merchant.")
strawberry.enum(QualityLevel, description="How far a metric is on the bad side.")
strawberry.enum(QualityPeriod, description="How far back rates look.")


@ruled(READS)
@strawberry.type
class QualityRate:
    """A rate of which there is enough to show it."""

    value: Decimal = strawberry.field(description="As observed; of ratings the mean of the stars.")
    estimate: Decimal = strawberry.field(
        description="Drawn towards what peers do, as far as there is little."
    )
    n: int = strawberry.field(description="Observations.")
    low: Decimal = strawberry.field(description="Lower end of the 95 % interval.")
    high: Decimal = strawberry.field(description="Upper end of the 95 % interval.")


@ruled(READS)
@strawberry.type
class QualityNotEnoughData:
    """Too few observations: a rate would mislead."""

    code: str = strawberry.field(description="`NOT_ENOUGH_DATA`.")
    n: int = strawberry.field(description="Observations there are.")
    min: int = strawberry.field(description="Observations needed.")


QualityShown = Annotated[
    QualityRate | QualityNotEnoughData,
    strawberry.union("QualityShown", description="The rate, or that there is too little."),
]


def _shown(found: MeasuredRate | NotEnoughData) -> QualityRate | QualityNotEnoughData:
    if isinstance(found, NotEnoughData):
        return QualityNotEnoughData(code="NOT_ENOUGH_DATA", n=found.n, min=found.min)
    interval = found.interval
    return QualityRate(
        value=found.value,
        estimate=found.estimate,
        n=found.n,
        low=interval.low,
        high=interval.high,
    )


@ruled(READS)
@strawberry.type
class QualityComponent:
    """One metric, what it is worth, and how far it is from trouble."""

    metric: QualityMetric = strawberry.field(description="Which one.")
    count: Decimal = strawberry.field(
        description="Bad events; the sum of stars of a rating, conforming devices of the lab."
    )
    n: int = strawberry.field(description="Out of so many.")
    rate: QualityShown = strawberry.field(description="The rate.")
    weight_bp: int = strawberry.field(description="Weight in the index, of 10,000.")
    contribution_bp: int = strawberry.field(
        description="What it adds to the index, compared with a merchant without data."
    )
    peers: Decimal = strawberry.field(description="What peers do.")
    good: Decimal = strawberry.field(description="From here on, full marks.")
    bad: Decimal = strawberry.field(description="From here on, none.")
    window_days: int = strawberry.field(description="Days that it looks back.")
    level: QualityLevel | None = strawberry.field(
        description="What this would lead to; `null` with too few observations."
    )


@ruled(READS)
@strawberry.type
class MerchantQuality:
    """The figures of a merchant in one top-level category: the same for it and for staff."""

    category: str = strawberry.field(description="Code of the category.")
    quality_bp: int = strawberry.field(description="The index, 0 to 10,000. It always exists.")
    prior_bp: int = strawberry.field(description="That of a merchant without data.")
    period: QualityPeriod | None = strawberry.field(
        description="`null`: each metric in its own window, as the ranking uses it."
    )
    components: list[QualityComponent] = strawberry.field(
        description="The six metrics. At most 10."
    )
    as_of: datetime = strawberry.field(description="Counted at this moment.")

    @classmethod
    def of(cls, found: resolvers.Quality) -> Self:
        return cls(
            category=found.category,
            quality_bp=found.quality_bp,
            prior_bp=found.prior_bp,
            period=found.period,
            components=[_component(each, found.period) for each in found.components],
            as_of=found.as_of,
        )


def _component(each: resolvers.Component, period: QualityPeriod | None) -> QualityComponent:
    rule = each.rule
    return QualityComponent(
        metric=rule.metric,
        count=six_places(each.sample.x).normalize(),
        n=each.sample.n,
        rate=_shown(each.shown),
        weight_bp=rule.weight_bp,
        contribution_bp=each.contribution_bp,
        peers=six_places(rule.prior),
        good=six_places(rule.good),
        bad=six_places(rule.bad),
        window_days=rule.window_days if period is None else period.value,
        level=each.level if isinstance(each.level, QualityLevel) else None,
    )


@ruled(OWN)
@strawberry.type
class Review:
    """What a buyer says of a device that was delivered."""

    id: strawberry.ID = strawberry.field(description="Id of the review, a UUID.")
    order_line_id: strawberry.ID = strawberry.field(description="Id of the `OrderLine`.")
    stars: int = strawberry.field(description="1 to 5.")
    text: str | None = strawberry.field(description="In the buyer's words.")
    created_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: "ReviewRow") -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            order_line_id=cast("strawberry.ID", global_id("OrderLine", row.line_id)),
            stars=row.stars,
            text=row.text,
            created_at=row.created_at,
        )


@ruled(OWN)
@strawberry.type
class ReviewRefused(Problem):
    """`NOT_DELIVERED`, `REVIEWED_BEFORE`, or `LINE_UNKNOWN`."""


ReviewOrderLineResult = Annotated[
    Review | ReviewRefused,
    strawberry.union("ReviewOrderLineResult", description="The review, or a refusal."),
]
_REFUSALS = {
    "NOT_DELIVERED": ("This was not delivered yet.", "Wait until the parcel has arrived."),
    "REVIEWED_BEFORE": ("You have reviewed this.", "A review stays as it was written."),
    "LINE_UNKNOWN": ("There is no such line among your orders.", "Ask `orders` for your lines."),
}


@strawberry.input
class ReviewOrderLineInput:
    """What you think of a device that you received."""

    order_line_id: strawberry.ID = strawberry.field(description="Id of the `OrderLine`.")
    stars: int = strawberry.field(description="1, bad, to 5, good.")
    idempotency_key: str = strawberry.field(description=ONCE)
    text: str | None = strawberry.field(default=None, description="At most 2,000 characters.")


@strawberry.type
class QualityQuery:
    """Queries of quality; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READS})
    async def merchant_quality(
        self,
        info: Info,
        category: Annotated[
            str | None,
            strawberry.argument(description="Code of a top-level category; nothing means all."),
        ] = None,
        period: Annotated[
            QualityPeriod | None,
            strawberry.argument(description="Nothing: each metric in the window that ranks."),
        ] = None,
        merchant_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="For staff: the merchant's UUID."),
        ] = None,
    ) -> list[MerchantQuality]:
        """What was measured of you: the figures that rank you. Needs `quality:read`. At most 20."""
        of = None if merchant_id is None else row_id(merchant_id, "Merchant", "merchantId")
        found = await resolvers.merchant_quality(info.context, category, period, of)
        return [MerchantQuality.of(each) for each in found]


@strawberry.type
class QualityMutation:
    """Mutations of reviews; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def review_order_line(
        self,
        info: Info,
        input: Annotated[
            ReviewOrderLineInput, strawberry.argument(description="The line, and what you think.")
        ],
    ) -> ReviewOrderLineResult:
        """Say what you think of a device that was delivered to you. Needs a customer."""
        key = idempotency_key(input.idempotency_key)
        line_id = row_id(input.order_line_id, "OrderLine", "orderLineId")
        if line_id is not None:
            outcome = await resolvers.review_line(
                info.context, line_id, input.stars, input.text, key
            )
            if "review" in outcome:
                row = await resolvers.review_of(info.context, line_id)
                if row is not None:
                    return Review.of(row)
        code = "LINE_UNKNOWN" if line_id is None else outcome.get("code", "LINE_UNKNOWN")
        message, hint = _REFUSALS[code]
        return ReviewRefused(
            code=code,
            message=message,
            path=["input", "orderLineId"],
            hint=hint,
            request_id=strawberry.ID(info.context.request_id),
        )
