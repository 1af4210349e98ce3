"""Competitions as the ranking rules take them, for the merchant of one offer in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.catalog import Grade
from domain.markets import DispatchScope
from domain.merchants.peers import rules_with
from domain.merchants.quality import DEFAULT_RULES, MetricRule, QualityMetric, Sample
from domain.offers.visibility import Reason, price_range
from domain.ranking.model import RankingParameters
from domain.ranking.score import Competitor
from domain.ranking.win import PriceBounds
from models.base import fetch
from models.sql import statements, words

SCOPES = (DispatchScope.IN_MARKET, DispatchScope.SAME_CUSTOMS_AREA, DispatchScope.ELSEWHERE)
SQL = statements(Path(__file__).with_suffix(".sql"))["standings"]


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer by its id, or else by its SKU, in a market."""

    offer_id: UUID | None
    sku: str | None
    market: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the reasons of an offer were measured on.

    Units: minor units of the market's currency; `usual_minor` is the median total of the others,
    if there are five;
    `min_quantity` and `low_stock` are limits of the market, None where it has none.
    """

    named: str
    stock: int
    available_from: datetime | None
    available_until: datetime | None
    price_currency: str
    item_minor: int | None
    landed_minor: int | None
    usual_minor: Fraction | None
    quality_bp: int | None
    days: int | None
    quality_floor: int
    max_days: int
    min_quantity: int | None
    low_stock: int | None


@dataclass(frozen=True, slots=True)
class Own:
    """An offer of the asking merchant in one market, and the rules that ranked it.

    Shapes: `me` is None for an offer without a price or a way of delivery here. `rivals` are the
    offers of other merchants that can decide anything: the first, and those that may share its
    place. `visibility` is 0 hidden, 1 limited, 2 full. `opens_at` is when an offer that waits for
    nothing else will be available.
    Units: minor units of the market's currency; `near` is the landed total and the merit of the
    offer ahead, or behind the first.
    """

    offer_id: UUID
    sku: str
    merchant_id: UUID
    market: str
    currency: str
    own_currency: str
    reasons: list[tuple[Reason, datetime]]
    visibility: int
    me: Competitor | None
    opens_at: datetime | None
    base: int | None
    lowest: int | None
    highest: int | None
    step: int
    model: str
    parameters: RankingParameters
    prior_bp: int
    rules: tuple[MetricRule, ...]
    snapshot_id: str | None
    samples: dict[QualityMetric, Sample]
    rank: int | None
    of: int
    featured: list[UUID]
    sister: bool
    leader_total: int | None
    near: tuple[int, int] | None
    rivals: list[Competitor]
    facts: Facts

    def bounds(self) -> PriceBounds:
        """What its price may be: the merchant's own limits, and those of the market."""
        usual = self.facts.usual_minor
        allowed = None if usual is None else price_range(usual)
        return PriceBounds(
            step_minor=self.step,
            min_price_minor=self.lowest,
            max_price_minor=self.highest,
            lowest_landed_minor=allowed.lowest_minor if allowed else None,
            highest_landed_minor=allowed.highest_minor if allowed else None,
        )

    @property
    def competes(self) -> bool:
        """Whether it is in the competition."""
        return self.visibility == 2 and self.me is not None


async def standings(merchant_id: UUID, asked: Sequence[Asked]) -> list[Own | None]:
    """What was asked for, in its order; None for no offer of this merchant, or not meant for there.

    One statement, and so one snapshot of the database. Call it in a transaction of the merchant.
    """
    rows = await fetch(
        SQL,
        merchant_id,
        [each.offer_id for each in asked],
        [each.sku.casefold() if each.sku is not None else None for each in asked],
        [each.market for each in asked],
    )
    found: list[Own | None] = [None] * len(asked)
    for row in rows:
        found[row["n"] - 1] = _own(row, merchant_id)
    return found


