"""One way to call an address that others gave us, and two ways to fail.

Two doors are shut. The URL is checked before each call: scheme, port, no user name. The address is
checked by the socket factory at the moment of use, so numbers in odd bases, names that point
inwards and answers that change between check and use all meet the same test. What an operator runs
next door on purpose, a simulator say, is named as `host:port` in an argument; there is no mode that
opens everything.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final, cast

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from domain.accounts.places import public

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
Network = IPv4Network | IPv6Network

WEB_PORTS: Final = frozenset({80, 443, 8443})
USER_AGENT: Final = "Boucle/0.1 (marketplace backend)"
ANSWER_BYTES: Final = 4 * 1024 * 1024
TIMEOUT: Final = aiohttp.ClientTimeout(total=20, sock_connect=5)
CALLS_AT_ONCE: Final = 5
ALL_CALLS_AT_ONCE: Final = 100
CUT_SECONDS: Final = 2.0


class Why(StrEnum):
    """What a partner may learn of a call that failed: never an address."""

    UNREACHABLE = "UNREACHABLE"
    REFUSED = "REFUSED"
    TIMEOUT = "TIMEOUT"
    TOO_LARGE = "TOO_LARGE"


class Unavailable(Exception):
    """No answer, or 429, or 5xx. Worth another try later."""

    def __init__(self, detail: str, why: Why = Why.UNREACHABLE) -> None:
        super().__init__(detail)
        self.why = why


class Rejected(Exception):
    """A clear no, or an answer that we cannot read. No use to repeat."""

    def __init__(self, detail: str, why: Why = Why.REFUSED) -> None:
        super().__init__(detail)
        self.why = why


class AddressRefused(OSError):
    """A URL or an address that we do not call, whoever asks."""


def place(host: str, port: int | None) -> str:
    """`host:port` as the allow-list writes it: lower case, IPv6 in brackets."""
    name = host.rstrip(".").lower()
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


class Guard:
    """Decides which addresses may be called: public ones, and those named by the operator."""

    def __init__(self, allowed: Collection[str] = (), own: Iterable[str] = ()) -> None:
        """Take the exceptions both ways.

        Shapes: `allowed` holds `host:port`; `own` holds networks of ours, refused though public.
        """
        self.allowed = frozenset(entry.lower() for entry in allowed)
        self._own: Sequence[Network] = [ip_network(network) for network in own]
        self._resolved: set[str] = set()

    def check(self, url: URL, ports: Collection[int] = WEB_PORTS) -> None:
        """Refuse a URL by its form; its address is checked when it is used.

        Raises: AddressRefused.
        """
        if url.scheme not in {"http", "https"}:
            raise AddressRefused("only http and https are called")
        if url.raw_user is not None or url.raw_password is not None:
            raise AddressRefused("a URL must not hold a user name")
        if not url.host:
            raise AddressRefused("a URL must name a host")
        if url.port not in ports and not self.named(url.host, url.port):
            raise AddressRefused(f"port {url.port} is not called")

    def named(self, host: str, port: int | None) -> bool:
        """Whether the operator named this host and port."""
        return place(host, port) in self.allowed

    def may_use(self, address: str, port: int) -> bool:
        """Whether a socket may be opened to this address and port."""
        if place(address, port) in self.allowed or place(address, port) in self._resolved:
            return True
        try:
            usable = public(address)
        except ValueError:
            return False
        return usable and not any(ip_address(address) in network for network in self._own)

    def learn(self, address: str, port: int) -> None:
        """Remember an address that a named host resolved to."""
        self._resolved.add(place(address, port))

    def socket(self, info: AddressInfo) -> socket.socket:
        """Open a socket for the address about to be used: check and use are one.

        Raises: AddressRefused.
        """
        family, kind, protocol, _, address = info
        if not self.may_use(str(address[0]), int(address[1])):
            raise AddressRefused("not a public address")
        return socket.socket(family, kind, protocol)


class GuardedResolver(AbstractResolver):
    """Leaves out the addresses that may not be used, so that the caller learns why."""

    def __init__(self, guard: Guard, inner: AbstractResolver) -> None:
        self._guard = guard
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve a name. Raises: AddressRefused when no address of it may be used."""
        found = await self._inner.resolve(host, port, family)
        if self._guard.named(host, port):
            for each in found:
                self._guard.learn(each["host"], port)
        usable = [each for each in found if self._guard.may_use(each["host"], port)]
        if not usable:
            raise AddressRefused("not a public address")
        return usable

    async def close(self) -> None:
        """Close the resolver behind this one."""
        await self._inner.close()


