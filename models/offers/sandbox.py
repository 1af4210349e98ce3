"""A merchant's test space: made, filled and emptied by jobs, its clock set by requests.

A sandbox is a merchant of its own beside the real one. Its offers are `MERCHANT_NOT_SELLING`
everywhere, so no customer is shown one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.markets import MarketStage
from domain.merchants import MerchantState
from domain.offers.lines import FeedMode
from models.base import execute, fetch, fetchrow, fetchval, transaction
from models.catalog import Category
from models.markets import Market
from models.merchants import Merchant, MerchantQuality, MerchantShipping, MerchantSite
from models.offers.feeds import Feed

FEED = "main"
EVERY_SECONDS = 3_600
SEEDED_OFFERS = 20
COUNTS = {
    "FAILURE_RATE": [40, 1_000],
    "CANCELLATION_RATE": [12, 1_050],
    "LATE_SHIPMENT_RATE": [60, 1_040],
    "LATE_REPLY_RATE": [20, 300],
    "RATING": [1_720, 400],
    "LAB_CONFORMITY": [11, 12],
}
"""The counts behind the quality of every sandbox, as of `MerchantQuality.inputs`: invented."""


class SandboxState(StrEnum):
    """Whether a sandbox has its data."""

    PREPARING = "PREPARING"
    READY = "READY"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The sandbox of a merchant. `sandbox_id` is the merchant that it is; `now` its clock."""

    merchant_id: UUID
    sandbox_id: UUID
    state: SandboxState
    ahead: timedelta
    now: datetime
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Sample:
    """A variant of the catalogue that a sandbox's feed offers."""

    gtin: str
    brand: str
    model: str


_COLUMNS = (
    "merchant_id, sandbox_id, state, ahead, boucle_now(sandbox_id) AS now, made_at FROM sandbox "
)


async def of(merchant_id: UUID, *, locked: bool = False) -> Sandbox | None:
    """The sandbox of a merchant, or that which it is itself."""
    lock = " FOR UPDATE" if locked else ""
    row = await fetchrow(
        "SELECT " + _COLUMNS + "WHERE merchant_id = $1 OR sandbox_id = $1" + lock, merchant_id
    )
    return Sandbox(**dict(row) | {"state": SandboxState(row["state"])}) if row else None


async def is_one(merchant_id: UUID) -> bool:
    """Whether a merchant is the sandbox of another."""
    return bool(
        await fetchval("SELECT EXISTS (SELECT FROM sandbox WHERE sandbox_id = $1)", merchant_id)
    )


async def add(merchant_id: UUID, sandbox_id: UUID) -> None:
    """Note a sandbox that a job is about to make."""
    await execute(
        "INSERT INTO sandbox (merchant_id, sandbox_id) VALUES ($1, $2)", merchant_id, sandbox_id
    )


async def to_prepare(sandbox_id: UUID) -> None:
    """Its data are about to be made anew."""
    await execute("UPDATE sandbox SET state = 'PREPARING' WHERE sandbox_id = $1", sandbox_id)


async def advance(sandbox_id: UUID, by: timedelta) -> None:
    """Set its clock forward. Keys that have a successor end so much sooner."""
    await execute("UPDATE sandbox SET ahead = ahead + $2 WHERE sandbox_id = $1", sandbox_id, by)
    await execute(
        "UPDATE api_key SET expires_at = expires_at - $2::interval "
        "WHERE merchant_id = $1 AND successor_id IS NOT NULL AND revoked_at IS NULL",
        sandbox_id,
        by,
    )


async def empty(sandbox_id: UUID) -> None:
    """Forget what a sandbox holds and set its clock to ours. Nothing of it is shown anywhere."""
    for table in ("offer_market", "offer", "feed_run", "feed", "stored_file", "event"):
        await execute(_EMPTY[table], sandbox_id)
    await execute("UPDATE sandbox SET ahead = '0' WHERE sandbox_id = $1", sandbox_id)


