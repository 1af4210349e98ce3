"""Fetching a feed by SFTP from a real server: who it is, which file, and what is not read."""

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from domain.offers.lines import FileCode
from integrations.feeds import sftp
from integrations.feeds.fetch import Fetched, FetchFailed, Limits, NotChanged, Proof
from integrations.feeds.sftp import HostKeyRefused, SftpSource
from integrations.http import Guard, Unavailable
from tests.integrations.servers import names_in

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
OLD = NOW - timedelta(minutes=10)
CSV = b"sku;price\n" + b"".join(b"A-%d;%d.90\n" % (n, n * 7 % 900) for n in range(9000))
LIMITS = Limits(total_seconds=10, silence_seconds=5)
PASSWORD = "correct horse"


class _Sign(asyncssh.SSHServer):
    """Lets `shop` in with the password, and notes what it was told."""

    def __init__(self, told: list[str]) -> None:
        self._told = told

    def begin_auth(self, username: str) -> bool:
        self._told.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self._told.append(password)
        return (username, password) == ("shop", PASSWORD)


@dataclass(frozen=True)
class Shop:
    """A merchant's server: its folder, its port, the fingerprint of its key, what it was told."""

    folder: Path
    port: int
    host_key: str
    told: list[str]

    def url(self, pattern: str = "offers-*.csv", user: str = "shop") -> str:
        return f"sftp://{user}@localhost:{self.port}/feeds/{pattern}"

    def source(self, pattern: str = "offers-*.csv", **more: Any) -> SftpSource:
        usual = {"host_key": self.host_key, "password": PASSWORD}
        return SftpSource(self.url(pattern), **(usual | more))

    def write(self, name: str, content: bytes = CSV, at: datetime = OLD) -> Path:
        path = self.folder / "feeds" / name
        path.write_bytes(content)
        os.utime(path, (at.timestamp(), at.timestamp()))
        return path


Serve = Callable[..., asyncssh.SFTPServer]


@asynccontextmanager
async def serving(
    root: Path, serve: Serve | None = None, keys: Path | None = None
) -> AsyncIterator[Shop]:
    (root / "feeds").mkdir(parents=True)
    host_key, told = asyncssh.generate_private_key("ssh-ed25519"), []
    made = serve or asyncssh.SFTPServer
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        server_factory=lambda: _Sign(told),
        authorized_client_keys=str(keys) if keys else None,
        sftp_factory=lambda channel: made(channel, chroot=str(root).encode()),
        config=None,
    )
    try:
        fingerprint = host_key.get_fingerprint("sha256")
        yield Shop(root, server.sockets[0].getsockname()[1], fingerprint, told)
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with serving(tmp_path / "server") as made:
        yield made


async def get(
    shop: Shop, source: SftpSource, into: Path, limits: Limits = LIMITS, now: datetime = NOW
) -> Fetched | NotChanged:
    """Fetch from a local server that is named to the guard."""
    into.mkdir(exist_ok=True)
    guard = Guard([f"localhost:{shop.port}"])
    return await sftp.fetch(guard, source, into / "body", limits, now)


async def failing(
    shop: Shop, source: SftpSource, into: Path, limits: Limits = LIMITS
) -> FetchFailed:
    """How a fetch fails, after seeing that it left no file."""
    with pytest.raises(FetchFailed) as caught:
        await get(shop, source, into, limits)
    assert names_in(into) == []
    return caught.value


async def test_the_newest_file_that_fits_arrives_whole(shop: Shop, tmp_path: Path) -> None:
    shop.write("offers-1.csv", b"old", OLD - timedelta(days=1))
    shop.write("offers-2.csv")
    shop.write("other.csv", b"another", OLD + timedelta(minutes=5))

    got = await get(shop, shop.source(), tmp_path / "in")

    assert isinstance(got, Fetched)
    assert got.path.read_bytes() == CSV
    assert (got.sha256, got.bytes) == (hashlib.sha256(CSV).hexdigest(), len(CSV))
    assert got.file_time == OLD
    assert got.etag is not None


async def test_the_same_file_again_is_not_read(shop: Shop, tmp_path: Path) -> None:
    shop.write("offers-1.csv")
    first = await get(shop, shop.source(), tmp_path / "in")
    assert isinstance(first, Fetched)

    again = await get(shop, shop.source(etag=first.etag), tmp_path / "again")
    shop.write("offers-2.csv", at=OLD + timedelta(minutes=1))
    same = await get(shop, shop.source(body_sha256=first.sha256), tmp_path / "same")

    assert isinstance(again, NotChanged)
    assert again.proof is Proof.NOT_MODIFIED
    assert isinstance(same, NotChanged)
    assert (same.proof, names_in(tmp_path / "same")) == (Proof.SAME_BODY, [])


