"""Rows for tests: a small catalogue, merchants, feeds and the files that they send."""

import csv
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.markets import MarketStage
from domain.merchants import MerchantKind, MerchantState
from domain.offers.lines import FeedFormat, FeedMode, FeedPolicy, FeedRunState, LineOutcome
from domain.ranking.model import RankingModel, ranking_model
from models.base import execute, fetch, new_id, transaction
from models.catalog import Attribute, Brand, Category, Product, Variant, VariantGtin
from models.markets import Country, Market
from models.merchants import Merchant, MerchantQuality, MerchantShipping, MerchantSite
from models.offers.feeds import Feed, FeedRun
from models.ranking import store
from workers.offers import run as runs

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOURCE = "made up for the tests"
FEES = {"FR": 149, "DE": 0, "GB": 99}
CURRENCIES = {"FR": "EUR", "DE": "EUR", "GB": "GBP"}
AREAS = {"FR": "EU", "DE": "EU", "IT": "EU", "GB": "GB"}
COLORS = ("black", "white", "blue", "red")

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Item:
    """A variant as a feed names it."""

    variant_id: UUID
    product_id: UUID
    gtin: str
    model: str
    brand: str = "Calder"


def gtin(number: int) -> str:
    """A 13-digit number of the range kept for use inside a company."""
    digits = f"20{number:010d}"
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    return f"{digits}{-(odd + 3 * even) % 10}"


async def world(products: int = 2, variants: int = 2) -> list[Item]:
    """Three markets with their ranking, a category, and products of so many variants each."""
    for code, area in AREAS.items():
        await Country.create(
            code=code, name_en=code, name_fr=code, customs_area=area, source=SOURCE
        )
    for code in FEES:
        await market(code)
        await store(rules_of(code))
    parent = await Category.create(code="phones", name_en="Phones", name_fr="T", source=SOURCE)
    leaf = await Category.create(
        code="smartphone", parent=parent.code, name_en="Phone", name_fr="T", source=SOURCE
    )
    await Attribute.create(
        category=leaf.code, key="color", type="TEXT", facet=True, name_en="Colour",
        name_fr="Couleur", source=SOURCE,
    )  # fmt: skip
    brand = await Brand.create(code="calder", name="Calder", source=SOURCE)
    made = [await _product(n, brand, leaf) for n in range(products)]
    return [
        await variant(product, n * variants + m, COLORS[m % len(COLORS)])
        for n, product in enumerate(made)
        for m in range(variants)
    ]


async def market(code: str) -> Market:
    """An open market of one country."""
    return await Market.create(
        code=code, countries=[code], currency=CURRENCIES[code], locales=["en"],
        time_zone="Europe/Paris", languages=["en"], units="metric", tax_inclusive=True,
        stage=MarketStage.PUBLIC, feed_encoding="cp1252", price_step_minor=1,
        service_fee_minor=FEES[code], source=SOURCE,
    )  # fmt: skip


def rules_of(code: str) -> RankingModel:
    """The ranking model of a market, as `world` stores it."""
    made = ranking_model(code, datetime(2024, 1, 1, tzinfo=UTC))
    assert isinstance(made, RankingModel)
    return made


async def _product(number: int, brand: Brand, category: Category) -> Product:
    return await Product.create(
        slug=f"calder-{number}", brand=brand, category=category, model=f"C{number}", source=SOURCE
    )


async def variant(product: Product, number: int, color: str, *, known: bool = True) -> Item:
    """A variant; `known` gives it its GTIN."""
    row = await Variant.create(
        slug=f"calder-{number}-{color}", product=product, attributes={"color": color},
        mpn=f"MPN-{number}", source=SOURCE,
    )  # fmt: skip
    if known:
        await learn(row.id, gtin(number))
    return Item(row.id, product.id, gtin(number), product.model)


async def learn(variant_id: UUID, number: str) -> None:
    """Let the catalogue know the GTIN of a variant."""
    await VariantGtin.create(gtin=number.rjust(14, "0"), variant_id=variant_id)


async def merchant(
    slug: str = "atelier",
    *,
    markets: Sequence[str] = ("FR",),
    country: str = "FR",
    state: MerchantState = MerchantState.ACTIVE,
    quality_bp: int | None = None,
    shipping_minor: int = 0,
    delay_hours: int = 48,
    **more: Any,
) -> Merchant:
    """A merchant with one site, who ships to its markets and may use GTINs of a test range."""
    row = await Merchant.create(
        slug=slug, legal_name=slug, name=slug, kind=MerchantKind.WORKSHOP, state=state,
        country=country, markets=sorted(markets), sandbox=True, **more,
    )  # fmt: skip
    await MerchantSite.create(merchant=row, code="main", country=country, main=True)
    for code in markets:
        await MerchantShipping.create(
            merchant=row, market=code, carrier="post", delay_hours=delay_hours,
            price_minor=shipping_minor,
        )  # fmt: skip
    if quality_bp is not None:
        await quality(row, quality_bp)
    return row


async def quality(row: Merchant, quality_bp: int) -> None:
    """Set the quality index of a merchant of phones."""
    await MerchantQuality.update_or_create(
        {"quality_bp": quality_bp, "inputs": {}, "parts": {}}, merchant=row, category="phones"
    )


async def feed(
    owner: Merchant,
    mode: FeedMode = FeedMode.FULL,
    name: str = "",
    *,
    format: FeedFormat | None = FeedFormat.NATIVE_CSV,  # noqa: A002 - the column's name
    url: str | None = None,
    **settings: object,
) -> Feed:
    """A feed of a merchant; the rest are settings of how to read it."""
    return await Feed.create(
        merchant=owner, name=name or mode.value.lower(), format=format, mode=mode, url=url,
        every_seconds=3600 if url else None, settings=settings,
    )  # fmt: skip


