"""The demo: reference data, a ranking per market, and invented merchants with a feed each.

Everything may be repeated: what is there already is left as it is, what changed in the reference
files is brought into line. The state of a merchant and the interval of its feed belong to whoever
runs the demo: they are set once.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg

from boucle import (
    demo_carriers,
    demo_fleets,
    demo_history,
    demo_people,
    demo_trade_in,
    demo_traders,
)
from boucle.demo_catalogue import REFERENCE, rows, variants
from boucle.orm import database
from boucle.servers.storage import write_private
from boucle.settings import Settings
from domain.accounts import LONGEST_LIFE, PREFIX_BYTES, SECRET_BYTES, make, parse
from domain.accounts.roles import ORGANISATION_SCOPES
from domain.merchants import MerchantKind, MerchantState
from domain.offers.lines import FeedFormat, FeedMode
from domain.ranking.model import RankingModel, ranking_model
from integrations.sandbox.merchants import DemoMerchant, shipping_of
from models import ranking
from models.accounts import ApiKey, find
from models.base import Row, as_system, transaction
from models.markets import Market
from models.merchants import Merchant, MerchantShipping, MerchantSite
from models.offers.feeds import Feed
from models.offers.upkeep import refresh_merchants, with_offers
from models.quality import measure
from models.seed import bring_reference
from models.shipments import contracts

T = TypeVar("T", bound=Row)
Given = Mapping[str, str]

SCOPES: Final = (
    *("feeds:read", "feeds:write", "offers:read", "offers:write"),
    *("trade_in:read", "trade_in:write", "webhooks:read", "webhooks:write"),
    *("lots:read", "lots:write"),
)
WORK_SCOPES: Final = (
    *("orders:read", "orders:write", "shipments:read"),
    *("trade_in:read", "trade_in:write"),
)
"""What the keys may with which the invented merchants work through their orders."""
MODELS_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)
EVERY_SECONDS: Final = 60
FEED: Final = "main"
_LOADING: Final = 7_204_314  # the advisory lock of the one loader
_VAT_SCHEMES: Final = {"EXEMPT": "NORMAL"}  # a small seller's exemption adds no tax to a price


async def load(settings: Settings) -> None:
    """Bring the database that the settings name into line with the demo."""
    async with database(str(settings.database_url)):
        await fill(settings, datetime.now(UTC))


async def fill(settings: Settings, now: datetime) -> None:
    """Bring the open database into line with the demo; a second call writes nothing.

    Offers are ranked again where what a merchant is ranked by has changed. Without a sandbox a new
    feed has no address, and a known one keeps its own.
    """
    await bring_reference(REFERENCE)
    given = rows("demo_merchants.csv")
    async with transaction() as raw:
        await raw.execute("SELECT pg_advisory_xact_lock($1)", _LOADING)
        await _models()
        merchants, changed = await _merchants(given)
        changed |= await _sites(given, merchants)
        await demo_traders.bring(raw, merchants)
        changed |= await _shipping(given, merchants)
        changed |= await _past(raw, given, merchants, now)
        await _feeds(given, merchants, settings.sandbox_port, now)
        await _rank_again(raw, changed)
        await contracts.load(raw, rows("demo_contracts.csv"), rows("demo_rates.csv"))
        largest = _largest(given, merchants).id
        await _key(ApiKey(merchant_id=largest, scopes=[*SCOPES]), settings.demo_key_file, now)
        client = await demo_people.bring(settings, largest)
        owned = ApiKey(organisation_id=client, scopes=sorted(ORGANISATION_SCOPES))
        await _key(owned, settings.demo_organisation_key_file, now)
        await demo_carriers.bring(settings)
        await demo_trade_in.bring(merchants, now)
        await demo_fleets.bring(settings, client, now)
        if settings.shoppers_live:
            for slug, merchant in merchants.items():
                works = ApiKey(merchant_id=merchant.id, name="demo", scopes=[*WORK_SCOPES])
                await _key(works, settings.demo_merchant_keys / f"{slug}.txt", now)


async def _models() -> None:
    known = {row.code for row in await ranking.RankingModel.all().only("code")}
    for market in await Market.all().order_by("code"):
        model = ranking_model(market.code, MODELS_SINCE)
        if isinstance(model, RankingModel) and model.id not in known:
            await ranking.store(model)


async def _merchants(given: Sequence[Given]) -> tuple[dict[str, Merchant], set[UUID]]:
    """The merchants of the demo by slug, and the ids of those that were written."""
    wanted = [
        Merchant(
            slug=row["slug"],
            legal_name=row["legal_name"],
            name=row["name"],
            kind=MerchantKind(row["kind"]),
            state=MerchantState(row["state"]),
            country=row["country"],
            markets=row["markets"].split("|"),
            vat_scheme=_VAT_SCHEMES.get(row["vat_scheme"], row["vat_scheme"]),
            oss=True,
            handling_hours=int(row["handling_hours"]),
            sandbox=True,
        )
        for row in given
    ]
    slugs = [row["slug"] for row in given]
    kept = "legal_name name kind country markets vat_scheme oss handling_hours sandbox"
    written = await _bring(await Merchant.filter(slug__in=slugs), wanted, "slug", kept)
    merchants = {row.slug: row for row in await Merchant.filter(slug__in=slugs)}
    return merchants, {row.id for row in written}


async def _sites(given: Sequence[Given], merchants: Mapping[str, Merchant]) -> set[UUID]:
    wanted = []
    for row in given:
        for at, site in enumerate(row["sites"].split("|")):
            code, _, country = site.partition(":")
            merchant = merchants[row["slug"]]
            wanted.append(MerchantSite(merchant=merchant, code=code, country=country, main=at == 0))
    stored = await MerchantSite.filter(merchant_id__in=_ids(merchants))
    return _owners(await _bring(stored, wanted, "merchant_id code", "country main"))


async def _shipping(given: Sequence[Given], merchants: Mapping[str, Merchant]) -> set[UUID]:
    wanted = [
        MerchantShipping(
            merchant=merchants[row["slug"]],
            market=option.market,
            carrier=option.carrier,
            delay_hours=option.delay_hours,
            price_minor=option.price_minor,
        )
        for row in given
        for option in shipping_of(row)
    ]
    stored = await MerchantShipping.filter(merchant_id__in=_ids(merchants))
    kept = "delay_hours price_minor"
    return _owners(await _bring(stored, wanted, "merchant_id market carrier", kept))


async def _past(
    raw: asyncpg.Connection,
    given: Sequence[Given],
    merchants: Mapping[str, Merchant],
    now: datetime,
) -> set[UUID]:
    """Orders of the last months, and the quality that is measured of them; whose index moved."""
    if not await demo_history.bring(raw, given, merchants, variants(), now):
        return set()
    async with as_system() as system:
        found = await measure(system, now)
    return set(found.moved)


async def _feeds(
    given: Sequence[Given], merchants: Mapping[str, Merchant], port: int, now: datetime
) -> None:
    """One feed per merchant; one whose address changed is pulled now."""
    wanted = [_feed(row, merchants[row["slug"]], port, now) for row in given]
    stored = await Feed.filter(merchant_id__in=_ids(merchants), name=FEED)
    urls = {row.id: row.url for row in stored}
    kept = "format mode settings url" if port else "format mode settings"
    for row in await _bring(stored, wanted, "merchant_id", kept):
        if row.id in urls and urls[row.id] != row.url:
            row.next_pull_at = now
            await row.save(update_fields=["next_pull_at", "updated_at"])


def _feed(row: Given, merchant: Merchant, port: int, now: datetime) -> Feed:
    demo = DemoMerchant.of(row)
    settings: dict[str, Any] = {
        "markets": list(demo.markets),
        "encoding": demo.encoding.removesuffix("-bom"),
        "currency": demo.currency.value,
    }
    if demo.format.of_google:
        settings["grade_column"] = "custom_label_0"
    return Feed(
        merchant=merchant,
        name=FEED,
        format=FeedFormat(demo.format),
        mode=FeedMode(row["mode"]),
        url=f"http://127.0.0.1:{port}/feeds/{demo.slug}" if port else None,
        every_seconds=EVERY_SECONDS,
        next_pull_at=now if port else None,
        settings=settings,
    )


async def _rank_again(raw: asyncpg.Connection, changed: set[UUID]) -> None:
    if selling := await with_offers(raw, sorted(changed)):
        await refresh_merchants(raw, selling)


def _largest(given: Sequence[Given], merchants: Mapping[str, Merchant]) -> Merchant:
    return merchants[max(given, key=lambda row: int(row["offers"]))["slug"]]


async def _key(wanted: ApiKey, path: Path, now: datetime) -> None:
    """One key of one owner, kept for the operator in a file that nobody else may read.

    A key that the database does not know, because it is new, is known again; an expired one is
    replaced; one that was revoked stays so.
    """
    known = parse(path.read_text(encoding="utf-8").strip()) if path.exists() else None
    row = None if known is None else await find(known.prefix)
    if row is not None and row.expires_at - now > timedelta():
        return
    if known is None or row is not None:
        issued = make(secrets.token_bytes(PREFIX_BYTES), secrets.token_bytes(SECRET_BYTES), False)
        path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        write_private(path, issued.text + "\n")
        known = parse(issued.text)
    if known is not None:
        wanted.prefix, wanted.secret_sha256 = known.prefix, known.sha256
        wanted.expires_at = now + LONGEST_LIFE
        await wanted.save()


async def _bring(stored: Sequence[T], wanted: Sequence[T], key: str, columns: str) -> list[T]:
    """Bring stored rows into line with the wanted ones; return the rows added, changed or removed.

    Shapes: `key` and `columns` name attributes, parted by spaces; other columns of a row that is
    there already are left alone.
    """
    name, value = attrgetter(*key.split()), attrgetter(*columns.split())
    before, after = {name(row): row for row in stored}, {name(row): row for row in wanted}
    new = [row for at, row in after.items() if at not in before]
    if new:
        await type(new[0]).bulk_create(new)
    gone = [row for at, row in before.items() if at not in after]
    moved = [row for at, row in before.items() if at in after and value(row) != value(after[at])]
    for row in gone:
        await row.delete()
    for row in moved:
        right = after[name(row)]
        row.update_from_dict({column: getattr(right, column) for column in columns.split()})
        await row.save(update_fields=[*columns.split(), "updated_at"])
    return [*new, *gone, *moved]


def _ids(merchants: Mapping[str, Merchant]) -> list[UUID]:
    return [merchant.id for merchant in merchants.values()]


def _owners(written: Sequence[MerchantSite | MerchantShipping]) -> set[UUID]:
    return {row.merchant_id for row in written}
