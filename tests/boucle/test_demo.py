"""The demo: loaded once however often it is asked for, and alive from feed to ranked offer."""

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from boucle import demo, demo_fleets, sandbox
from boucle.orm import connect
from boucle.settings import ROOT, Settings
from domain.accounts import parse
from domain.merchants import MerchantState
from domain.merchants.traders import fault, lacking
from domain.offers.lines import FeedFormat, FeedRunState, LineCode
from integrations.http import Outbound, outbound
from integrations.sandbox.mistakes import SHARES, Mistake
from models.accounts import ApiKey, find
from models.base import execute, fetch, fetchval, transaction
from models.jobs import Job
from models.merchants import Merchant, MerchantQuality
from models.offers import check
from models.offers.feeds import Feed, FeedRun, line_codes
from models.outbox import enqueue
from models.quality import traders
from tests.jobs import work
from workers.offers import start_run
from workers.offers.importing import UnknownMerchant, import_file
from workers.offers.pull import run_once

PORT = 41_234
PULLED = {
    "moulinex-renouveau": FeedFormat.GOOGLE_XML,
    "seconda-mano-torino": FeedFormat.META_CSV,
    "demi-tour-mobile": FeedFormat.NATIVE_TSV,
    "seb-seconde-vie": FeedFormat.NATIVE_CSV,
}
TABLES = (
    *("market", "variant", "variant_gtin", "search_document", "ranking_model", "merchant"),
    *("merchant_site", "merchant_shipping", "merchant_quality", "feed", "api_key", "loaded_file"),
    *("trade_in_bid", "trade_in_programme", "trade_in_question", "trade_in_decay"),
)


@pytest.fixture(scope="module")
async def committed(
    migrated: None, database_url: str, seeded_tables: frozenset[str]
) -> AsyncGenerator[None]:
    """The demo loaded once for all tests of this file, and removed after them."""
    connection = await connect(database_url)
    try:
        yield
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [f'"{row[0]}"' for row in rows if row[0] not in seeded_tables]
        await connection.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Settings:
    return Settings.load(
        {
            "BOUCLE_HOME": str(tmp_path_factory.mktemp("home")),
            "BOUCLE_SANDBOX_PORT": str(PORT),
            "DATABASE_URL": database_url,
        }
    )


@pytest.fixture
async def loaded(committed: None, settings: Settings) -> None:
    await demo.fill(settings, datetime.now(UTC))


async def _written() -> dict[str, list[tuple[object, ...]]]:
    """Each row of each table and the version of it: any write makes another."""
    return {
        table: sorted(map(tuple, await fetch(f"SELECT ctid::text, xmin::text FROM {table}")))
        for table in TABLES
    }


async def test_the_first_load_is_quick_and_the_second_writes_nothing(
    committed: None, settings: Settings
) -> None:
    began = time.perf_counter()
    await demo.fill(settings, datetime.now(UTC))
    first = time.perf_counter() - began
    before = await _written()

    began = time.perf_counter()
    await demo.fill(settings, datetime.now(UTC) + timedelta(hours=1))
    second = time.perf_counter() - began

    assert await _written() == before
    assert len(before["merchant"]) == len(before["feed"]) == 24
    assert len(before["ranking_model"]) == 2 * len(before["market"])  # with priors of its own
    assert 24 < len(before["merchant_quality"]) < 24 * 9
    assert len(before["api_key"]) == 2
    assert first < 20, first  # 7 s where nothing else runs: for two the end of bidding is awaited
    assert second < 3, second  # 1 s


async def test_what_was_sold_before_counts_in_the_register_by_country_and_month(
    loaded: None,
) -> None:
    await enqueue(Job.COUNT_IMPACT)
    began = time.perf_counter()
    assert await work(Job.COUNT_IMPACT) == ["count_impact"]
    took = time.perf_counter() - began

    lines = await fetchval("SELECT count(*) FROM order_line WHERE state = 'COMPLETED'")
    rows = await fetch(
        "SELECT scope, place, period, units, counted, net, p50 FROM impact_total"
        " WHERE basis = 'RESTATED' AND set_id = 'be-v2' AND indicator = 'GWP'"
    )
    [platform] = [row for row in rows if (row["scope"], row["period"]) == ("PLATFORM", "")]
    assert platform["units"] == lines > 1_000
    assert platform["counted"] > lines // 2
    countries = [row for row in rows if (row["scope"], row["period"]) == ("COUNTRY", "")]
    assert len(countries) > 5
    assert sum(row["net"] for row in countries) == platform["net"]
    months = [row for row in rows if row["scope"] == "PLATFORM" and len(row["period"]) == 7]
    assert sum(row["net"] for row in months) == platform["net"]
    assert all(row["p50"] for row in countries if row["counted"])
    assert took < 60, took  # 8 s on a busy machine


