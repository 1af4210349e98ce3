"""Sends one signed request to an address that a partner gave, and keeps what it answers.

https to port 443, or what the operator named; no redirect is followed, and no address inside is
called, however its name resolves at that moment.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from domain.partners.webhooks import CALL_SECONDS
from integrations.http import (
    AddressRefused,
    Outbound,
    Rejected,
    Request,
    call,
    outbound,
    parse_url,
)

CONNECT_SECONDS: Final = 5.0
PORTS: Final = frozenset({443})
ANSWER_BYTES: Final = 4 * 1024
NAMES_AT_ONCE: Final = 128


class PooledResolver(AbstractResolver):
    """Looks names up in threads of its own, so that one that is never answered holds up none."""

    def __init__(self, at_once: int = NAMES_AT_ONCE) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises: OSError where it has none."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._pool, socket.getaddrinfo, host, port, family, socket.SOCK_STREAM
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Wait for no name any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Replied:
    """What came back: of its body 4 KiB at most. Units: `latency_ms` until that was read."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    latency_ms: int


@asynccontextmanager
async def sending(
    allowed: Collection[str] = (), resolver: AbstractResolver | None = None
) -> AsyncIterator[Outbound]:
    """Open a session for webhooks: endpoints at one host do not wait for each other's calls."""
    names = resolver or PooledResolver()
    async with outbound(allowed, resolver=names, limits=(0, 0)) as session:
        yield session


async def post(
    session: Outbound,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    seconds: float = CALL_SECONDS,
) -> Replied:
    """Send a body once and read any answer in these seconds. Raises: Unavailable, Rejected."""
    try:
        parsed = parse_url(url)
    except AddressRefused as error:
        raise Rejected(str(error)) from error
    if parsed.scheme != "https" and not session.guard.named(parsed.host or "", parsed.port):
        raise Rejected("webhooks are sent over https only")
    request = Request(
        method="POST",
        url=url,
        headers={"Content-Type": "application/json", **headers},
        body=body,
        timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, CONNECT_SECONDS)),
        most_bytes=ANSWER_BYTES,
        ports=PORTS,
        cut=True,
    )
    began = time.perf_counter()
    answer = await call(session, request)
    latency_ms = round((time.perf_counter() - began) * 1_000)
    return Replied(answer.status, answer.headers, answer.body, latency_ms)
