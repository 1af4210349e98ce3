"""Whoever is known sends photos and documents, and reads those that are theirs or shared."""

from typing import Final
from uuid import UUID

from domain.accounts.roles import CallerKind, Role
from domain.units.attachments import (
    MOST_UNCLAIMED,
    AttachmentPurpose,
    FileFault,
    FileRefused,
    Kept,
)
from models.base import OPERATIONS
from models.units import attachments
from models.units.attachments import Attachment, New, Owner
from resolvers.context import Context

READ_SCOPES: Final = (
    *("cases:read", "fleets:read", "lots:read", "orders:read"),
    *("purchases:read", "trade_in:read"),
)
ROLES: Final = (Role.COUNTRY_TEAM, Role.STAFF_SUPPORT)
MERCHANT_SCOPES: Final = ("trade_in:write", "cases:write", "lots:write", "orders:write")
ORGANISATION_SCOPES: Final = ("fleets:write", "lots:write", "purchases:write")


def owner_of(ctx: Context) -> Owner:
    """For whom the caller sends a file. Raises: SignInFirst; Forbidden without a scope to write."""
    caller = ctx.caller
    if caller.organisation_id is not None:
        scope = next((s for s in ORGANISATION_SCOPES if s in caller.scopes), ORGANISATION_SCOPES[0])
        return Owner(organisation_id=ctx.organisation_id(scope))
    if caller.merchant_id is not None:
        scope = next((s for s in MERCHANT_SCOPES if s in caller.scopes), MERCHANT_SCOPES[0])
        return Owner(merchant_id=ctx.merchant_id(scope))
    return Owner(customer_id=ctx.customer_id())


async def known(
    ctx: Context, sha256: bytes, purpose: AttachmentPurpose
) -> Attachment | FileRefused | None:
    """The attachment that the caller made of these very bytes before; None to make one.

    Refuses: a further one of an owner who has 100 that nothing refers to.
    """
    owner = owner_of(ctx)
    async with ctx.private():
        found = await attachments.same(owner, sha256, purpose)
        if found is None and await attachments.unclaimed(owner) >= MOST_UNCLAIMED:
            return FileRefused(FileFault.TOO_MANY_UNCLAIMED, {"limit": MOST_UNCLAIMED})
    return found


async def keep(ctx: Context, sha256: bytes, purpose: AttachmentPurpose, kept: Kept) -> Attachment:
    """Keep a file of the caller's, that was examined, for two days or until it is referred to."""
    owner = owner_of(ctx)
    async with ctx.private():
        return await attachments.add(New(owner, purpose, sha256, kept, ctx.now))


async def attachment(ctx: Context, attachment_id: UUID) -> Attachment | None:
    """An attachment of the caller's or shared with it; None for any other. Staff see all.

    Raises: SignInFirst; Forbidden without one of the scopes, or of the roles of staff.
    """
    presented = _presented(ctx)
    async with ctx.private(presented):
        return (await attachments.read([attachment_id])).get(attachment_id)


def _presented(ctx: Context) -> str | None:
    """What the caller shows beside who it is. Raises: SignInFirst, Forbidden."""
    caller = ctx.caller
    if caller.kind is CallerKind.STAFF:
        role = next((each for each in ROLES if each.value in caller.roles), ROLES[0])
        ctx.staff_markets(role)
        return OPERATIONS
    scope = next((each for each in READ_SCOPES if each in caller.scopes), READ_SCOPES[0])
    if caller.organisation_id is not None:
        ctx.organisation_id(scope)
    elif caller.merchant_id is not None:
        ctx.merchant_id(scope)
    else:
        ctx.customer_id()
    return None