async def test_a_server_that_nobody_confirmed_is_told_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.write("offers-1.csv")

    found = await failing(shop, shop.source(host_key=None), tmp_path / "in")

    assert isinstance(found, HostKeyRefused)
    assert (found.code, found.found) == (FileCode.AUTH_FAILED, shop.host_key)
    assert shop.host_key in found.detail
    assert shop.told == []


async def test_another_host_key_than_the_confirmed_one_is_refused(
    shop: Shop, tmp_path: Path
) -> None:
    shop.write("offers-1.csv")
    other = asyncssh.generate_private_key("ssh-ed25519").get_fingerprint("sha256")

    found = await failing(shop, shop.source(host_key=other), tmp_path / "in")

    assert isinstance(found, HostKeyRefused)
    assert (found.found, shop.told) == (shop.host_key, [])


@pytest.mark.parametrize("password", ["wrong", None])
async def test_a_wrong_password_is_an_answer_of_its_own(
    shop: Shop, tmp_path: Path, password: str | None
) -> None:
    shop.write("offers-1.csv")

    found = await failing(shop, shop.source(password=password), tmp_path / "in")

    assert found.code is FileCode.AUTH_FAILED
    assert PASSWORD not in found.detail


async def test_a_private_key_opens_and_another_does_not(tmp_path: Path) -> None:
    key, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    keys = tmp_path / "authorized_keys"
    keys.write_bytes(key.export_public_key())
    async with serving(tmp_path / "server", keys=keys) as shop:
        shop.write("offers-1.csv")
        text = key.export_private_key().decode()

        got = await get(shop, shop.source(password=None, private_key=text), tmp_path / "in")
        wrong = shop.source(password=None, private_key=other.export_private_key().decode())
        refused = await failing(shop, wrong, tmp_path / "no")
        damaged = shop.source(password=None, private_key=text.replace("\n", "x\n", 3))
        unread = await failing(shop, damaged, tmp_path / "no")

    assert isinstance(got, Fetched)
    assert refused.code is unread.code is FileCode.AUTH_FAILED