def _own(row: asyncpg.Record, merchant_id: UUID) -> Own:
    near = row["near_landed"]
    return Own(
        offer_id=row["own_id"],
        sku=row["sku"],
        merchant_id=merchant_id,
        market=row["in_market"],
        currency=row["market_currency"],
        own_currency=row["own_currency"],
        reasons=_reasons(row),
        visibility=row["visibility"] or 0,
        me=None if row["landed_minor"] is None else competitor(row),
        opens_at=row["available_from"] if row["ready"] and row["visibility"] == 0 else None,
        base=row["base_minor"],
        lowest=row["lowest"],
        highest=row["highest"],
        step=row["price_step_minor"],
        model=row["model"],
        parameters=parameters_of(row["parameters"]),
        prior_bp=row["prior_bp"],
        rules=rules_with(DEFAULT_RULES, orjson.loads(row["priors"])),
        snapshot_id=row["snapshot_id"],
        samples=_samples(row["quality_inputs"] or "{}"),
        rank=row["place"],
        of=row["competing"],
        featured=row["group_offers"] or [],
        sister=row["sister"],
        leader_total=row["lead_landed"],
        near=None if near is None else (near, row["near_merit"]),
        rivals=[_rival(each) for each in orjson.loads(row["rivals"] or "[]")],
        facts=_facts(row),
    )


def _reasons(row: asyncpg.Record) -> list[tuple[Reason, datetime]]:
    if row["unknown"]:
        found = [(Reason.PRODUCT_UNDER_REVIEW, row["own_updated_at"])]
        if row["status"] == "PAUSED":
            why = Reason(row["paused_because"] or Reason.PAUSED_BY_MERCHANT)
            found.append((why, row["own_updated_at"]))
        if row["status"] == "ABSENT":
            found.append((Reason.ABSENT_FROM_FEED, row["own_updated_at"]))
        return found
    since = row["reasons_since"] or [row["changed_at"]] * len(row["reasons"])
    return [(Reason(code), at) for code, at in zip(row["reasons"], since, strict=True)]


def _facts(row: asyncpg.Record) -> Facts:
    limits = orjson.loads(row["parameters"])
    return Facts(
        named=row["gtin"] or row["mpn"] or row["title"] or row["sku"],
        stock=row["stock"],
        available_from=row["available_from"],
        available_until=row["available_until"],
        price_currency=row["price_currency"],
        item_minor=row["item_minor"],
        landed_minor=row["landed_minor"],
        usual_minor=None if row["usual_doubled"] is None else Fraction(row["usual_doubled"], 2),
        quality_bp=row["quality_bp"],
        days=row["days"],
        quality_floor=limits["quality_floor_bp"],
        max_days=limits["max_days"],
        min_quantity=limits.get("min_quantity"),
        low_stock=limits.get("low_stock"),
    )


def _rival(row: list[Any]) -> Competitor:
    fields = words(
        "item_minor shipping_minor service_fee_minor levies_minor duties_minor quality_bp days "
        "warranty_months battery_new battery_health"
    )
    offer, merchant, *plain, scope, listed = row
    return Competitor(
        offer_id=UUID(offer),
        merchant_id=UUID(merchant),
        scope=SCOPES[scope],
        listed_at=datetime.fromisoformat(listed),
        **dict(zip(fields, plain, strict=True)),
    )


def competitor(row: asyncpg.Record) -> Competitor:
    """A price row as the rules take it."""
    return Competitor(
        offer_id=row["offer_id"],
        merchant_id=row["merchant_id"],
        item_minor=row["item_minor"],
        shipping_minor=row["shipping_minor"],
        service_fee_minor=row["service_fee_minor"],
        levies_minor=row["levies_minor"],
        duties_minor=row["duties_minor"],
        quality_bp=row["quality_bp"],
        days=row["days"],
        warranty_months=row["warranty_months"],
        battery_new=row["battery_new"],
        battery_health=row["battery_health"],
        scope=SCOPES[row["scope"]],
        listed_at=row["listed_at"],
    )


@lru_cache(maxsize=256)
def _samples(inputs: str) -> dict[QualityMetric, Sample]:
    return {
        QualityMetric(key): Sample.of(Fraction(str(x)), int(n))
        for key, (x, n) in orjson.loads(inputs).items()
    }


@lru_cache(maxsize=256)
def parameters_of(text: str) -> RankingParameters:
    """Parameters as `models.ranking.store` wrote them."""
    stored = orjson.loads(text)
    plain = words(
        "quality_bp in_country_bp delivery_bp warranty_bp battery_bp max_sharers band_bp "
        "lead_share_bp"
    )
    worth = {g: stored["grade_worth_bp"][g.rank] for g in Grade}
    return RankingParameters(**{name: stored[name] for name in plain}, grade_worth_bp=worth)
