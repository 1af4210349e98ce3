"""Brings a feed onto our disk from a merchant's SFTP server.

The server is who the merchant confirmed by the fingerprint of its host key, before it is told who
we are. Nothing of this machine is used: no agent, no known hosts, no configuration, no keys. The
newest regular file whose name fits is read, once it is no longer being written; symbolic links are
not followed.
"""

import asyncio
import hmac
import logging
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, cast

import asyncssh

from domain.offers.lines import FileCode
from domain.offers.sources import SFTP_PORTS, SftpPlace, sftp_place
from integrations.feeds.body import Body, FetchFailed, Limits, Stored
from integrations.feeds.fetch import Fetched, NotChanged, Proof
from integrations.http import AddressRefused, Guard, Unavailable

logging.getLogger("asyncssh").setLevel(logging.ERROR)  # it names hosts, users and files

STABLE_SECONDS: Final = 60
MOST_NAMES: Final = 10_000
LONGEST_NAME: Final = 255
READ_BYTES: Final = 1024 * 1024
DONE: Final = ".done"
HOST_KEYS: Final = (
    *("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    *("rsa-sha2-512", "rsa-sha2-256"),
)
_CHANGED: Final = "the file changed while it was read"


@dataclass(frozen=True, slots=True)
class SftpSource:
    """Where a feed is, who may say so, and what the last runs knew of it.

    Shapes: `etag` is `FileSeen.mark` of the file that was applied last; `seen` that of one that was
    not ready at `seen_at`.
    """

    url: str
    host_key: str | None = None
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    etag: str | None = None
    body_sha256: str | None = None
    seen: str | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file of the folder. Units: `mtime` in seconds since 1970."""

    name: str
    size: int
    mtime: int
    done: bool = False

    @property
    def mark(self) -> str:
        """What another look is compared with."""
        return f"{self.mtime}:{self.size}:{self.name}"


class HostKeyRefused(FetchFailed):
    """The server showed a key that nobody confirmed: `found` is its fingerprint."""

    def __init__(self, found: str, expected: str | None) -> None:
        said = (
            f"the server's host key is {found}, and {expected} was confirmed"
            if expected
            else f"confirm the server's host key with hostKey: it is {found}"
        )
        super().__init__(FileCode.AUTH_FAILED, said)
        self.found = found


async def fetch(
    guard: Guard, source: SftpSource, into: Path, limits: Limits, now: datetime
) -> Fetched | NotChanged:
    """Download the newest file into `into`, unless it is the last one, or may still be written.

    A file is ready when it was last written 60 s ago, when it stood the same 60 s ago, or when
    `NAME.done` stands beside it.
    Raises: FetchFailed with the code of the run; Unavailable when another try may succeed.
    Source: RFC 4253; draft-ietf-secsh-filexfer-02 (SFTP version 3).
    """
    place = sftp_place(source.url)
    if place is None:
        raise FetchFailed(FileCode.NOT_FOUND, "not an address of the form sftp://user@host/folder/")
    try:
        async with asyncio.timeout(limits.total_seconds):
            async with _connected(guard, place, source, limits) as sftp:
                return await _newest(sftp, place, source, into, limits, now)
    except TimeoutError as error:
        raise FetchFailed(FileCode.TIMEOUT, "the download took too long") from error
    except asyncssh.PermissionDenied as error:
        detail = "the server refused the user, the password or the key"
        raise FetchFailed(FileCode.AUTH_FAILED, detail) from error
    except asyncssh.SFTPError as error:
        raise _failed(error) from error
    except (asyncssh.Error, OSError) as error:
        raise Unavailable(type(error).__name__) from error


class _Client(asyncssh.SSHClient):
    """Takes a host key if it is the confirmed one, and notes the one that was shown."""

    def __init__(self, expected: str | None) -> None:
        self._expected = expected
        self.found: str | None = None

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        self.found = key.get_fingerprint("sha256")
        return self._expected is not None and hmac.compare_digest(self.found, self._expected)


@asynccontextmanager
async def _connected(
    guard: Guard, place: SftpPlace, source: SftpSource, limits: Limits
) -> AsyncIterator[asyncssh.SFTPClient]:
    key = _key(source.private_key)
    try:
        async with asyncio.timeout(limits.connect_seconds):
            sock = await _socket(guard, place)
    except TimeoutError as error:
        raise Unavailable("no connection in time") from error
    client = _Client(source.host_key)
    try:
        connection = await asyncssh.connect(
            place.host,
            place.port,
            sock=sock,
            client_factory=lambda: client,
            config=None,
            known_hosts=([], [], []),
            server_host_key_algs=list(HOST_KEYS),
            x509_trusted_certs=None,
            username=place.user,
            password=source.password,
            client_keys=[key] if key else None,
            agent_path=None,
            host_based_auth=False,
            gss_kex=False,
            gss_auth=False,
            compression_algs=["none"],
            login_timeout=limits.silence_seconds,
            keepalive_interval=limits.silence_seconds / 3,
        )
    except asyncssh.HostKeyNotVerifiable as error:
        if client.found is None:
            raise FetchFailed(FileCode.AUTH_FAILED, "the host key cannot be read") from error
        raise HostKeyRefused(client.found, source.host_key) from error
    except BaseException:
        sock.close()
        raise
    try:
        async with asyncio.timeout(limits.silence_seconds):
            sftp = await connection.start_sftp_client()
        yield sftp
    finally:
        connection.abort()


def _key(text: str | None) -> asyncssh.SSHKey | None:
    try:
        return asyncssh.import_private_key(text) if text else None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        detail = "the private key cannot be read: send it again, without a passphrase"
        raise FetchFailed(FileCode.AUTH_FAILED, detail) from error


async def _socket(guard: Guard, place: SftpPlace) -> socket.socket:
    """A connected socket to an address that may be used: what was checked is what is called."""
    named = guard.named(place.host, place.port)
    if place.port not in SFTP_PORTS and not named:
        raise FetchFailed(FileCode.NOT_FOUND, f"address refused: port {place.port} is not called")
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    refused: OSError = AddressRefused("not a public address")
    for info in found:
        if named:
            guard.learn(str(info[4][0]), place.port)
        try:
            sock = guard.socket(info)
        except AddressRefused:
            continue
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, info[4])
        except OSError as error:
            sock.close()
            refused = error
            continue
        except BaseException:
            sock.close()
            raise
        return sock
    if isinstance(refused, AddressRefused):
        raise FetchFailed(FileCode.NOT_FOUND, f"address refused: {refused}")
    raise refused


async def _newest(
    sftp: asyncssh.SFTPClient,
    place: SftpPlace,
    source: SftpSource,
    into: Path,
    limits: Limits,
    now: datetime,
) -> Fetched | NotChanged:
    folder = "./" + place.folder[3:] if place.folder.startswith("/~/") else place.folder
    async with asyncio.timeout(limits.silence_seconds):
        newest = _chosen(await _listed(sftp, folder), place.pattern)
    if newest is None:
        raise FetchFailed(FileCode.NOT_FOUND, f"no file fits {place.pattern[:100]}")
    if newest.mark == source.etag:
        return NotChanged(Proof.NOT_MODIFIED, newest.mark, None)
    if not _ready(newest, source, now):
        return NotChanged(Proof.NOT_READY, newest.mark, None)
    if newest.size > limits.stored_bytes:
        raise FetchFailed(FileCode.FEED_TOO_LARGE, f"over {limits.stored_bytes} bytes")
    stored = await _read(sftp, folder + newest.name, newest, into, limits)
    if stored.sha256 == source.body_sha256:
        await asyncio.to_thread(stored.path.unlink)
        return NotChanged(Proof.SAME_BODY, newest.mark, None)
    file_time = datetime.fromtimestamp(newest.mtime, UTC)
    return Fetched(stored.path, stored.sha256, stored.bytes, newest.mark, file_time=file_time)


async def _listed(sftp: asyncssh.SFTPClient, folder: str) -> dict[str, FileSeen | None]:
    """The regular files of a folder by name; None for what is another thing."""
    found: dict[str, FileSeen | None] = {}
    async for entry in sftp.scandir(folder.encode()):
        if len(found) >= MOST_NAMES:
            raise FetchFailed(FileCode.FEED_TOO_LARGE, f"over {MOST_NAMES} names in the folder")
        name, attrs = _name(entry.filename), entry.attrs
        if name is not None:
            found[name] = _seen(name, attrs)
    return found


def _name(raw: bytes | str) -> str | None:
    """A name of the folder itself, as text; None for one that leads elsewhere."""
    name = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    fine = 0 < len(name) <= LONGEST_NAME and "/" not in name and "\0" not in name
    return name if fine and name not in {".", ".."} and "\ufffd" not in name else None


def _seen(name: str, attrs: asyncssh.SFTPAttrs) -> FileSeen | None:
    kind = attrs.permissions and stat.S_IFMT(attrs.permissions)
    regular = kind == stat.S_IFREG if kind else attrs.type == asyncssh.FILEXFER_TYPE_REGULAR
    if not regular or attrs.size is None or attrs.mtime is None:
        return None
    return FileSeen(name, attrs.size, int(attrs.mtime))


def _chosen(found: dict[str, FileSeen | None], pattern: str) -> FileSeen | None:
    """The newest file whose name fits; of two of one time the last by name."""
    fit = [
        each
        for each in found.values()
        if each is not None and fnmatchcase(each.name, pattern) and not each.name.endswith(DONE)
    ]
    newest = max(fit, key=lambda each: (each.mtime, each.name), default=None)
    if newest is None:
        return None
    return FileSeen(newest.name, newest.size, newest.mtime, newest.name + DONE in found)


def _ready(newest: FileSeen, source: SftpSource, now: datetime) -> bool:
    if newest.done or now.timestamp() - newest.mtime >= STABLE_SECONDS:
        return True
    if newest.mark != source.seen or source.seen_at is None:
        return False
    return (now - source.seen_at).total_seconds() >= STABLE_SECONDS


async def _read(
    sftp: asyncssh.SFTPClient, path: str, newest: FileSeen, into: Path, limits: Limits
) -> Stored:
    """The file on disk; what is not the file that was listed, at its end too, is not taken."""
    body = Body(into, None, limits)
    try:
        async with asyncio.timeout(limits.silence_seconds):
            _same(newest, await sftp.lstat(path))
            file = await sftp.open(path, "rb", encoding=None)
        async with file:
            _same(newest, await file.stat())
            received = 0
            while True:
                async with asyncio.timeout(limits.silence_seconds):
                    wanted = min(READ_BYTES, newest.size - received + 1)
                    piece = cast("bytes", await file.read(wanted))
                received += len(piece)
                if received > newest.size:
                    raise FetchFailed(FileCode.FEED_TRUNCATED, _CHANGED)
                if not piece:
                    break
                await asyncio.to_thread(body.write, piece)
            _same(newest, await file.stat())
            _same(newest, await sftp.lstat(path))
        return await asyncio.to_thread(body.finish)
    finally:
        body.close()


def _same(newest: FileSeen, attrs: asyncssh.SFTPAttrs) -> None:
    now = _seen(newest.name, attrs)
    if now is None or now.mark != newest.mark:
        raise FetchFailed(FileCode.FEED_TRUNCATED, _CHANGED)


def _failed(error: asyncssh.SFTPError) -> FetchFailed | Unavailable:
    match error:
        case asyncssh.SFTPNoSuchFile() | asyncssh.SFTPNoSuchPath():
            return FetchFailed(FileCode.NOT_FOUND, "the folder or the file is not there")
        case asyncssh.SFTPPermissionDenied():
            return FetchFailed(FileCode.AUTH_FAILED, "the user may not read the folder or the file")
        case asyncssh.SFTPConnectionLost() | asyncssh.SFTPNoConnection():
            return Unavailable("the connection was lost")
        case asyncssh.SFTPEOFError():
            return FetchFailed(FileCode.FEED_TRUNCATED, "the file ends early")
        case _:
            return FetchFailed(FileCode.NOT_FOUND, "the server refused to read the folder")