_OF_RUNS = "WHERE run_id IN (SELECT id FROM feed_run WHERE merchant_id = $1)"
_EMPTY = {
    "offer_market": "DELETE FROM offer_market WHERE merchant_id = $1",
    "offer": "DELETE FROM offer WHERE merchant_id = $1",
    "feed_run": f"WITH lines AS (DELETE FROM feed_line {_OF_RUNS}), "  # noqa: S608 - of ours
    f"same AS (DELETE FROM feed_unchanged {_OF_RUNS}) DELETE FROM feed_run WHERE merchant_id = $1",
    "feed": "DELETE FROM feed WHERE merchant_id = $1",
    "stored_file": "DELETE FROM stored_file WHERE merchant_id = $1",
    "event": "DELETE FROM event WHERE merchant_id = $1",
}


async def bring(real: Merchant, sandbox_id: UUID) -> tuple[Merchant, Feed]:
    """The merchant that the sandbox of another is, with sites, shipping, quality and a feed.

    Whatever is there already is left as it is.
    """
    home = await Market.filter(stage=MarketStage.PUBLIC).order_by("code").first()
    async with transaction():
        made, fresh = await Merchant.get_or_create(
            {
                "slug": f"{real.slug[:40]}-sandbox-{sandbox_id.hex[-8:]}",
                "legal_name": real.legal_name,
                "name": f"{real.name} (sandbox)",
                "kind": real.kind,
                "state": MerchantState.ACTIVE,
                "country": real.country,
                "markets": real.markets or ([home.code] if home else []),
                "vat_scheme": real.vat_scheme,
                "oss": real.oss,
                "handling_hours": real.handling_hours,
                "sandbox": True,
            },
            id=sandbox_id,
        )
        if fresh:
            await _places(real, made)
            await _quality(made)
        feed, _ = await Feed.get_or_create(
            {
                "mode": FeedMode.FULL,
                "every_seconds": EVERY_SECONDS,
                "settings": {"markets": list(made.markets)},
            },
            merchant_id=made.id,
            name=FEED,
        )
    return made, feed


async def ready(sandbox_id: UUID) -> None:
    """It has its data."""
    await execute("UPDATE sandbox SET state = 'READY' WHERE sandbox_id = $1", sandbox_id)


async def samples(limit: int = SEEDED_OFFERS) -> list[Sample]:
    """Variants with a number, the first of so many products in the order of their slugs."""
    rows = await fetch(
        "SELECT DISTINCT ON (p.slug) g.gtin, b.name AS brand, p.model FROM product p "
        "JOIN brand b ON b.id = p.brand_id JOIN variant v ON v.product_id = p.id "
        "JOIN variant_gtin g ON g.variant_id = v.id ORDER BY p.slug, v.slug, g.gtin LIMIT $1",
        limit,
    )
    return [Sample(**dict(row)) for row in rows]


async def _places(real: Merchant, made: Merchant) -> None:
    sites = await MerchantSite.filter(merchant_id=real.id)
    await MerchantSite.bulk_create(
        [MerchantSite(merchant=made, code=s.code, country=s.country, main=s.main) for s in sites]
        or [MerchantSite(merchant=made, code="main", country=made.country, main=True)]
    )
    options = await MerchantShipping.filter(merchant_id=real.id)
    await MerchantShipping.bulk_create(
        [
            MerchantShipping(
                merchant=made,
                market=each.market,
                carrier=each.carrier,
                delay_hours=each.delay_hours,
                price_minor=each.price_minor,
            )
            for each in options
        ]
    )


async def _quality(made: Merchant) -> None:
    for category in await Category.filter(parent=None).order_by("code"):
        row = MerchantQuality(
            merchant=made, category=category.code, quality_bp=0, inputs=COUNTS, parts={}
        )
        row.measure()
        await row.save(force_create=True)
