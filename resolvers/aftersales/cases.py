"""Cases, for the merchant and for the customer whose they are."""

from uuid import UUID

from domain.accounts.roles import CallerKind
from models import aftersales as stored
from models.aftersales import Case
from models.offers.read import Position
from resolvers import paging
from resolvers.context import Context

READ = "cases:read"


async def cases(ctx: Context, first: int, after: str | None) -> paging.Page[Case]:
    """The caller's cases, newest first. Raises: SignInFirst, Forbidden, BadInput."""
    merchant_id, customer_id = _whose(ctx)
    size, of = paging.size(first), paging.fingerprint("cases", merchant_id, customer_id)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        from_id = position.id if position else None
        rows = await stored.owned(merchant_id, customer_id, from_id, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def case(ctx: Context, case_id: UUID) -> Case | None:
    """One of the caller's cases; None for any other. Raises: SignInFirst, Forbidden."""
    merchant_id, customer_id = _whose(ctx)
    async with ctx.private():
        found = await stored.owned(merchant_id, customer_id, None, 1, case_id)
    return found[0] if found else None


def _whose(ctx: Context) -> tuple[UUID | None, UUID | None]:
    """The merchant or the customer who asks: exactly one of them."""
    if ctx.caller.kind is CallerKind.CUSTOMER:
        return None, ctx.customer_id()
    return ctx.merchant_id(READ), None
