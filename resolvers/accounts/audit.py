"""The audit log, for whose it is: every change of theirs, and who made it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.roles import AUDIT_READ, CallerKind, Role
from models import audit
from models.accounts import keys as stored
from models.audit import Wanted, Written
from models.base import DESK
from models.offers.read import Position
from resolvers import paging
from resolvers.accounts.keys import Owner, one_owner
from resolvers.context import Context, SignInFirst, stored_text

EXPORTED_AT_ONCE = 1_000
_LONGEST = 64
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: of an action, of a type of object, since a moment; None is any."""

    action: str | None = None
    object_type: str | None = None
    since: datetime | None = None


async def entries(
    ctx: Context, owner: Owner, asked: Asked, first: int, after: str | None
) -> paging.Page[Written]:
    """The changes of an owner's things, newest first; none of one that is not the caller's.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    found, presented = await _owner(ctx, owner)
    size = paging.size(first)
    of = paging.fingerprint("audit", found, asked.action, asked.object_type, asked.since)
    position = paging.opened(after, of, ctx.seal)
    rows: list[Written] = []
    if found is not None:
        async with ctx.private(presented):
            before = position.key1 if position else None
            rows = await audit.newest(_wanted(found, asked), before, size + 1)
    return paging.page([(row, Position(row.n, 0, _NOBODY)) for row in rows], size, of, ctx.seal)


async def export(ctx: Context, asked: Asked) -> AsyncGenerator[list[Written]]:
    """The same of the caller's own, oldest first and to the end, in pieces of up to 1,000.

    Each piece is read in a transaction of its own; who is slow to take them holds nothing.
    Raises: SignInFirst, Forbidden.
    """
    found, _ = await _owner(ctx, Owner())
    last, more = 0, found is not None
    while found is not None and more:
        async with ctx.private():
            piece = await audit.oldest(_wanted(found, asked), last, EXPORTED_AT_ONCE)
        more = len(piece) == EXPORTED_AT_ONCE
        if piece:
            last = piece[-1].n
            yield piece


async def _owner(ctx: Context, owner: Owner) -> tuple[Owner | None, str | None]:
    """Whose log may be read, and what is presented to see it; None for one that is not theirs."""
    match ctx.caller.kind:
        case CallerKind.MERCHANT:
            return Owner(merchant_id=ctx.merchant_id(AUDIT_READ)), None
        case CallerKind.ORGANISATION:
            return Owner(organisation_id=ctx.organisation_id(AUDIT_READ)), None
        case CallerKind.STAFF:
            _, markets = ctx.staff_markets(Role.COUNTRY_TEAM)
            found = one_owner(owner)
            listed = None if markets is None else sorted(markets)
            there = stored.owner_exists(found.merchant_id, found.organisation_id, listed)
            return (found if await there else None), DESK
        case CallerKind.ANONYMOUS | CallerKind.CUSTOMER:
            raise SignInFirst("Sign in as the owner of a merchant or an organisation, or as staff.")


def _wanted(owner: Owner, asked: Asked) -> Wanted:
    for name, text in (("action", asked.action), ("objectType", asked.object_type)):
        stored_text((text or "")[:_LONGEST], name)
    return Wanted(
        owner.merchant_id,
        owner.organisation_id,
        asked.action and asked.action[:_LONGEST],
        asked.object_type and asked.object_type[:_LONGEST],
        asked.since,
    )
