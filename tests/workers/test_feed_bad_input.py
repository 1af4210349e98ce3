"""Bad input ends in its code, and touches no other offer."""

from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.offers.lines import FeedFormat, FeedRunState
from integrations.http import Outbound, Unavailable, outbound
from integrations.sandbox.server import create_sandbox
from models.base import fetchval
from models.merchants import Merchant
from models.offers.feeds import Feed, FeedRun
from tests import factories
from tests.factories import NOW, Item, line, offers, outcomes, run
from workers.offers.pull import run_once

COUNT = 20
BROKEN = 7  # the line of the file below that each case spoils


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world()


@pytest.fixture
async def atelier(items: list[Item]) -> Merchant:
    return await factories.merchant()


@pytest.fixture
async def full(atelier: Merchant) -> Feed:
    return await factories.feed(atelier)


@pytest.fixture
async def server() -> AsyncGenerator[TestServer]:
    async def changed(_: web.Request) -> web.Response:
        return web.Response(body=b"sku;price;grade\r\n", headers={"ETag": '"1"'})

    app = create_sandbox([], [], lambda: datetime.now(UTC))
    app.router.add_get("/header-only", changed)
    async with TestServer(app) as running:
        yield running


@pytest.fixture
async def http(server: TestServer) -> AsyncGenerator[Outbound]:
    async with outbound([f"127.0.0.1:{server.port}"]) as session:
        yield session


def shop(items: list[Item]) -> list[dict[str, Any]]:
    return [line(items[n % len(items)], f"S{n}") for n in range(COUNT)]


LINES = [
    pytest.param({"gtin": "4006381333932"}, "GTIN_INVALID", id="wrong check digit"),
    pytest.param({"gtin": "4.00638E+12"}, "GTIN_LOST_DIGITS", id="digits lost in a spreadsheet"),
    pytest.param({"grade": "comme neuf-ish"}, "GRADE_UNKNOWN", id="unknown grade"),
    pytest.param({"grade": "new"}, "CONDITION_NEW", id="new goods"),
    pytest.param({"price": "-5.00"}, "PRICE_INVALID", id="negative price"),
    pytest.param({"price": ""}, "PRICE_MISSING", id="no price"),
    pytest.param({"quantity": "-1"}, "QUANTITY_INVALID", id="negative quantity"),
    pytest.param({"warranty_months": "6"}, "WARRANTY_TOO_SHORT", id="short warranty"),
    pytest.param({"note": "write to me@shop.example"}, "NOTE_FORBIDDEN", id="address in a note"),
    pytest.param({"sku": "S3"}, "DUPLICATE_SKU", id="a sku sent twice"),
]


@pytest.mark.parametrize(("spoilt", "code"), LINES)
async def test_a_bad_line_is_rejected_alone(
    items: list[Item], atelier: Merchant, full: Feed, spoilt: Mapping[str, Any], code: str
) -> None:
    rows = [row | {"warranty_months": 12, "note": ""} for row in shop(items)]
    await run(full, rows)
    before = await offers(atelier)
    moved = [row | {"quantity": 4} for row in rows]
    moved[BROKEN] |= spoilt
    done = await run(full, moved, force=True)

    wrong = {BROKEN} if code != "DUPLICATE_SKU" else {3, BROKEN}
    assert [n for n, (_, found) in enumerate(await outcomes(done)) if found == code] == sorted(
        wrong
    )
    assert (done.rejected, done.updated) == (len(wrong), COUNT - len(wrong))
    after = await offers(atelier)
    kept = {sku for sku in before if after[sku] == before[sku]}
    assert kept == {f"s{n}" for n in wrong} - ({f"s{BROKEN}"} if len(wrong) > 1 else set())
    assert await factories.counted_once(done)


