"""The page of a product in a market: variants, grades, the featured offer, all offers."""

from datetime import date
from fractions import Fraction
from typing import TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.catalog import Grade, GtinProblem, gtin14
from domain.markets import DispatchScope
from domain.markets.pauses import ANYTHING
from domain.merchants.quality import QualityMetric, Sample
from domain.offers.sorting import OfferSort
from domain.ranking.model import DEFAULT_PARAMETERS
from domain.ranking.reasons import PublicReason, Shown, quality_parts, reasons_of
from domain.ranking.rotation import bucket
from domain.ranking.score import Terms
from models import catalog
from models.announce import EVERYTHING, market_topic, product_topic
from models.offers import read
from models.offers.read import FeaturedRow, ListingRow, OfferRow
from resolvers import paging
from resolvers.context import NOT_KEPT, BadInput, Context, depends, stored_text
from resolvers.markets.selling import refuse, sold_in

LONGEST_SLUG = 160


async def listing(
    ctx: Context, market: str, slug: str | None, gtin: str | None, variant_id: UUID | None
) -> ListingRow | None:
    """The page named by exactly one key; None for a product that is not in the catalogue.

    Raises: BadInput for a market that is not open, one that is paused or whose category is, for
    none or several keys, for a bad GTIN.
    """
    sold = await sold_in(ctx, market)
    found = sold.market
    if sum(key is not None for key in (slug, gtin, variant_id)) != 1:
        raise BadInput("Name the listing by one of `slug`, `gtin`, `variantId`.", argument="slug")
    if gtin is not None:
        gtin = _gtin(gtin)
    if slug is not None and len(stored_text(slug, "slug")) > LONGEST_SLUG:
        return None
    turn = bucket(int(ctx.now.timestamp()))
    row = await read.listing(found.code, turn, slug=slug, gtin=gtin, variant_id=variant_id)
    if row is None and (named := await _merged(slug, variant_id)):
        row = await read.listing(found.code, turn, gtin=None, **named)
    depends(market_topic(found.code), product_topic(row.product.id) if row else EVERYTHING)
    if row is not None:
        refuse(sold.standing.scope_of(ANYTHING, [row.product.category]))
    return row


async def _merged(slug: str | None, variant_id: UUID | None) -> "_Named | None":
    """What a product or variant was merged into that had this slug or id."""
    if slug is not None:
        kind, new = await catalog.slug_merged_into(slug) or ("", None)
    else:
        kind, new = (
            "Variant",
            variant_id and (await catalog.merged_into([variant_id])).get(variant_id),
        )
    if new is None:
        return None
    if kind == "Variant":
        return {"slug": None, "variant_id": new}
    rows = await catalog.products_by_id([new])
    return {"slug": rows[0].slug, "variant_id": None} if rows else None


class _Named(TypedDict):
    slug: str | None
    variant_id: UUID | None


def _gtin(text: str) -> str:
    found = gtin14(stored_text(text, "gtin"))
    if isinstance(found, GtinProblem):
        raise BadInput(f"`gtin` is not a trade item number: {found.code}.", argument="gtin")
    return found


async def featured(
    ctx: Context, market: str, variant_id: UUID, grade: Grade | None
) -> FeaturedRow | None:
    """The offer shown first for a variant and grade, or for the variant across grades.

    Of a listing, whose product the answer depends on already.
    """
    turn = bucket(int(ctx.now.timestamp()))
    return await read.featured(market, variant_id, grade.rank if grade else None, turn)


def reasons(row: FeaturedRow) -> tuple[PublicReason, ...]:
    """Why this offer is first, in at most three reasons that name no other merchant."""
    scopes = (DispatchScope.IN_MARKET, DispatchScope.SAME_CUSTOMS_AREA, DispatchScope.ELSEWHERE)
    samples = {
        QualityMetric(key): Sample.of(Fraction(str(x)), int(n))
        for key, (x, n) in row.quality_inputs.items()
    }
    shown = Shown(
        terms=Terms(*row.offer.terms),
        scope=scopes[row.offer.scope],
        battery_new=row.offer.battery_new,
        landed_minor=row.offer.landed_minor,
        next_landed_minor=row.next_landed,
        sharers=row.sharers,
    )
    return reasons_of(shown, quality_parts(samples, DEFAULT_PARAMETERS))


async def offers(
    ctx: Context,
    market: str,
    variants: list[UUID],
    grade: Grade | None,
    sort: OfferSort,
    first: int,
    after: str | None,
) -> paging.Page[OfferRow]:
    """Every offer of a listing that can be bought, in the order asked for.

    Of a listing, whose product the answer depends on already.
    Raises: BadInput for a size outside 1 to 100 and for a foreign cursor.
    """
    size = paging.size(first)
    of = paging.fingerprint("offers", market, sorted(map(str, variants)), grade, sort.value)
    rows = await read.offers(
        market,
        variants,
        grade.rank if grade else None,
        sort,
        paging.opened(after, of, ctx.seal),
        size + 1,
    )
    return paging.page([(each.row, each.position) for each in rows], size, of, ctx.seal)


async def offer(offer_id: UUID) -> OfferRow | None:
    """An offer, if it can be bought somewhere. No topic tells when that changes."""
    depends(NOT_KEPT)
    return await read.offer(offer_id)


def today(ctx: Context, time_zone: str) -> date:
    """The date in a time zone."""
    return ctx.now.astimezone(ZoneInfo(time_zone)).date()
