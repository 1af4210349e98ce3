"""What time it is for a merchant: ours, but in a sandbox whose clock was advanced.

What depends on time and concerns one merchant asks here, or `boucle_now(merchant_id)` in SQL.
Source: docs/sandbox.md, "Its clock".
"""

from datetime import datetime, timedelta
from uuid import UUID

from models.base import fetchval

NOT_AHEAD = timedelta()


async def ahead_of(merchant_id: UUID) -> timedelta:
    """How far a merchant's clock is ahead of ours: nothing unless it is a sandbox.

    Seen by jobs, and by requests of the sandbox itself or of the merchant that it belongs to.
    """
    found: timedelta | None = await fetchval(
        "SELECT ahead FROM sandbox WHERE sandbox_id = $1", merchant_id
    )
    return found or NOT_AHEAD


async def now_of(merchant_id: UUID) -> datetime:
    """The present moment of a merchant; within a transaction, that of its start."""
    found: datetime = await fetchval("SELECT boucle_now($1)", merchant_id)
    return found
