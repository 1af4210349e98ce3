"""A merchant takes home what became of its run, corrects it and sends it again."""

import csv
import io
import zipfile
from pathlib import Path

import httpx
import orjson
import pytest

from domain.offers.lines import FeedPolicy, FeedRunState
from integrations.http import outbound
from models.base import execute
from models.offers.feeds import Feed, FeedRun
from resolvers.offers import downloads
from schema.common import global_id
from tests import factories
from tests.boucle.edge import key, serving
from tests.factories import NOW, Item, line
from tests.integrations.feeds.workbook import xlsx
from workers.offers.pull import run_once


@pytest.fixture
async def client(db: None, database_url: str):
    async with serving(database_url) as client:
        yield client


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world(2, 2)


@pytest.fixture
async def feed(items: list[Item]) -> Feed:
    return await factories.feed(await factories.merchant(), format=None)


@pytest.fixture
async def bearer(feed: Feed) -> dict[str, str]:
    text, _ = await key(feed.merchant_id, "feeds:read", "feeds:write")
    return {"Authorization": f"Bearer {text}"}


def _table(response: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def _error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["reason"]


def shop(items: list[Item], count: int) -> list[dict[str, object]]:
    return [line(items[n % len(items)], f"S{n}") for n in range(count)]


async def test_the_report_holds_every_line_in_both_forms(
    client, items, feed, bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "AT_ONCE", 3)
    rows = shop(items, 10)
    await factories.run(feed, rows)
    run = await factories.run(
        feed, [*rows, line(items[0], "=1+1", "abc", quantity="x")], policy=FeedPolicy.IGNORE_FAILED
    )
    path = f"/v1/feed-runs/{run.id}/report"
    table = await client.get(path, headers=bearer)
    french = await client.get(path, params={"locale": "fr"}, headers=bearer)
    named = f"/v1/feed-runs/{global_id('FeedRun', run.id)}/report?format=jsonl"
    objects = [orjson.loads(x) for x in (await client.get(named, headers=bearer)).iter_lines()]

    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == f'attachment; filename="feed-run-{run.id}.csv"'
    found = _table(table)
    assert [(row["line"], row["outcome"]) for row in found[:10]] == [
        (str(n), "UNCHANGED") for n in range(2, 12)
    ]
    assert [(row["line"], row["sku"], row["code"]) for row in found[10:]] == [
        ("12", "'=1+1", "PRICE_INVALID"),
        ("12", "'=1+1", "QUANTITY_INVALID"),
    ]
    assert found[10]["message"] != _table(french)[10]["message"]
    assert [each["line"] for each in objects] == list(range(2, 13))
    assert objects[-1]["sku"] == "=1+1"
    assert [each["code"] for each in objects[-1]["problems"]] == [
        "PRICE_INVALID",
        "QUANTITY_INVALID",
    ]


@pytest.mark.parametrize("query", ["format=xml", "locale=xx", "page=2"])
async def test_what_the_report_does_not_take_is_refused(client, feed, bearer, query: str) -> None:
    run = await factories.queued(feed)
    response = await client.get(f"/v1/feed-runs/{run.id}/report?{query}", headers=bearer)

    assert response.status_code in {400, 422}


@pytest.mark.parametrize("what", ["report", "fix-file"])
async def test_a_run_is_sent_to_its_merchant_only(client, items, feed, bearer, what: str) -> None:
    run = await factories.run(feed, [line(items[0], "BAD", "abc")], force=True)
    path = f"/v1/feed-runs/{run.id}/{what}"
    stranger, _ = await key((await factories.merchant("other")).id, "feeds:read")
    writer, _ = await key(feed.merchant_id, "feeds:write")

    assert (await client.get(path, headers=bearer)).status_code == 200
    assert (await client.get(path)).status_code == 401
    assert _error(await client.get(path, headers={"Authorization": f"Bearer {writer}"}))[0] == 403
    for headers, name in ((bearer, factories.some_id()), (bearer, "x")):
        found = await client.get(f"/v1/feed-runs/{name}/{what}", headers=headers)
        assert _error(found) == (404, "FEED_RUN_UNKNOWN")
    foreign = await client.get(path, headers={"Authorization": f"Bearer {stranger}"})
    assert _error(foreign) == (404, "FEED_RUN_UNKNOWN")


async def test_a_run_without_bad_lines_and_one_not_kept_have_no_fix_file(
    client, items, feed, bearer
) -> None:
    good = await factories.run(feed, shop(items, 2))
    bad = await factories.run(feed, [line(items[0], "BAD", "abc")], force=True)
    await execute("DELETE FROM stored_file")

    assert _error(await client.get(f"/v1/feed-runs/{good.id}/fix-file", headers=bearer)) == (
        404,
        "NOTHING_TO_FIX",
    )
    assert _error(await client.get(f"/v1/feed-runs/{bad.id}/fix-file", headers=bearer)) == (
        410,
        "FILE_NOT_KEPT",
    )


async def _pushed(client, feed: Feed, bearer, content: bytes, query: str) -> FeedRun:
    """A file that a merchant pushed, read by a worker."""
    response = await client.post(
        f"/v1/feeds/{feed.id}/files?{query}", content=content, headers=bearer
    )
    async with outbound() as http:
        done = await run_once(response.json()["run_id"], http, NOW)
    assert done is not None
    return done


def _mirakl(items: list[Item]) -> bytes:
    rows = [
        "sku;product-id;product-id-type;price;state;quantity;update-delete",
        *(f"M{n};{items[0].gtin};EAN;{'zéro' if n % 3 else '10,50'};2;4;" for n in range(9)),
    ]
    return "\r\n".join([*rows, ""]).encode("cp1252")


def _native(items: list[Item]) -> bytes:
    bad = '"{sku}","{gtin}","good","{price}"'
    rows = [bad.format(sku=f"N{n}", gtin=items[0].gtin, price="zéro") for n in range(3)]
    return "\n".join(["sku,gtin,grade,price", *rows, ""]).encode("utf-16")


def _jsonl(items: list[Item]) -> bytes:
    row = '{"sku": "J%d", "gtin": "%s", "grade": "good", "price": "%s"}'
    prices = ["20.00", "zéro", "30.00", "zéro"]
    lines = [row % (n, items[0].gtin, price) for n, price in enumerate(prices)]
    return "\n".join([*lines, ""]).encode()


def _google(items: list[Item]) -> bytes:
    item = (
        "<item><g:id>G{n}</g:id><title>Phone</title><g:gtin>{gtin}</g:gtin><g:condition>grade a"
        "</g:condition><g:price>{price} EUR</g:price><g:availability>in_stock</g:availability>"
        "</item>"
    )
    prices = ["20.00", "zéro", "zéro"]
    found = [item.format(n=n, gtin=items[0].gtin, price=p) for n, p in enumerate(prices)]
    head = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:g="{}"><channel>'
    return (
        head.format("http://base.google.com/ns/1.0") + "".join(found) + "</channel></rss>"
    ).encode()


def _workbook(items: list[Item], folder: Path) -> bytes:
    path = folder / "book.xlsx"
    rows = [["My offers"], ["sku", "gtin", "grade", "price", "quantity"]]
    rows += [[f"X{n}", items[0].gtin, "good", price, 3] for n, price in enumerate([9.5, "zéro"])]
    xlsx(path, {"Offers": rows})
    return path.read_bytes()


@pytest.mark.parametrize("name", ["mirakl", "native", "jsonl", "google", "workbook"])
async def test_a_fix_file_that_is_corrected_is_taken_as_it_is(
    client, items, feed, bearer, tmp_path: Path, name: str
) -> None:
    made = {"mirakl": _mirakl, "native": _native, "jsonl": _jsonl, "google": _google}
    content = made[name](items) if name in made else _workbook(items, tmp_path)
    first = await _pushed(client, feed, bearer, content, "mode=delta")
    assert first.state is FeedRunState.COMPLETED
    assert first.rejected > 0

    response = await client.get(f"/v1/feed-runs/{first.id}/fix-file", headers=bearer)
    assert response.status_code == 200
    fixed = await _pushed(client, feed, bearer, _corrected(response.content), "mode=delta")

    assert (fixed.state, fixed.format) == (FeedRunState.COMPLETED, first.format)
    assert fixed.encoding == first.encoding
    assert (fixed.lines_read, fixed.created, fixed.rejected) == (first.rejected,) * 2 + (0,)
    assert fixed.unknown_columns == []


def _corrected(content: bytes) -> bytes:
    """What a merchant does: another price in the cells that are wrong, all else as it was."""
    if not content.startswith(b"PK"):
        for encoding in ("utf-8", "cp1252", "utf-16-le"):
            content = content.replace("zéro".encode(encoding), "1234".encode(encoding))
        return content
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(into, "w") as new:
        for each in old.namelist():
            new.writestr(each, old.read(each).replace("zéro".encode(), b"12.50"))
    return into.getvalue()


async def test_a_refused_file_comes_back_whole_because_nothing_of_it_was_taken(
    client, items, feed, bearer
) -> None:
    run = await _pushed(client, feed, bearer, _jsonl(items), "mode=delta&policy=reject_everything")
    assert (run.state, run.policy) == (FeedRunState.FAILED, FeedPolicy.REJECT_EVERYTHING)
    fix = await client.get(f"/v1/feed-runs/{run.id}/fix-file", headers=bearer)
    again = await _pushed(client, feed, bearer, _corrected(fix.content), "mode=delta")

    told = [orjson.loads(each)["error-code"] for each in fix.iter_lines()]
    assert told == ["", "PRICE_INVALID", "", "PRICE_INVALID"]
    assert (again.lines_read, again.created) == (4, 4)


async def test_the_policy_of_a_push_is_its_own_or_the_feeds(client, items, feed, bearer) -> None:
    await Feed.filter(id=feed.id).update(policy=FeedPolicy.IGNORE_FAILED)
    path = f"/v1/feeds/{feed.id}/files"
    said = [
        await client.post(path + query, content=b"sku\nA\n", headers=bearer)
        for query in ("", "?policy=reject_everything", "?policy=ignore_failed", "?policy=some")
    ]

    assert [each.status_code for each in said] == [202, 202, 202, 422]
    policies = [run.policy for run in await FeedRun.all().order_by("id")]
    assert sorted(policies) == ["IGNORE_FAILED", "IGNORE_FAILED", "REJECT_EVERYTHING"]
