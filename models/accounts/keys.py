"""API keys: made, listed, given a successor, revoked."""

from datetime import datetime
from uuid import UUID

from models.accounts import ApiKey
from models.base import at_desk, execute, fetchval


@at_desk
async def note_use(key_id: UUID, at: datetime, before: datetime) -> None:
    """Remember that a key was used, unless that was noted after `before` already."""
    await execute(
        "UPDATE api_key SET last_used_at = $2 "
        "WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)",
        key_id,
        at,
        before,
    )


@at_desk
async def owned(
    merchant_id: UUID | None, organisation_id: UUID | None, before: UUID | None, limit: int
) -> list[ApiKey]:
    """The keys of one owner, newest first."""
    query = ApiKey.filter(merchant_id=merchant_id, organisation_id=organisation_id)
    if before is not None:
        query = query.filter(id__lt=before)
    return await query.order_by("-id").limit(limit)


@at_desk
async def usable_count(
    merchant_id: UUID | None, organisation_id: UUID | None, now: datetime
) -> int:
    """How many keys of an owner open something."""
    return await ApiKey.filter(
        merchant_id=merchant_id,
        organisation_id=organisation_id,
        expires_at__gt=now,
        revoked_at=None,
    ).count()


@at_desk
async def read(key_id: UUID) -> ApiKey | None:
    """A key by its id."""
    return await ApiKey.get_or_none(id=key_id)


@at_desk
async def lock(key_id: UUID) -> ApiKey | None:
    """A key, locked until the transaction ends."""
    return await ApiKey.filter(id=key_id).select_for_update().first()


@at_desk
async def revoke(key_id: UUID, at: datetime) -> None:
    """End a key at once; one that was revoked before keeps its time."""
    await execute(
        "UPDATE api_key SET revoked_at = $2, updated_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        key_id,
        at,
    )


@at_desk
async def owner_exists(
    merchant_id: UUID | None, organisation_id: UUID | None, markets: list[str] | None
) -> bool:
    """Whether there is such a merchant or organisation; `markets`: a merchant of one of these.

    An organisation belongs to no market, so to those who act in all of them.
    """
    sql = """
        SELECT EXISTS (SELECT FROM merchant WHERE id = $1
                       AND ($3::text[] IS NULL OR markets && $3))
          OR EXISTS (SELECT FROM organisation WHERE id = $2 AND $3::text[] IS NULL)
        """
    return bool(await fetchval(sql, merchant_id, organisation_id, markets))
