"""What live readers read again: the featured offer, with the version of what was read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from models.base import fetchrow
from models.offers.read import FeaturedRow
from models.offers.read_sql import sql

# One statement, so one snapshot: its end is a transaction number, which only grows.
_NOW = (
    "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS version, "
    "statement_timestamp() AS as_of, f.featured FROM (SELECT) one LEFT JOIN ({featured}) f ON true"
)


@dataclass(frozen=True, slots=True)
class FeaturedNow:
    """The featured offer, or that none competes, as one snapshot of the database shows it.

    `version` never shrinks: of two readings the one with the greater version is the newer.
    """

    featured: FeaturedRow | None
    version: int
    as_of: datetime


async def featured_now(
    market: str, variant_id: UUID, grade: int | None, bucket: int
) -> FeaturedNow:
    """The featured offer of a variant and grade, or across grades. One statement."""
    row = await fetchrow(_NOW.format(featured=sql("featured")), market, variant_id, grade, bucket)
    if row is None:
        raise LookupError("a statement without FROM has one row")
    found = orjson.loads(row["featured"]) if row["featured"] else None
    featured = FeaturedRow.of_json(found) if found else None
    return FeaturedNow(featured, row["version"], row["as_of"])
