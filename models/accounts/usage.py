"""What API keys asked for, by the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.base import USAGE, Tenant, acting, execute, fetch


@dataclass(frozen=True, slots=True)
class Hour:
    """What one key asked for in the hour that begins at `hour`. Units: `points` as of costs."""

    key_prefix: str
    hour: datetime
    requests: int
    points: float
    refused: int
    errors: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What is added to an hour of a key, and whose key it is."""

    counts: Hour
    merchant_id: UUID | None
    organisation_id: UUID | None


async def add(rows: Sequence[Counted]) -> None:
    """Add counts to those of their hours, in a transaction of its own and one statement."""
    hours = [row.counts for row in rows]
    async with acting(Tenant(presented=USAGE)):
        await execute(
            """
            INSERT INTO api_usage AS u (key_prefix, hour, merchant_id, organisation_id, requests,
              points, refused, errors)
            SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::uuid[],
              $5::bigint[], $6::float8[], $7::bigint[], $8::bigint[]) AS given ORDER BY 1, 2
            ON CONFLICT (key_prefix, hour) DO UPDATE SET
              requests = u.requests + excluded.requests, points = u.points + excluded.points,
              refused = u.refused + excluded.refused, errors = u.errors + excluded.errors
            """,
            [each.key_prefix for each in hours],
            [each.hour for each in hours],
            [row.merchant_id for row in rows],
            [row.organisation_id for row in rows],
            [each.requests for each in hours],
            [each.points for each in hours],
            [each.refused for each in hours],
            [each.errors for each in hours],
        )


_OF = """
SELECT key_prefix, hour, requests, points, refused, errors FROM api_usage
WHERE {owner} = $1 AND hour >= $2 AND ($3::text IS NULL OR key_prefix = $3)
  AND ($4::timestamptz IS NULL OR (hour, key_prefix) < ($4, $5))
ORDER BY hour DESC, key_prefix DESC LIMIT $6
"""
_TOTAL = """
SELECT COALESCE(sum(requests), 0)::bigint AS requests, COALESCE(sum(points), 0)::float8 AS points,
  COALESCE(sum(refused), 0)::bigint AS refused, COALESCE(sum(errors), 0)::bigint AS errors
FROM api_usage WHERE {owner} = $1 AND hour >= $2 AND ($3::text IS NULL OR key_prefix = $3)
"""
Owned = tuple[UUID | None, UUID | None]


async def hours(
    owner: Owned,
    since: datetime,
    prefix: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Hour]:
    """The hours of an owner's keys, the last first, those before a position."""
    at, last = after or (None, None)
    rows = await fetch(_sql(_OF, owner), owner[0] or owner[1], since, prefix, at, last, limit)
    return [Hour(**dict(row)) for row in rows]


async def total(owner: Owned, since: datetime, prefix: str | None) -> Hour:
    """The sums of the same."""
    [row] = await fetch(_sql(_TOTAL, owner), owner[0] or owner[1], since, prefix)
    return Hour(prefix or "", since, **dict(row))


def _sql(text: str, owner: Owned) -> str:
    return text.format(owner="merchant_id" if owner[0] else "organisation_id")