async def test_decimal_commas_are_read_by_their_column(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    done = await run(
        full, [row | {"price": f"1.{n:03},50"} for n, row in enumerate(shop(items))], delimiter=";"
    )

    assert (done.created, done.separator) == (COUNT, ";")
    assert (await factories.of_sku(atelier, "S7"))["price_minor"] == 100750


async def test_a_file_that_is_not_utf8_is_read_in_the_encoding_of_its_market(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    head = "sku;gtin;brand;model;title;grade;price\r\n"
    body = f"A;{items[0].gtin};Calder;C0;Téléphone à 5 €;bon état;199,90\r\n"
    done = await run(full, (head + body).encode("cp1252"))

    assert (done.created, done.encoding) == (1, "cp1252")
    assert (await factories.of_sku(atelier, "A"))["title"] == "Téléphone à 5 €"


@pytest.mark.parametrize(
    ("spoilt", "absent"),
    [
        pytest.param(b"S9;\xe9", 0, id="its offer is kept"),
        pytest.param(b"S\xe99;", 1, id="no offer is kept where none is named"),
    ],
)
async def test_a_line_whose_bytes_cannot_be_read_is_rejected(
    items: list[Item], atelier: Merchant, full: Feed, spoilt: bytes, absent: int
) -> None:
    rows = [f"S{n};{items[0].gtin};good;199.90" for n in range(300)]
    text = "\ufeffsku;gtin;grade;price\r\n" + "\r\n".join(rows) + "\r\n"
    await run(full, text.encode())
    before = await offers(atelier)
    done = await run(full, text.encode().replace(b"S9;", spoilt))

    assert (await outcomes(done))[9] == ("REJECTED", "BAD_ENCODING")
    assert (done.rejected, done.unchanged, done.absent) == (1, 299, absent)
    assert (await offers(atelier) == before) is (absent == 0)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("S7;{gtin};good;199.90;too;many;cells", id="too many cells"),
        pytest.param("S7;{gtin}", id="too few cells"),
        pytest.param('"S7;{gtin};good;199.90', id="a quote that never ends"),
    ],
)
async def test_a_line_that_cannot_be_taken_apart_makes_no_offer_absent(
    items: list[Item], atelier: Merchant, full: Feed, row: str
) -> None:
    rows = [f"S{n};{items[0].gtin};good;199.90" for n in range(COUNT)]
    head = "sku;gtin;grade;price"
    await run(full, "\r\n".join([head, *rows]).encode())
    before = await offers(atelier)
    rows[BROKEN] = row.format(gtin=items[0].gtin)
    done = await run(full, "\r\n".join([head, *rows]).encode())

    after = await offers(atelier)
    assert (done.state, done.absent) == (FeedRunState.COMPLETED, 0)
    assert {sku: after[sku] for sku in before} == before
    assert await factories.counted_once(done)


WHOLE = [
    pytest.param("truncated", "FEED_TRUNCATED", id="truncated"),
    pytest.param("changing-while-read", "FEED_TRUNCATED", id="changing while read"),
    pytest.param("404", "NOT_FOUND", id="not there"),
    pytest.param("401", "AUTH_FAILED", id="not let in"),
    pytest.param("302-private", "NOT_FOUND", id="redirected inside"),
    pytest.param("xml-bomb", "FORMAT_UNKNOWN", id="entities"),
    pytest.param("gzip-bomb", "ARCHIVE_BOMB", id="zeros"),
]


async def pulled(of: Feed, http: Outbound, url: str) -> FeedRun:
    await Feed.filter(id=of.id).update(url=url, format=None)
    waiting = await factories.queued(of)
    await run_once(waiting.id, http, NOW)
    return await FeedRun.get(id=waiting.id)


@pytest.mark.parametrize(("route", "code"), WHOLE)
async def test_a_download_that_goes_wrong_changes_no_offer(
    items: list[Item], full: Feed, server: TestServer, http: Outbound, route: str, code: str
) -> None:
    atelier = await full.merchant
    await run(full, shop(items))
    before = await offers(atelier)
    validators = (await Feed.get(id=full.id)).body_sha256
    done = await pulled(full, http, str(server.make_url(f"/hostile/{route}")))

    assert (done.state, done.file_code) == (FeedRunState.FAILED, code)
    assert done.detail
    assert done.finished_at == NOW
    assert await offers(atelier) == before
    assert (await Feed.get(id=full.id)).body_sha256 == validators
    assert await fetchval("SELECT count(*) FROM feed_line WHERE run_id = $1", done.id) == 0


async def test_a_header_alone_is_an_empty_feed_and_clears_no_shop(
    items: list[Item], atelier: Merchant, full: Feed, server: TestServer, http: Outbound
) -> None:
    await run(full, shop(items))
    before = await offers(atelier)
    done = await pulled(full, http, str(server.make_url("/header-only")))

    assert (done.state, done.file_code) == (FeedRunState.FAILED, "FEED_EMPTY")
    assert (await Feed.get(id=full.id)).etag is None
    assert await offers(atelier) == before


async def test_a_server_that_is_down_leaves_the_run_to_be_tried_again(
    full: Feed, server: TestServer, http: Outbound
) -> None:
    await Feed.filter(id=full.id).update(url=str(server.make_url("/hostile/500")))
    waiting = await factories.queued(full)
    with pytest.raises(Unavailable):
        await run_once(waiting.id, http, NOW)

    assert (await FeedRun.get(id=waiting.id)).state is FeedRunState.FETCHING


async def test_a_file_cut_within_its_markup_is_truncated(
    items: list[Item], atelier: Merchant
) -> None:
    feed = await factories.feed(atelier, format=FeedFormat.GOOGLE_XML, fixed_grade="GOOD")
    item = f"<item><g:id>A</g:id><g:gtin>{items[0].gtin}</g:gtin><g:price>9.90 EUR</g:price></item>"
    head = '<rss xmlns:g="http://base.google.com/ns/1.0"><channel>'
    good = await run(feed, f"{head}{item}</channel></rss>".encode())
    before = await offers(atelier)
    cut = await run(feed, f"{head}{item}</channel>".encode())

    assert (good.state, good.created) == (FeedRunState.COMPLETED, 1)
    assert (cut.state, cut.file_code) == (FeedRunState.FAILED, "FEED_TRUNCATED")
    assert await offers(atelier) == before