async def test_the_organisation_has_lots_in_each_stage_and_one_at_its_statement(
    loaded: None, settings: Settings
) -> None:
    rows = await fetch(
        "SELECT l.state, l.assets, count(b.id) AS bids FROM lot l "
        "LEFT JOIN lot_bid b ON b.lot_id = l.id GROUP BY l.id ORDER BY l.id"
    )
    told = await fetchval("SELECT count(*) FROM certificate")
    valued = "SELECT count(*) FROM asset WHERE value_median_minor IS NOT NULL AND tag LIKE 'AN25-%'"

    assert [tuple(row) for row in rows] == [
        *(("SETTLED", 9, 4), ("BIDDING_CLOSED", 9, 4), ("PUBLISHED", 9, 4), ("PUBLISHED", 9, 4)),
    ]
    assert told == 9 + 1
    assert await fetchval(valued) == demo_fleets.SOLD_DEVICES


async def test_every_merchant_says_who_it_is_and_may_sell(loaded: None) -> None:
    sells = "SELECT id FROM merchant WHERE state IN ('ACTIVE', 'PROBATION', 'RESTRICTED')"
    ids = [row["id"] for row in await fetch(sells)]
    known = await traders.facts(ids)

    assert len(ids) > 5
    today = datetime.now(UTC).date()
    assert [merchant for merchant in ids if lacking(known[merchant], today)] == []
    assert all(fault(f, fact.value) is None for of in known.values() for f, fact in of.items())


async def test_a_changed_port_moves_every_feed_and_has_it_pulled(
    loaded: None, settings: Settings
) -> None:
    now = datetime.now(UTC) + timedelta(hours=1)
    moved = Settings.load(settings.environ() | {"BOUCLE_SANDBOX_PORT": str(PORT + 1)})

    await demo.fill(moved, now)

    feeds = await Feed.all()
    assert {feed.url.split("/")[2] for feed in feeds} == {f"127.0.0.1:{PORT + 1}"}
    assert {feed.next_pull_at for feed in feeds} == {now}


async def test_without_a_sandbox_known_feeds_keep_their_addresses(
    loaded: None, settings: Settings
) -> None:
    without = Settings.load(settings.environ() | {"BOUCLE_SANDBOX_PORT": "0"})

    await demo.fill(without, datetime.now(UTC))

    assert await Feed.filter(url__contains=f":{PORT}/").count() == 24


async def test_what_an_operator_decided_stays(loaded: None, settings: Settings) -> None:
    await Merchant.filter(slug="northgate-loop").update(state=MerchantState.SUSPENDED, name="Old")
    await Feed.filter(name="main").update(every_seconds=600)

    await demo.fill(settings, datetime.now(UTC))

    merchant = await Merchant.get(slug="northgate-loop")
    assert (merchant.state, merchant.name) == (MerchantState.SUSPENDED, "Northgate Loop")
    assert await Feed.filter(every_seconds=600).count() == 24
    await Merchant.filter(slug="northgate-loop").update(state=MerchantState.RESTRICTED)


async def test_the_key_is_one_file_that_opens_the_largest_merchant(
    loaded: None, settings: Settings
) -> None:
    path = settings.demo_key_file
    text = path.read_text().strip()
    key = parse(text)

    assert path.stat().st_mode & 0o777 == 0o600
    assert key is not None
    row = await find(key.prefix)
    assert row is not None
    assert key.matches(row.secret_sha256)
    assert row.merchant_id == (await Merchant.get(slug="remiz-atelier")).id
    assert tuple(row.scopes) == demo.SCOPES