def line(item: Item, sku: str, price: str = "199.90", **more: object) -> dict[str, object]:
    """A line of a full native file."""
    usual = {"sku": sku, "gtin": item.gtin, "brand": item.brand, "model": item.model}
    return usual | {"grade": "good", "price": price, "currency": "EUR", "quantity": 3} | more


def write_csv(path: Path, rows: Sequence[Row], columns: Sequence[str] = (), **dialect: Any) -> None:
    """Write rows; a column that a row does not have is an empty cell."""
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", **dialect)
        writer.writeheader()
        writer.writerows(rows)


async def queued(of: Feed, *, dry_run: bool = False, force: bool = False, **more: Any) -> FeedRun:
    """A run that no worker has begun."""
    return await FeedRun.create(
        feed=of, merchant_id=of.merchant_id, state=FeedRunState.QUEUED, channel="PUSH",
        mode=of.mode, dry_run=dry_run, force=force, **more,
    )  # fmt: skip


async def run(
    of: Feed,
    given: Sequence[Row] | bytes,
    *,
    dry_run: bool = False,
    force: bool = False,
    policy: FeedPolicy = FeedPolicy.REJECT_FAILED_ROWS,
    effect: runs.Effect = transaction,
    as_of: datetime | None = None,
    **dialect: Any,
) -> FeedRun:
    """Execute a run over these rows, or these bytes, which were true `as_of`."""
    row = await queued(of, dry_run=dry_run, force=force, policy=policy)
    return await again(row, given, effect=effect, as_of=as_of, **dialect)


async def again(
    row: FeedRun,
    given: Sequence[Row] | bytes,
    *,
    effect: runs.Effect = transaction,
    as_of: datetime | None = None,
    **dialect: Any,
) -> FeedRun:
    """Execute this run over these rows, or these bytes."""
    with tempfile.TemporaryDirectory(prefix="boucle-test-") as folder:
        path = Path(folder) / "feed"
        if isinstance(given, bytes):
            path.write_bytes(given)
        else:
            write_csv(path, given, **dialect)
        return await runs.execute(row, path, NOW, effect, as_of=as_of)


async def outcomes(row: FeedRun) -> list[tuple[str, str | None]]:
    """The outcome and the first code of each line, in the order of the file."""
    found = await fetch(
        """
        SELECT line, outcome, code FROM feed_line WHERE run_id = $1 AND n = 0
        UNION ALL
        SELECT generate_series(lower(part), upper(part) - 1), 'UNCHANGED', NULL
        FROM feed_unchanged, unnest(lines) AS part WHERE run_id = $1
        UNION ALL
        SELECT generate_series(lower(part), upper(part) - 1), 'REJECTED', NULL
        FROM feed_unchanged, unnest(rejected) AS part WHERE run_id = $1
        ORDER BY 1
        """,
        row.id,
    )
    return [(each["outcome"], each["code"]) for each in found]


async def counted_once(row: FeedRun) -> bool:
    """Whether counters and report agree that each line that was read has one outcome."""
    reported = Counter(outcome for outcome, _ in await outcomes(row))
    names = {
        LineOutcome.IGNORED_STALE: "ignored",
        LineOutcome.PENDING_PRODUCT: "pending",
    }
    counters = {o.value: getattr(row, names.get(o, o.value.lower())) for o in LineOutcome}
    return sum(counters.values()) == row.lines_read and +Counter(counters) == reported


VALUES = (
    "sku_key, variant_id, gtin, mpn, brand, model, title, grade, battery_new, battery_health, "
    "attributes, price_minor, currency, vat_scheme, min_price_minor, max_price_minor, prices, "
    "quantity, warranty_months, markets, dispatch_site, dispatch_country, handling_hours, "
    "shipping, note, eco, available_from, available_until, status"
)


async def offers(owner: Merchant) -> dict[str, tuple[Any, ...]]:
    """What is stored of a merchant's offers, by SKU, without ids and times of ours."""
    found = await fetch(f"SELECT {VALUES} FROM offer WHERE merchant_id = $1", owner.id)
    return {row["sku_key"]: tuple(row)[1:] for row in found}


async def of_sku(owner: Merchant, sku: str) -> dict[str, Any]:
    """A stored offer."""
    (row,) = await fetch(
        "SELECT * FROM offer WHERE merchant_id = $1 AND sku_key = $2", owner.id, sku.casefold()
    )
    return dict(row)


async def statuses(owner: Merchant) -> dict[str, str]:
    """The status of each offer of a merchant."""
    found = await fetch("SELECT sku_key, status FROM offer WHERE merchant_id = $1", owner.id)
    return {row["sku_key"]: row["status"] for row in found}


async def prices_seen(owner: Merchant) -> list[tuple[Any, ...]]:
    """The price rows of a merchant as customers see them, in a stable order."""
    found = await fetch(
        """
        SELECT o.sku_key, m.market, m.visibility, m.reasons, m.item_minor, m.landed_minor, m.merit
        FROM offer_market m JOIN offer o ON o.id = m.offer_id WHERE m.merchant_id = $1 ORDER BY 1, 2
        """,
        owner.id,
    )
    return [tuple(row) for row in found]


async def forget_feeds_of(owner: Merchant) -> None:
    """Let a merchant's feeds forget the last file, so that the same one is read again."""
    await execute("UPDATE feed SET body_sha256 = NULL WHERE merchant_id = $1", owner.id)


def some_id() -> UUID:
    """An id that names nothing."""
    return new_id()
