"""Which topics are wanted at all: what nobody asked for need not be written."""

from collections.abc import Sequence
from uuid import UUID

from models.base import fetch

WANTED = (
    "SELECT DISTINCT merchant_id, unnest(topics) AS topic FROM webhook_endpoint "
    "WHERE deleted_at IS NULL AND state <> 'DISABLED'"
)
"""Merchant and topic, once each, for whoever joins it in a statement of its own."""


async def wanted(merchants: Sequence[UUID] | None = None) -> dict[UUID, frozenset[str]]:
    """The topics that each merchant has an endpoint for, of these merchants or of all.

    A merchant without any is left out. An endpoint that waits for its challenge counts: what
    happens meanwhile is kept for it once it was verified before.
    """
    rows = await fetch(
        f"SELECT merchant_id, array_agg(topic) AS topics FROM ({WANTED}) w "  # noqa: S608  # ours
        "WHERE $1::uuid[] IS NULL OR merchant_id = ANY ($1) GROUP BY merchant_id",
        None if merchants is None else list(merchants),
    )
    return {row["merchant_id"]: frozenset(row["topics"]) for row in rows}
