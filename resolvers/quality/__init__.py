"""What was measured of a merchant, and what buyers say: the same figures for it and for staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from domain.accounts.roles import Role
from domain.merchants.quality import (
    NO_DATA,
    MetricRule,
    NotEnoughData,
    Rate,
    Sample,
    Samples,
    contributions,
    prior_bp,
    quality_bp,
    rate,
)
from domain.merchants.thresholds import DEFAULT_THRESHOLDS, QualityLevel, level
from models import quality
from models.base import OPERATIONS, connection
from models.quality import reviews
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, customer_once

READ = "quality:read"
MOST_TEXT = 2_000
_THRESHOLDS = {threshold.rule.metric: threshold for threshold in DEFAULT_THRESHOLDS}


class QualityPeriod(IntEnum):
    """How far back rates look. Units: days."""

    WEEK = 7
    MONTH = 30
    QUARTER = 90
    HALF_YEAR = 180
    YEAR = 365


@dataclass(frozen=True, slots=True)
class Component:
    """One metric: what was counted, what it is worth in the index, and how far it is from trouble.

    Units: `contribution_bp` is what it adds to the index, compared with a merchant without data.
    """

    rule: MetricRule
    sample: Sample
    contribution_bp: int
    shown: Rate | NotEnoughData
    level: QualityLevel | NotEnoughData


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of a merchant in a top category; `period` None: each metric's own window."""

    merchant_id: UUID
    category: str
    quality_bp: int
    prior_bp: int
    period: QualityPeriod | None
    components: tuple[Component, ...]
    as_of: datetime


async def merchant_quality(
    ctx: Context, category: str | None, period: QualityPeriod | None, merchant_id: UUID | None
) -> list[Quality]:
    """The figures of the caller's merchant, or of any for staff; those of all its categories.

    A category in which nothing was counted is there if it was asked for by name.
    Raises: SignInFirst, Forbidden.
    """
    if merchant_id is None:
        own = ctx.merchant_id(READ)
        async with ctx.private():
            return await _figures(ctx.now, own, category, period)
    ctx.staff(Role.COUNTRY_TEAM)
    async with ctx.private(OPERATIONS):
        return await _figures(ctx.now, merchant_id, category, period)


async def _figures(
    now: datetime, merchant_id: UUID, category: str | None, period: QualityPeriod | None
) -> list[Quality]:
    async with connection() as raw:
        found = await quality.counted(raw, now, merchant_id, period)
        rules = await quality.rules_now(raw, now)
    names = sorted({top for _, top in found}) if category is None else [category]
    return [
        _quality(merchant_id, name, found.get((merchant_id, name), {}), rules, period, now)
        for name in names
    ]


def _quality(
    merchant_id: UUID,
    category: str,
    samples: Samples,
    rules: Sequence[MetricRule],
    period: QualityPeriod | None,
    now: datetime,
) -> Quality:
    parts = contributions(samples, rules)
    components = tuple(
        Component(
            rule,
            sample := samples.get(rule.metric, NO_DATA),
            round(parts[rule.metric]),
            rate(rule, sample),
            level(_THRESHOLDS[rule.metric], sample),
        )
        for rule in rules
    )
    index = quality_bp(samples, rules)
    return Quality(merchant_id, category, index, prior_bp(rules), period, components, now)


async def review_line(
    ctx: Context, line_id: UUID, stars: int, text: str | None, key: str
) -> Outcome:
    """Say what one thinks of a line that one received.

    Raises: SignInFirst; BadInput for stars that are not 1 to 5, and for too long a text.
    """
    if not 1 <= stars <= 5:
        raise BadInput("Give 1 to 5 stars.", reason="STARS_INVALID", argument="stars")
    if text is not None and len(stored_text(text, "text")) > MOST_TEXT:
        message = f"Write at most {MOST_TEXT:,} characters."
        raise BadInput(message, reason="TEXT_TOO_LONG", argument="text")
    given = {"line": str(line_id), "stars": stars, "text": text}

    async def act(customer_id: UUID) -> Outcome:
        match await reviews.review(line_id, customer_id, stars, text or None, ctx.now):
            case reviews.Review() as made:
                after = {"stars": stars}
                await audited(ctx, "reviewOrderLine", "Review", made.id, after=after)
                return {"review": str(line_id)}
            case reviews.ReviewedBefore(review_id):
                return {"code": "REVIEWED_BEFORE", "review_id": str(review_id)}
            case reviews.NotDelivered():
                return {"code": "NOT_DELIVERED"}
            case None:
                return {}

    return await customer_once(ctx, "reviewOrderLine", key, given, act)


async def review_of(ctx: Context, line_id: UUID) -> reviews.Review | None:
    """The review of a line of the caller's."""
    async with ctx.private():
        return await reviews.of_line(line_id)
