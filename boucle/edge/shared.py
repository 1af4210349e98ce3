"""What the processes share in Valkey, asked so that its absence costs no request any time.

One call may take 50 ms. After a failure nobody asks for a second; then one background call finds
out whether it is back, while requests go on without it.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

log = structlog.get_logger()

T = TypeVar("T")

TIMEOUT_SECONDS = 0.05
PAUSE_SECONDS = 1.0
FAILURES = (RedisError, OSError, TimeoutError)


async def run_script(
    client: Redis, script: str, keys: Sequence[str], arguments: Sequence[str | int]
) -> Any:
    """Run a script by its hash; its text is sent where the server does not know it yet."""
    named = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
    try:
        return await client.evalsha(named, len(keys), *keys, *arguments)
    except NoScriptError:
        return await client.eval(script, len(keys), *keys, *arguments)


class Away(Exception):
    """Valkey does not answer, or there is none."""


class Shared:
    """One client of Valkey for a process, and the circuit before it. No address: always away."""

    def __init__(
        self,
        url: str | None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        pause: float = PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout, self._pause, self._clock = timeout, pause, clock
        self._quiet_until = 0.0
        self._probe: asyncio.Task[None] | None = None
        self._client: Redis | None = None
        if url:
            self._client = Redis.from_url(
                url,
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
                retry=Retry(NoBackoff(), 0),
            )

    @property
    def away(self) -> bool:
        """Whether a call would be refused at once. Looks for Valkey again when it is time."""
        if self._client is None:
            return True
        if not self._quiet_until:
            return False
        if self._clock() >= self._quiet_until and (self._probe is None or self._probe.done()):
            self._probe = asyncio.create_task(self._look())
        return True

    async def call(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        """What `work` gets of Valkey. Raises: Away."""
        if self.away or self._client is None:
            raise Away
        try:
            async with asyncio.timeout(self._timeout):
                return await work(self._client)
        except FAILURES as error:
            if not self._quiet_until:
                log.warning("shared.away", error=type(error).__name__)
            self._quiet_until = self._clock() + self._pause
            raise Away from error

    async def _look(self) -> None:
        """Ask once, where no request waits for the answer."""
        if self._client is None:
            return
        try:
            async with asyncio.timeout(self._timeout):
                await self._client.ping()
        except FAILURES:
            self._quiet_until = self._clock() + self._pause
        else:
            self._quiet_until = 0.0
            log.info("shared.back")

    async def aclose(self) -> None:
        """Close the connections."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