async def test_no_key_of_this_machine_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key in the home of the account that runs us would open the server."""
    home, key = tmp_path / "home", asyncssh.generate_private_key("ssh-ed25519")
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_bytes(key.export_private_key())
    (home / ".ssh" / "config").write_text("Host *\n  User shop\n  StrictHostKeyChecking no\n")
    monkeypatch.setenv("HOME", str(home))
    keys = tmp_path / "authorized_keys"
    keys.write_bytes(key.export_public_key())
    async with serving(tmp_path / "server", keys=keys) as shop:
        shop.write("offers-1.csv")

        found = await failing(shop, shop.source(password=None), tmp_path / "in")

    assert found.code is FileCode.AUTH_FAILED


@pytest.mark.parametrize("pattern", ["nothing-*.csv", "offers-1.csv.done", ".."])
async def test_no_file_that_fits_is_not_found(shop: Shop, tmp_path: Path, pattern: str) -> None:
    shop.write("offers-1.csv")
    shop.write("offers-1.csv.done", b"")

    assert (await failing(shop, shop.source(pattern), tmp_path / "in")).code is FileCode.NOT_FOUND


async def test_a_folder_that_is_not_there_is_not_found(shop: Shop, tmp_path: Path) -> None:
    source = replace(shop.source(), url=shop.url().replace("/feeds/", "/elsewhere/"))

    assert (await failing(shop, source, tmp_path / "in")).code is FileCode.NOT_FOUND


async def test_a_link_out_of_the_folder_is_not_followed(shop: Shop, tmp_path: Path) -> None:
    (shop.folder / "secret.csv").write_bytes(b"sku;price\nsecret;1\n")
    (shop.folder / "feeds" / "offers-9.csv").symlink_to("../secret.csv")

    assert (await failing(shop, shop.source(), tmp_path / "in")).code is FileCode.NOT_FOUND


async def test_a_young_file_waits_until_it_stood_still_or_is_said_to_be_done(
    shop: Shop, tmp_path: Path
) -> None:
    young = NOW - timedelta(seconds=59)
    shop.write("offers-1.csv", at=young)

    waits = await get(shop, shop.source(), tmp_path / "in")
    assert isinstance(waits, NotChanged)
    assert waits.proof is Proof.NOT_READY

    old = await get(shop, shop.source(), tmp_path / "old", now=NOW + timedelta(seconds=1))
    assert isinstance(old, Fetched)
    shop.write("offers-1.csv.done", b"", NOW)
    assert isinstance(await get(shop, shop.source(), tmp_path / "done"), Fetched)


async def test_a_server_whose_clock_is_ahead_is_believed_once_a_file_stood_still(
    shop: Shop, tmp_path: Path
) -> None:
    shop.write("offers-1.csv", at=NOW + timedelta(hours=2))
    first = await get(shop, shop.source(), tmp_path / "in")
    assert isinstance(first, NotChanged)

    def seen(seconds: int) -> SftpSource:
        at = NOW - timedelta(seconds=seconds)
        return shop.source(seen=first.etag, seen_at=at)

    assert isinstance(await get(shop, seen(59), tmp_path / "in"), NotChanged)
    assert isinstance(await get(shop, seen(60), tmp_path / "in"), Fetched)


async def test_a_file_that_grows_while_it_is_read_is_not_taken(tmp_path: Path) -> None:
    class Growing(asyncssh.SFTPServer):
        def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            content: bytes = super().read(file_obj, offset, size)
            with (root / "feeds" / "offers-1.csv").open("ab") as file:
                file.write(b"A-9;1.00\n")
            return content

    root = tmp_path / "server"
    async with serving(root, Growing) as shop:
        shop.write("offers-1.csv")
        found = await failing(shop, shop.source(), tmp_path / "in")

    assert found.code is FileCode.FEED_TRUNCATED


async def test_a_file_too_large_is_refused_and_one_larger_than_it_said_is_not_taken(
    tmp_path: Path,
) -> None:
    class Small(asyncssh.SFTPServer):
        """Says of every file that it is small."""

        def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
            return self._small(super().lstat(path))

        def fstat(self, file_obj: Any) -> asyncssh.SFTPAttrs:
            return self._small(super().fstat(file_obj))

        def scandir(self, path: bytes) -> Any:
            async def names() -> AsyncIterator[asyncssh.SFTPName]:
                async for name in asyncssh.SFTPServer.scandir(self, path):
                    name.attrs = self._small(name.attrs)
                    yield name

            return names()

        @staticmethod
        def _small(found: Any) -> asyncssh.SFTPAttrs:
            attrs = (
                found
                if isinstance(found, asyncssh.SFTPAttrs)
                else asyncssh.SFTPAttrs.from_local(found)
            )
            attrs.size = 10
            return attrs

    least = Limits(stored_bytes=1000, total_seconds=10, silence_seconds=5)
    async with serving(tmp_path / "plain") as shop:
        shop.write("offers-1.csv")
        told = await failing(shop, shop.source(), tmp_path / "in", least)
    async with serving(tmp_path / "liar", Small) as shop:
        shop.write("offers-1.csv")
        lied = await failing(shop, shop.source(), tmp_path / "in", least)

    assert (told.code, lied.code) == (FileCode.FEED_TOO_LARGE, FileCode.FEED_TRUNCATED)


async def test_a_folder_with_too_many_names_is_refused(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "MOST_NAMES", 3)
    for n in range(4):
        shop.write(f"offers-{n}.csv")

    found = await failing(shop, shop.source(), tmp_path / "in")

    assert found.code is FileCode.FEED_TOO_LARGE


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        pytest.param("sftp://shop@127.0.0.1/feeds/a.csv", "not a public address", id="loopback"),
        pytest.param("sftp://shop@[::ffff:10.0.0.1]/a.csv", "not a public address", id="wrapped"),
        pytest.param("sftp://shop@localhost:2222/a.csv", "not a public address", id="a name"),
        pytest.param("sftp://shop@203.0.113.9:25/a.csv", "port 25 is not called", id="port"),
    ],
)
async def test_an_address_inside_is_not_called(tmp_path: Path, url: str, detail: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        await sftp.fetch(Guard(), SftpSource(url), tmp_path / "body", LIMITS, NOW)

    assert caught.value.code is FileCode.NOT_FOUND
    assert detail in caught.value.detail


async def test_a_server_that_hangs_up_or_is_away_is_asked_again_later(tmp_path: Path) -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url, guard = f"sftp://shop@localhost:{port}/a.csv", Guard([f"localhost:{port}"])
    async with server:
        with pytest.raises(Unavailable):
            await sftp.fetch(guard, SftpSource(url), tmp_path / "body", LIMITS, NOW)
    with pytest.raises(Unavailable):
        await sftp.fetch(guard, SftpSource(url), tmp_path / "body", LIMITS, NOW)


async def test_nothing_of_a_fetch_is_logged(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    shop.write("offers-1.csv")
    logging.getLogger("asyncssh").setLevel(logging.ERROR)

    await get(shop, shop.source(), tmp_path / "in")

    assert "shop" not in caplog.text
    assert PASSWORD not in repr(shop.source())
