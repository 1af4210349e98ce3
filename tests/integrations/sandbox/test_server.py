"""The servers of invented merchants: conditional answers, and faults that a fetch survives."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from domain.offers.lines import FeedFormat, FileCode
from integrations.feeds.fetch import (
    Fetched,
    FetchFailed,
    Limits,
    NotChanged,
    Proof,
    Source,
    fetch,
)
from integrations.http import Outbound, Unavailable, outbound
from integrations.sandbox.hostile import HOSTILE
from integrations.sandbox.offers import offers
from integrations.sandbox.render import render
from integrations.sandbox.server import create_sandbox
from tests.integrations.sandbox import catalogue
from tests.integrations.servers import names_in

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
MERCHANTS = [
    catalogue.merchant(slug="both", exposes=frozenset({"etag", "last-modified", "gzip"})),
    catalogue.merchant(slug="dated", exposes=frozenset({"last-modified"})),
    catalogue.merchant(slug="silent", exposes=frozenset(), format=FeedFormat.GOOGLE_XML),
    catalogue.merchant(slug="single", offers=1, exposes=frozenset({"etag", "last-modified"})),
]
LIMITS = Limits(total_seconds=5)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[TestServer]:
    app = create_sandbox(MERCHANTS, catalogue.variants(), clock)
    async with TestServer(app) as server:
        yield server


@pytest.fixture
async def session(server: TestServer) -> AsyncIterator[Outbound]:
    async with outbound([f"127.0.0.1:{server.port}"]) as session:
        yield session


async def test_a_feed_is_the_merchants_file_of_the_minute(
    server: TestServer, session: Outbound, tmp_path: Path
) -> None:
    source = Source(str(server.make_url("/feeds/both")))
    got = await fetch(session, source, tmp_path / "body", LIMITS)

    merchant = MERCHANTS[0]
    tick = int(START.timestamp()) // 60
    sold = offers(merchant, catalogue.variants(), tick)
    assert isinstance(got, Fetched)
    assert (tmp_path / "body").read_bytes() == render(merchant.format, "utf-8", sold, ())
    assert got.content_type == "text/csv"


@pytest.mark.parametrize("slug", ["both", "dated"])
async def test_an_unchanged_feed_is_not_sent_again(
    server: TestServer, session: Outbound, tmp_path: Path, slug: str
) -> None:
    url = str(server.make_url(f"/feeds/{slug}"))
    first = await fetch(session, Source(url), tmp_path / "body", LIMITS)
    assert isinstance(first, Fetched)
    assert (first.etag is None) == (slug == "dated")

    again = Source(url, first.etag, first.last_modified, None)
    second = await fetch(session, again, tmp_path / "second", LIMITS)

    assert second == NotChanged(Proof.NOT_MODIFIED, first.etag, first.last_modified)


async def test_a_server_without_validators_is_known_by_its_body(
    server: TestServer, session: Outbound, tmp_path: Path
) -> None:
    url = str(server.make_url("/feeds/silent"))
    first = await fetch(session, Source(url), tmp_path / "body", LIMITS)
    assert isinstance(first, Fetched)

    again = Source(url, first.etag, first.last_modified, first.sha256)
    second = await fetch(session, again, tmp_path / "second", LIMITS)

    assert second == NotChanged(Proof.SAME_BODY, None, None)


@pytest.mark.parametrize("slug", ["both", "dated", "silent"])
async def test_a_changed_feed_is_sent_whole(
    server: TestServer, session: Outbound, clock: Clock, tmp_path: Path, slug: str
) -> None:
    url = str(server.make_url(f"/feeds/{slug}"))
    first = await fetch(session, Source(url), tmp_path / "body", LIMITS)
    assert isinstance(first, Fetched)
    clock.now += timedelta(minutes=30)

    again = Source(url, first.etag, first.last_modified, first.sha256)
    second = await fetch(session, again, tmp_path / "second", LIMITS)

    assert isinstance(second, Fetched)
    assert second.sha256 != first.sha256


async def test_validators_stay_while_the_bytes_stay(
    server: TestServer, session: Outbound, clock: Clock, tmp_path: Path
) -> None:
    url = str(server.make_url("/feeds/single"))
    seen: list[tuple[str, tuple[str | None, str | None]]] = []
    for _ in range(30):
        got = await fetch(session, Source(url), tmp_path / "body", LIMITS)
        assert isinstance(got, Fetched)
        seen.append((got.sha256, (got.etag, got.last_modified)))
        clock.now += timedelta(minutes=5)

    changes = [(before[0] != after[0], before[1] != after[1]) for before, after in pairwise(seen)]
    assert set(changes) == {(False, False), (True, True)}


async def test_an_unknown_merchant_is_not_found(
    server: TestServer, session: Outbound, tmp_path: Path
) -> None:
    source = Source(str(server.make_url("/feeds/nobody")))
    with pytest.raises(FetchFailed) as caught:
        await fetch(session, source, tmp_path / "body", LIMITS)

    assert caught.value.code is FileCode.NOT_FOUND


CODES = {
    "truncated": FileCode.FEED_TRUNCATED,
    "wrong-length": FileCode.FEED_TRUNCATED,
    "changing-while-read": FileCode.FEED_TRUNCATED,
    "slow-drip": FileCode.TIMEOUT,
    "302-private": FileCode.NOT_FOUND,
    "401": FileCode.AUTH_FAILED,
    "404": FileCode.NOT_FOUND,
    "gzip-bomb": FileCode.ARCHIVE_BOMB,
}


@pytest.mark.parametrize(("name", "code"), CODES.items())
async def test_a_hostile_server_ends_in_its_code_and_leaves_no_file(
    server: TestServer, session: Outbound, tmp_path: Path, name: str, code: FileCode
) -> None:
    source = Source(str(server.make_url(f"/hostile/{name}")))
    with pytest.raises(FetchFailed) as caught:
        await fetch(session, source, tmp_path / "body", Limits(total_seconds=0.7))

    assert caught.value.code is code
    assert names_in(tmp_path) == []


async def test_a_broken_server_is_tried_again_later(
    server: TestServer, session: Outbound, tmp_path: Path
) -> None:
    source = Source(str(server.make_url("/hostile/500")))
    with pytest.raises(Unavailable):
        await fetch(session, source, tmp_path / "body", LIMITS)


async def test_an_xml_bomb_arrives_small_for_the_reader_to_refuse(
    server: TestServer, session: Outbound, tmp_path: Path
) -> None:
    source = Source(str(server.make_url("/hostile/xml-bomb")))
    got = await fetch(session, source, tmp_path / "body", LIMITS)

    assert isinstance(got, Fetched)
    assert got.bytes < 2000
    assert b"<!DOCTYPE" in (tmp_path / "body").read_bytes()


def test_every_hostile_route_is_tried() -> None:
    assert set(HOSTILE) == {*CODES, "500", "xml-bomb"}