async def test_a_new_database_learns_the_key_of_the_file(loaded: None, settings: Settings) -> None:
    before = settings.demo_key_file.read_text()
    await ApiKey.all().delete()

    await demo.fill(settings, datetime.now(UTC))

    assert settings.demo_key_file.read_text() == before
    assert await ApiKey.all().count() == 2


async def test_an_expired_key_is_replaced_and_a_revoked_one_is_not(
    loaded: None, settings: Settings
) -> None:
    path = settings.demo_key_file
    before, now = path.read_text(), datetime.now(UTC)
    await ApiKey.all().update(revoked_at=now)
    await demo.fill(settings, now)
    assert path.read_text() == before

    await ApiKey.all().update(expires_at=now)
    await demo.fill(settings, now)
    assert path.read_text() != before
    assert await ApiKey.filter(expires_at__gt=now, revoked_at=None).count() == 2


async def test_demo_feeds_become_ranked_offers(loaded: None, settings: Settings) -> None:
    async with TestServer(sandbox.application()) as server:
        host = f"127.0.0.1:{server.port}"
        port = Settings.load(settings.environ() | {"BOUCLE_SANDBOX_PORT": str(server.port)})
        await demo.fill(port, datetime.now(UTC))
        async with outbound(allowed=[host]) as http:
            for slug, file_format in PULLED.items():
                await _pull(slug, file_format, http)

    shown = await fetch("SELECT visibility, reasons, count(*) FROM offer_market GROUP BY 1, 2")
    assert await _differences() == 0
    assert await fetchval("SELECT count(*) FROM best_offer WHERE leader IS NOT NULL") > 100, shown
    await _quality_moves_ranking(settings)


async def _pull(slug: str, file_format: FeedFormat, http: Outbound) -> None:
    merchant = await Merchant.get(slug=slug)
    async with transaction():
        queued = await start_run(await Feed.get(merchant_id=merchant.id, name="main"), "PULL")
    run = await run_once(queued.id, http, datetime.now(UTC))
    assert run is not None
    assert (run.state, run.format) == (FeedRunState.COMPLETED, file_format), (slug, run.detail)

    row = next(row for row in demo.rows("demo_merchants.csv") if row["slug"] == slug)
    meant = {
        SHARES[Mistake(word)][1]
        for word in row["mistakes"].split("|")
        if word != Mistake.COMMA_DECIMALS
    }
    codes = {LineCode(code) for code in await line_codes(run.id)}
    assert codes == meant, slug
    assert run.created == await fetchval(
        "SELECT count(*) FROM offer WHERE merchant_id = $1", merchant.id
    )
    assert run.created + run.rejected + run.pending == run.lines_read == int(row["offers"])
    assert run.created > run.lines_read * 0.8


async def _quality_moves_ranking(settings: Settings) -> None:
    """What happened to a merchant's orders is in its price rows after the next night."""
    merchant = await Merchant.get(slug="demi-tour-mobile")
    right = await MerchantQuality.get(merchant_id=merchant.id, category="smartphone")
    await MerchantQuality.filter(merchant_id=merchant.id).update(quality_bp=1, inputs={})
    await execute("UPDATE offer_market SET quality_bp = 1 WHERE merchant_id = $1", merchant.id)

    await enqueue(Job.REFRESH_QUALITY)
    await work(Job.REFRESH_QUALITY)

    found = await fetch(
        "SELECT DISTINCT om.quality_bp FROM offer_market om JOIN variant v ON v.id = om.variant_id "
        "JOIN product p ON p.id = v.product_id JOIN category c ON c.id = p.category_id "
        "WHERE om.merchant_id = $1 AND coalesce(c.parent, c.code) = 'smartphone'",
        merchant.id,
    )
    now = await MerchantQuality.get(id=right.id)
    assert [row["quality_bp"] for row in found] == [now.quality_bp] == [right.quality_bp]
    assert await _differences() == 0


async def _differences() -> int:
    async with transaction() as raw:
        await raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return (await check.differences(raw)).total


