"""Ranking models: versioned parameters per market."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from tortoise import fields

from domain.catalog import Grade
from domain.merchants.quality import DEFAULT_RULES
from domain.ranking import model as rules
from models.base import Row


class RankingModel(Row):
    """An immutable version of the ranking parameters of a market, and the peer priors in it."""

    code = fields.CharField(max_length=64, unique=True)
    market = fields.CharField(max_length=2)
    parameters = fields.JSONField[dict[str, Any]]()
    priors = fields.JSONField[dict[str, Any]]()
    prior_bp = fields.IntField()
    valid_from = fields.DatetimeField()

    class Meta:
        table = "ranking_model"


_PLAIN: Final = (
    *("quality_bp", "in_country_bp", "delivery_bp", "warranty_bp", "battery_bp"),
    *("max_sharers", "band_bp", "lead_share_bp"),
)
QUALITY_FLOOR_BP = 2_000
MAX_DAYS = 15


async def store(model: rules.RankingModel) -> bool:
    """Add a model, unless it is there; return whether it was new.

    Shapes: `grade_worth_bp` is a list from FAIR to PREMIUM, so that SQL finds a grade by its rank.
    """
    p = model.parameters
    grades = sorted(Grade, key=lambda grade: grade.rank)
    _, new = await RankingModel.get_or_create(
        code=model.id,
        defaults={
            "market": model.market,
            "prior_bp": model.prior_bp,
            "valid_from": model.valid_from,
            "priors": {rule.metric.value: str(rule.prior) for rule in model.priors},
            "parameters": {
                "quality_bp": p.quality_bp,
                "in_country_bp": p.in_country_bp,
                "delivery_bp": p.delivery_bp,
                "warranty_bp": p.warranty_bp,
                "battery_bp": p.battery_bp,
                "max_sharers": p.max_sharers,
                "band_bp": p.band_bp,
                "lead_share_bp": p.lead_share_bp,
                "grade_worth_bp": [p.grade_worth(grade) for grade in grades],
                "quality_floor_bp": QUALITY_FLOOR_BP,
                "max_days": MAX_DAYS,
            },
        },
    )
    return new


async def in_force(market: str, at: datetime) -> tuple[rules.RankingModel | None, ...]:
    """The model of a market at a moment, and the next one that was published; None for none."""
    now = (
        await RankingModel.filter(market=market, valid_from__lte=at)
        .order_by("-valid_from")
        .limit(1)
    )
    then = (
        await RankingModel.filter(market=market, valid_from__gt=at).order_by("valid_from").limit(1)
    )
    return tuple(_model(row[0]) if row else None for row in (now, then))


def _model(row: RankingModel) -> rules.RankingModel:
    plain = {name: row.parameters[name] for name in _PLAIN}
    worths = {grade: row.parameters["grade_worth_bp"][grade.rank] for grade in Grade}
    priors = tuple(
        replace(rule, prior=Fraction(row.priors[rule.metric.value])) for rule in DEFAULT_RULES
    )
    parameters = rules.RankingParameters(**plain, grade_worth_bp=worths)
    return rules.RankingModel(row.code, row.market, parameters, priors, row.valid_from)