@dataclass(frozen=True, slots=True)
class Outbound:
    """A client session and the guard that stands in front of it."""

    client: aiohttp.ClientSession
    guard: Guard


@dataclass(frozen=True, slots=True)
class Request:
    """One call: what to send, and how much time, answer and choice of port it is given.

    With `cut` the beginning of a longer answer will do, or of one that breaks off.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: aiohttp.ClientTimeout = TIMEOUT
    most_bytes: int = ANSWER_BYTES
    ports: Collection[int] = WEB_PORTS
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: any status, at most the bytes that were asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@asynccontextmanager
async def outbound(
    allowed: Collection[str] = (),
    own: Iterable[str] = (),
    resolver: AbstractResolver | None = None,
    *,
    limits: tuple[int, int] = (ALL_CALLS_AT_ONCE, CALLS_AT_ONCE),
) -> AsyncIterator[Outbound]:
    """Open a guarded session: no proxy from the environment, no cookies, no hidden inflating.

    Units: `limits` are calls at once, in all and to one host; 0 leaves them to the caller.
    """
    guard = Guard(allowed, own)
    connector = aiohttp.TCPConnector(
        socket_factory=cast("Any", guard.socket),
        resolver=GuardedResolver(guard, resolver or ThreadedResolver()),
        limit=limits[0],
        limit_per_host=limits[1],
    )
    async with aiohttp.ClientSession(
        connector=connector,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        timeout=TIMEOUT,
        headers={"User-Agent": USER_AGENT},
    ) as client:
        yield Outbound(client, guard)


def parse_url(text: str) -> URL:
    """Read a URL as the client will read it. Raises: AddressRefused when it cannot be read."""
    try:
        return URL(text)
    except ValueError as error:
        raise AddressRefused("not a URL") from error


def refusal(error: aiohttp.ClientError) -> AddressRefused | None:
    """The refusal of ours inside an error of the client, if there is one."""
    if isinstance(error, aiohttp.InvalidURL):
        return AddressRefused("not a public address")
    if isinstance(error, aiohttp.ClientConnectorError):
        inner = error.os_error
        return inner if isinstance(inner, AddressRefused) else None
    return None


async def call(session: Outbound, request: Request) -> Answer:
    """Call once, follow nothing, and read a bounded answer whatever its status.

    Raises: Unavailable without an answer; Rejected for an address or an answer that we refuse.
    """
    try:
        url = parse_url(request.url)
        session.guard.check(url, request.ports)
        async with session.client.request(
            request.method,
            url,
            headers={"Accept-Encoding": "identity", **request.headers},
            data=request.body,
            timeout=request.timeout,
            allow_redirects=False,
        ) as response:
            read = _beginning if request.cut else _bounded
            content = await read(response, request.most_bytes)
            return Answer(response.status, response.headers, content)
    except AddressRefused as error:
        raise Rejected(str(error)) from error
    except TimeoutError as error:
        raise Unavailable("no answer in time", Why.TIMEOUT) from error
    except aiohttp.ClientError as error:
        if refused := refusal(error):
            raise Rejected(str(refused)) from error
        raise Unavailable(type(error).__name__) from error


async def _bounded(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    content = bytearray()
    async for piece in response.content.iter_any():
        content += piece
        if len(content) > most_bytes:
            raise Rejected(f"the answer exceeds {most_bytes} bytes", Why.TOO_LARGE)
    return bytes(content)


async def _beginning(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """What comes in a moment: the status has been said already."""
    content = bytearray()
    try:
        async with asyncio.timeout(CUT_SECONDS):
            while len(content) < most_bytes and not response.content.at_eof():
                content += await response.content.readany()
    except (aiohttp.ClientError, TimeoutError, OSError):
        pass
    return bytes(content[:most_bytes])


async def get_json(
    session: Outbound, url: str, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """GET a JSON object. Raises: Unavailable or Rejected, and nothing else."""
    answer = await call(session, Request("GET", url, headers or {}))
    if answer.status == 429 or answer.status >= 500:
        raise Unavailable(f"status {answer.status}")
    if answer.status != 200:
        raise Rejected(f"status {answer.status}")
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise Rejected("the answer is not JSON") from error
    if not isinstance(body, dict):
        raise Rejected("the answer is not a JSON object")
    return cast("dict[str, Any]", body)