async def _import(path: Path, slug: str = "petit-pont-reparation", **changes):
    asked = {"mode": "delta", "format": None, "dry_run": False, "on_progress": lambda *_: None}
    return await import_file(path=path, merchant_slug=slug, **(asked | changes))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of two phones of the catalogue, one of them with a grade that nobody knows."""
    path = tmp_path / "stock.csv"
    gtins = [row["gtin"] for row in demo.rows("variants.csv") if row["slug"].startswith("apple-i")]
    path.write_text(
        "sku,gtin,price,quantity,grade,warranty_months\n"
        f"A-1,{gtins[0]},199.90,2,good,12\nA-2,{gtins[1]},249.90,1,B-ware,12\n"
    )
    return path


async def test_a_dry_run_reports_and_writes_no_offer(loaded: None, file: Path) -> None:
    told: list[tuple[int, int]] = []

    report = await _import(file, dry_run=True, on_progress=lambda *at: told.append(at))

    assert (report.state, report.created, report.rejected) == (FeedRunState.PREVIEWED, 1, 1)
    assert report.problems == {"GRADE_UNKNOWN": 1}
    assert not report.stopped
    assert told[-1] == (2, 0)
    assert await fetchval("SELECT count(*) FROM offer WHERE sku = 'A-1'") == 0


async def test_a_second_import_of_a_file_changes_nothing(loaded: None, file: Path) -> None:
    first, second = await _import(file), await _import(file)

    assert (first.state, first.created) == (FeedRunState.COMPLETED, 1)
    assert (second.created, second.unchanged) == (0, 1)
    assert await Feed.filter(name="import").count() == 1
    assert (await FeedRun.get(id=second.run_id)).channel == "FILE"


async def test_a_file_that_cannot_be_read_says_what_to_do(loaded: None, file: Path) -> None:
    file.write_bytes(b"PK\x03\x04 a spreadsheet")

    report = await _import(file)

    assert report.stopped
    assert (report.state, report.code) == (FeedRunState.FAILED, "FORMAT_UNKNOWN")
    assert report.detail
    assert report.hint.endswith(".")


async def test_an_unknown_merchant_names_those_there_are(loaded: None, file: Path) -> None:
    with pytest.raises(UnknownMerchant, match=r"no merchant 'nobody'; known: .*wiederwerk"):
        await _import(file, "nobody")


def _boucle(settings: Settings, redis_url: str, *words: str) -> subprocess.CompletedProcess[str]:
    environ = os.environ | settings.environ() | {"REDIS_URL": redis_url}
    return subprocess.run(
        [sys.executable, "-m", "boucle", *words],
        check=False, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


async def test_the_command_imports_and_ends_with_a_code_that_says_so(
    loaded: None, settings: Settings, file: Path, redis_url: str
) -> None:
    words = ["feed", "import", str(file), "--json", "--merchant"]
    done = _boucle(settings, redis_url, *words, "seconda-mano-torino", "--dry-run")
    file.write_text("")
    failed = _boucle(settings, redis_url, *words, "seconda-mano-torino")
    unknown = _boucle(settings, redis_url, *words, "nobody")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["problems"] == {"GRADE_UNKNOWN": 1}
    assert failed.returncode == 1, failed.stderr
    assert json.loads(failed.stdout)["code"] == "FEED_EMPTY"
    assert unknown.returncode == 1
    assert "known: ardenne-informatique" in unknown.stderr


async def test_the_seed_command_loads_the_demo_in_a_process_of_its_own(
    loaded: None, settings: Settings, redis_url: str
) -> None:
    await Merchant.all().update(name="Old")

    seeded = _boucle(settings, redis_url, "seed")

    assert seeded.returncode == 0, seeded.stderr
    assert await Merchant.filter(name="Old").count() == 0


async def test_people_are_quoted_by_several_merchants_in_three_markets(
    loaded: None, settings: Settings
) -> None:
    rows = await fetch(
        "SELECT market, count(*) AS bids, count(DISTINCT merchant_id) AS merchants, "
        "count(DISTINCT grade) AS grades, min(amount_minor) AS least FROM trade_in_bid "
        "GROUP BY 1 ORDER BY 1"
    )

    assert [row["market"] for row in rows] == ["DE", "ES", "FR"]
    for row in rows:
        assert (row["merchants"] >= 4, row["grades"], row["least"] > 0) == (True, 6, True)
        assert row["bids"] > 800
