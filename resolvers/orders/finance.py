"""What a merchant earned, and what of it is owed to it."""

from uuid import NAMESPACE_OID, uuid5

from models.offers.read import Position
from models.orders import ledger
from models.orders.ledger import Balance, Month, Posting
from resolvers import paging
from resolvers.context import Context

READ = "finance:read"


async def balances(ctx: Context) -> list[Balance]:
    """What the caller has with us, by currency. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(READ) as merchant_id:
        ctx.merchant_id(READ, None)
        return await ledger.balances(merchant_id)


async def entries(ctx: Context, first: int, after: str | None) -> paging.Page[Posting]:
    """The caller's entries, youngest first. Raises: SignInFirst, Forbidden, BadInput."""
    size = paging.size(first)
    of = paging.fingerprint("ledger", ctx.caller.merchant_id)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.acting(READ) as merchant_id:
        ctx.merchant_id(READ, None)
        rows = await ledger.page(merchant_id, int(at.key1) if at else None, size + 1)
    return paging.page_of(rows, _place, size, of, ctx.seal)


async def months(ctx: Context, first: int, after: str | None) -> paging.Page[Month]:
    """The caller's months, youngest first. Raises: SignInFirst, Forbidden, BadInput."""
    size = paging.size(first)
    of = paging.fingerprint("statements", ctx.caller.merchant_id)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.acting(READ) as merchant_id:
        ctx.merchant_id(READ, None)
        rows = await ledger.months(merchant_id, str(at.key1) if at else None, size + 1)
    return paging.page_of(rows, _month, size, of, ctx.seal)


def _place(row: Posting) -> Position:
    return Position(row.n, 0, uuid5(NAMESPACE_OID, str(row.n)))


def _month(row: Month) -> Position:
    return Position(row.key, 0, uuid5(NAMESPACE_OID, row.key))
