"""A merchant reads its own offers, and follows what changed of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from domain.offers.items import key_of
from models.offers import changes as feed
from models.offers import own
from models.offers.changes import Change
from models.offers.own import Filter, OwnOffer
from models.offers.read import Position
from resolvers import paging
from resolvers.context import BadInput, Context, stored_text

__all__ = ["READ", "Changes", "Filter", "changes", "offer", "offers"]

READ = "offers:read"
KEPT = timedelta(days=30)
MOST_NAMED = 100


async def offers(
    ctx: Context, asked: Filter, first: int, after: str | None
) -> paging.Page[OwnOffer]:
    """The caller's offers by SKU. Raises: SignInFirst, Forbidden, BadInput."""
    merchant_id = ctx.merchant_id(READ)
    if asked.skus is not None:
        asked = replace(asked, skus=_keys(asked.skus))
    size, of = paging.size(first), paging.fingerprint("own", merchant_id, repr(asked))
    position = paging.opened(after, of, ctx.seal)
    async with ctx.acting(READ):
        rows = await own.page(merchant_id, asked, position.key1 if position else "", size + 1)
    return paging.page_of(rows, lambda row: Position(row.sku_key, 0, row.id), size, of, ctx.seal)


async def offer(ctx: Context, sku: str | None, offer_id: UUID | None) -> OwnOffer | None:
    """One of the caller's offers; None for any other. Raises: SignInFirst, Forbidden, BadInput."""
    if (sku is None) == (offer_id is None):
        raise BadInput("Name the offer by one of `sku` and `id`.", argument="sku")
    async with ctx.acting(READ) as merchant_id:
        if offer_id is not None:
            return (await own.some(merchant_id, [offer_id])).get(offer_id)
        key = key_of(stored_text(sku or "", "sku")).value
        return await own.by_sku(merchant_id, key) if key else None


def _keys(skus: Sequence[str]) -> list[str]:
    if len(skus) > MOST_NAMED:
        raise BadInput(
            f"`skus` names {len(skus)}: at most {MOST_NAMED}.",
            reason="INVALID_FILTER",
            argument="skus",
        )
    return [key for sku in skus if (key := key_of(stored_text(sku, "skus")).value)]


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes in their order, with the present state of each offer, and where to go on.

    Shapes: an offer that is there no more has no state.
    """

    changes: Sequence[tuple[Change, OwnOffer | None]]
    cursor: str
    has_more: bool
    as_of: datetime


async def changes(ctx: Context, since: str | None, first: int) -> Changes:
    """What changed of the caller's offers since a cursor; without one only a cursor, of now.

    Nothing is missed and an offer's state never goes back; one that changed twice may be told
    twice. Raises: SignInFirst, Forbidden; BadInput with reason CURSOR_EXPIRED for a cursor that is
    older than 30 days, or not one of these.
    """
    merchant_id, size = ctx.merchant_id(READ), paging.size(first)
    place = _opened(ctx, since, merchant_id)
    async with ctx.acting(READ):
        here = await feed.horizon(place.xid if place else "0")
        if place is None:
            return Changes([], _closed(ctx, here.place, merchant_id), False, here.place.at)
        if here.foreign or place.at < here.place.at - KEPT:
            raise _expired()
        rows = await feed.changes(merchant_id, place, here.place, size + 1)
        states = await own.some(merchant_id, [row.offer_id for row in rows[:size]])
    more, rows = len(rows) > size, rows[:size]
    last = rows[-1].place if more else here.place
    told = [(row, None if row.removed else states.get(row.offer_id)) for row in rows]
    return Changes(told, _closed(ctx, last, merchant_id), more, here.place.at)


def _of(merchant_id: UUID) -> str:
    return paging.fingerprint("changes", merchant_id)


def _closed(ctx: Context, place: feed.Place, merchant_id: UUID) -> str:
    facts = [place.xid, place.n, place.k, place.at.isoformat()]
    return ctx.seal.close(orjson.dumps(facts), _of(merchant_id))


def _opened(ctx: Context, since: str | None, merchant_id: UUID) -> feed.Place | None:
    if since is None:
        return None
    text = ctx.seal.open(since, _of(merchant_id))
    if text is None:
        raise _expired()
    xid, n, k, at = orjson.loads(text)
    return feed.Place(xid, n, k, datetime.fromisoformat(at))


def _expired() -> BadInput:
    return BadInput(
        "This cursor is not of these changes, or older than 30 days: ask without `since` for a new "
        "one, then read all `offers`.",
        reason="CURSOR_EXPIRED",
        argument="since",
    )
