"""What merchants read of their runs: pages of runs, and the outcome of every line."""

from dataclasses import dataclass
from uuid import UUID

import orjson

from domain.offers.lines import LineOutcome
from models.base import fetch
from models.offers.feeds import Feed, FeedRun

# Lines that changed something, or were refused, are rows; unchanged ones are ranges of numbers. A
# range holds a line, so the first `limit` ranges after a position are enough.
_LINES = """
WITH told AS (
  SELECT line, sku, outcome FROM feed_line
  WHERE run_id = $1 AND n = 0 AND line > $2 AND (outcome = $3 OR $3 IS NULL) ORDER BY line LIMIT $4
), ranges AS (
  SELECT lower(r) AS low, upper(r) AS high FROM feed_unchanged u, unnest(u.lines) r
  WHERE u.run_id = $1 AND ($3 = 'UNCHANGED' OR $3 IS NULL) AND upper(r) > $2 + 1
  ORDER BY 1 LIMIT $4
), page AS (
  SELECT line, sku, outcome FROM told
  UNION ALL
  SELECT g, NULL, 'UNCHANGED' FROM ranges, generate_series(
    greatest(low, $2 + 1), least(high - 1, greatest(low, $2 + 1) + $4)) g
  ORDER BY line LIMIT $4
)
SELECT p.line, p.sku, p.outcome, (
  SELECT json_agg(json_build_array(f.code, f.field, f.value) ORDER BY f.n) FROM feed_line f
  WHERE f.run_id = $1 AND f.line = p.line AND f.code IS NOT NULL)::text AS problems
FROM page p ORDER BY p.line
"""


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What was said of a line: a code, the column and the value it is about."""

    code: str
    field: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a run and its one outcome; an unchanged line is known by its number alone."""

    line: int
    sku: str | None
    outcome: LineOutcome
    problems: list[LineProblem]


async def lines(run_id: UUID, outcome: LineOutcome | None, after: int, limit: int) -> list[Line]:
    """The lines after a line number, in the order of the file. One statement."""
    rows = await fetch(_LINES, run_id, after, outcome.value if outcome else None, limit)
    return [
        Line(
            row["line"],
            row["sku"],
            LineOutcome(row["outcome"]),
            [LineProblem(*each) for each in orjson.loads(row["problems"] or "[]")],
        )
        for row in rows
    ]


async def feeds(merchant_id: UUID) -> list[Feed]:
    """The feeds of a merchant, by name."""
    present = Feed.filter(merchant_id=merchant_id, deleted_at__isnull=True)
    return await present.order_by("name").limit(100)


async def feed(merchant_id: UUID, feed_id: UUID) -> Feed | None:
    """A feed of this merchant, unless it was deleted."""
    return await Feed.get_or_none(id=feed_id, merchant_id=merchant_id, deleted_at__isnull=True)


async def runs(
    merchant_id: UUID, feed_id: UUID | None, before: UUID | None, limit: int
) -> list[FeedRun]:
    """The runs of a merchant, newest first."""
    query = FeedRun.filter(merchant_id=merchant_id)
    if feed_id is not None:
        query = query.filter(feed_id=feed_id)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit)


async def run(merchant_id: UUID, run_id: UUID) -> FeedRun | None:
    """A run of this merchant."""
    return await FeedRun.get_or_none(id=run_id, merchant_id=merchant_id)
