"""What an owner's keys asked for, and what is left in their buckets."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.accounts.roles import CallerKind
from models.accounts import ApiKey, usage
from models.accounts import keys as stored
from models.accounts.usage import Hour
from models.base import USAGE
from models.offers.read import Position
from resolvers import paging
from resolvers.accounts.keys import Owner, readable
from resolvers.context import BadInput, Context, Level

MOST_HOURS = 720
MOST_KEYS = 100


@dataclass(frozen=True, slots=True)
class Used:
    """A page of hours, their sums, and what is left in the bucket of each usable key."""

    page: paging.Page[Hour]
    total: Hour
    levels: Mapping[str, Level]


async def used(
    ctx: Context, owner: Owner, hours: int, key_id: UUID | None, first: int, after: str | None
) -> Used:
    """What an owner's keys asked for in the last hours; nothing of one that is not the caller's.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    found = await readable(ctx, owner)
    if not 1 <= hours <= MOST_HOURS:
        raise BadInput(f"`hours` is {hours}: ask for 1 to {MOST_HOURS}.", argument="hours")
    since = ctx.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1)
    size = paging.size(first)
    of = paging.fingerprint("usage", owner, ctx.caller.tenant, hours, key_id)
    at = paging.opened(after, of, ctx.seal)
    if found is None:
        return Used(paging.page([], size, of, ctx.seal), Hour("", since, 0, 0.0, 0, 0), {})
    keys = await _keys(found, key_id)
    prefix = None if key_id is None else next((key.prefix for key in keys), "")
    from_ = (datetime.fromtimestamp(at.key1, UTC), _prefix(at.id)) if at else None
    owned = (found.merchant_id, found.organisation_id)
    async with ctx.private(USAGE if ctx.caller.kind is CallerKind.STAFF else None):
        rows = await usage.hours(owned, since, prefix, from_, size + 1)
        total = await usage.total(owned, since, prefix)
    placed = [(row, Position(int(row.hour.timestamp()), 0, _id(row.key_prefix))) for row in rows]
    usable = [key for key in keys if key.usable(ctx.now)][:MOST_KEYS]
    levels = await asyncio.gather(*(ctx.level(key.prefix, _role(found)) for key in usable))
    known = {key.prefix: level for key, level in zip(usable, levels, strict=True) if level}
    return Used(paging.page(placed, size, of, ctx.seal), total, known)


async def _keys(owner: Owner, key_id: UUID | None) -> list[ApiKey]:
    if key_id is None:
        return await stored.owned(owner.merchant_id, owner.organisation_id, None, MOST_KEYS)
    row = await stored.read(key_id)
    mine = row is not None and Owner(row.merchant_id, row.organisation_id) == owner
    return [row] if row is not None and mine else []


def _role(owner: Owner) -> str:
    return "MERCHANT" if owner.merchant_id else "ORGANISATION"


def _id(prefix: str) -> UUID:
    """The 12 characters of a prefix, as a cursor holds them."""
    return UUID(bytes=prefix.encode()[:16].ljust(16, b"\0"))


def _prefix(packed: UUID) -> str:
    return packed.bytes.rstrip(b"\0").decode()
