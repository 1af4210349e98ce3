"""What happened to orders, counted for each merchant, and the quality index that follows.

The same count serves the ranking at night, the merchant and staff. Source: docs/rules/quality.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from domain.merchants.peers import peer_rules, rules_with
from domain.merchants.quality import (
    DEFAULT_RULES,
    MetricRule,
    QualityMetric,
    Sample,
    Samples,
    contributions,
    quality_bp,
)
from domain.ranking.model import RankingModel, ranking_model
from models.offers.compete import parameters_of
from models.ranking import store
from models.sql import statements

SQL = statements(Path(__file__).with_name("quality.sql"))
Counted = dict[tuple[UUID, str], dict[QualityMetric, Sample]]
_WINDOWS: Final = (
    QualityMetric.FAILURE_RATE,
    QualityMetric.CANCELLATION_RATE,
    QualityMetric.LATE_SHIPMENT_RATE,
    QualityMetric.LATE_REPLY_RATE,
    QualityMetric.RATING,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a night's measuring changed: merchants whose index moved, and whether priors did."""

    moved: frozenset[UUID]
    priors: bool


def windows(days: int | None = None) -> list[int]:
    """The days that each metric looks back, in the order of `counts`; all the same if `days`."""
    own = {rule.metric: rule.window_days for rule in DEFAULT_RULES}
    return [own[metric] if days is None else days for metric in _WINDOWS]


async def counted(
    raw: asyncpg.Connection, at: datetime, merchant_id: UUID | None = None, days: int | None = None
) -> Counted:
    """What was counted of each merchant, or of one, by top category, in each metric's window."""
    found: Counted = defaultdict(dict)
    for row in await raw.fetch(SQL["counts"], at, merchant_id, windows(days)):
        key = row["merchant_id"], row["category"]
        found[key][QualityMetric(row["metric"])] = Sample.of(row["x"], row["n"], row["squares"])
    return dict(found)


async def rules_now(raw: asyncpg.Connection, at: datetime) -> tuple[MetricRule, ...]:
    """The metric rules with the priors of the newest ranking model in force."""
    models = await raw.fetch(SQL["models"], at)
    if not models:
        return DEFAULT_RULES
    newest = max(models, key=lambda row: (row["valid_from"], row["code"]))
    return rules_with(DEFAULT_RULES, orjson.loads(newest["priors"]))


async def measure(raw: asyncpg.Connection, at: datetime) -> Measured:
    """Count anew, in the current transaction of a job; write what differs from what is stored.

    Where what peers do has moved, every market gets a ranking model with the new priors, in force
    from now on, and each index follows. The caller ranks again what the moved merchants offer.
    """
    found = await counted(raw, at)
    spaces = {row["sandbox_id"] for row in await raw.fetch(SQL["of_sandboxes"])}
    found = {key: samples for key, samples in found.items() if key[0] not in spaces}
    before = await rules_now(raw, at)
    rules = peer_rules(before, _by_merchant(found))
    renewed = rules != before and await _renew(raw, at, rules)
    moved = await _keep(raw, found, rules if renewed else before)
    return Measured(frozenset(moved), renewed)


def _by_merchant(found: Counted) -> Iterable[Samples]:
    """The samples of each merchant, its categories together."""
    together: dict[UUID, dict[QualityMetric, Sample]] = defaultdict(dict)
    for (merchant_id, _), samples in found.items():
        own = together[merchant_id]
        for metric, sample in samples.items():
            so_far = own.get(metric, Sample.of(0, 0))
            own[metric] = Sample.of(so_far.x + sample.x, so_far.n + sample.n)
    return together.values()


async def _renew(raw: asyncpg.Connection, at: datetime, rules: Sequence[MetricRule]) -> bool:
    """Give every market a model with these priors; False where one cannot have them."""
    models = [
        ranking_model(row["market"], at, parameters_of(row["parameters"]), tuple(rules))
        for row in await raw.fetch(SQL["models"], at)
    ]
    allowed = [model for model in models if isinstance(model, RankingModel)]
    if len(allowed) < len(models):
        return False
    for model in allowed:
        await store(model)
    return bool(models)


async def _keep(raw: asyncpg.Connection, found: Counted, rules: Sequence[MetricRule]) -> set[UUID]:
    """Write the figures that differ; the merchants whose index did. Old ones become no data."""
    known = {
        (row["merchant_id"], row["category"]): (
            row["quality_bp"],
            orjson.loads(row["inputs"]),
            orjson.loads(row["parts"]),
        )
        for row in await raw.fetch(SQL["known"])
    }
    wanted = {
        key: figures_of(found.get(key, {}), rules) for key in sorted({*found, *known}, key=str)
    }
    changed = {key: row for key, row in wanted.items() if known.get(key) != row}
    columns = [
        [key[0] for key in changed],
        [key[1] for key in changed],
        [row[0] for row in changed.values()],
        [orjson.dumps(row[1]).decode() for row in changed.values()],
        [orjson.dumps(row[2]).decode() for row in changed.values()],
    ]
    await raw.execute(SQL["keep"], *columns)
    return {key[0] for key, row in changed.items() if key not in known or known[key][0] != row[0]}


def figures_of(
    samples: Samples, rules: Sequence[MetricRule]
) -> tuple[int, dict[str, list[Any]], dict[str, int]]:
    """The index, the counts behind it, and the parts of it, as they are stored."""
    inputs = {
        metric.value: [int(sample.x) if sample.x.denominator == 1 else str(sample.x), sample.n]
        for metric, sample in samples.items()
    }
    parts = {metric.value: round(part) for metric, part in contributions(samples, rules).items()}
    return quality_bp(samples, rules), inputs, parts
