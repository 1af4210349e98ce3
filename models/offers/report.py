"""What merchants read of their runs: pages of runs, and the outcome of every line."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson

from domain.money import Currency, amount_of
from domain.offers.lines import LineOutcome
from models.base import fetch
from models.offers.feeds import Feed, FeedRun

# Lines that changed something, or of which something is said, are rows; the others are ranges of
# numbers. A range holds a line, so the first `limit` ranges after a position are enough.
_LINES = """
WITH told AS (
  SELECT line, sku, outcome FROM feed_line
  WHERE run_id = $1 AND n = 0 AND line > $2 AND (outcome = $3 OR $3 IS NULL) ORDER BY line LIMIT $4
), ranges AS (
  SELECT lower(r) AS low, upper(r) AS high, k.outcome FROM feed_unchanged u
  CROSS JOIN LATERAL (VALUES ('UNCHANGED', u.lines), ('REJECTED', u.rejected)) k (outcome, lines)
  CROSS JOIN LATERAL unnest(k.lines) r
  WHERE u.run_id = $1 AND ($3 = k.outcome OR $3 IS NULL) AND upper(r) > $2 + 1
  ORDER BY 1 LIMIT $4
), page AS (
  SELECT line, sku, outcome FROM told
  UNION ALL
  SELECT g, NULL, ranges.outcome FROM ranges, generate_series(
    greatest(low, $2 + 1), least(high - 1, greatest(low, $2 + 1) + $4)) g
  ORDER BY line LIMIT $4
)
SELECT p.line, p.sku, p.outcome, (
  SELECT json_agg(json_build_array(f.code, f.field, f.value) ORDER BY f.n) FROM feed_line f
  WHERE f.run_id = $1 AND f.line = p.line AND f.code IS NOT NULL)::text AS problems, (
  SELECT c.changes::text FROM feed_change c WHERE c.run_id = $1 AND c.line = p.line) AS changes
FROM page p ORDER BY p.line
"""


_MONEY = frozenset({"price", "min_price", "max_price"})


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What was said of a line: a code, the column and the value it is about."""

    code: str
    field: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A field that a line would change, before and after; prices as `199.90 EUR`."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a run and its one outcome.

    A line that says nothing new, or was refused only with the whole file, is known by its number
    alone. `changes` are those of a run that waits to be applied.
    """

    line: int
    sku: str | None
    outcome: LineOutcome
    problems: list[LineProblem]
    changes: list[Change]


async def lines(run_id: UUID, outcome: LineOutcome | None, after: int, limit: int) -> list[Line]:
    """The lines after a line number, in the order of the file. One statement."""
    rows = await fetch(_LINES, run_id, after, outcome.value if outcome else None, limit)
    return [
        Line(
            row["line"],
            row["sku"],
            LineOutcome(row["outcome"]),
            [LineProblem(*each) for each in orjson.loads(row["problems"] or "[]")],
            [_change(*each) for each in orjson.loads(row["changes"] or "[]")],
        )
        for row in rows
    ]


def _change(field: str, before: str | None, after: str | None) -> Change:
    if field.partition("[")[0] not in _MONEY:
        return Change(field, before, after)
    return Change(field, _money(before), _money(after))


def _money(stored: str | None) -> str | None:
    """`19990 EUR` as people write it."""
    if stored is None:
        return None
    minor, _, currency = stored.partition(" ")
    return f"{amount_of(int(minor), Currency(currency))} {currency}"


async def rejected(raw: asyncpg.Connection, run_id: UUID) -> list[int]:
    """The numbers of the lines that a run rejected, ascending."""
    rows = await raw.fetch(
        "SELECT line FROM feed_line WHERE run_id = $1 AND n = 0 AND outcome = 'REJECTED' "
        "ORDER BY line",
        run_id,
    )
    return [row["line"] for row in rows]


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
