"""Whether this process lives, whether it can serve, and its metrics."""

import asyncio
from http import HTTPStatus
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import answer
from boucle.orm import unapplied
from boucle.settings import Settings
from boucle.telemetry import CONTENT_TYPE, DATABASE_AWAY, exposition
from models import outbox
from models.base import fetchval

WITHIN_SECONDS = 1.0
MIGRATIONS_WITHIN_SECONDS = 5.0


class Health:
    """The endpoints of health. The migrations are looked up until they are all there."""

    def __init__(self, settings: Settings) -> None:
        self._database_url = str(settings.database_url)
        self._redis_url = str(settings.redis_url)
        self._migrated = False

    async def live(self, request: Request) -> Response:
        """The process answers."""
        return answer({"status": "live"})

    async def ready(self, request: Request) -> Response:
        """The database answers within a second and has every migration.

        Redis and the wait of the oldest job are told, and decide nothing: reads go on without.
        """
        database, lag = await self._database()
        migrated = database and await self.migrated()
        body = {
            "status": "ready" if migrated else "not ready",
            "database": database,
            "migrations": migrated,
            "redis": await self._redis(),
            "outbox_lag_seconds": lag,
        }
        status = HTTPStatus.OK if migrated else HTTPStatus.SERVICE_UNAVAILABLE
        return answer(body, status)

    async def metrics(self, request: Request) -> Response:
        """What Prometheus reads."""
        return Response(await exposition(), headers={"Content-Type": CONTENT_TYPE})

    async def migrated(self) -> bool:
        """Whether the tables have every migration; a yes is remembered."""
        if not self._migrated:
            try:
                async with asyncio.timeout(MIGRATIONS_WITHIN_SECONDS):
                    self._migrated = not await unapplied(self._database_url)
            except DATABASE_AWAY:
                return False
        return self._migrated

    async def _database(self) -> tuple[bool, dict[str, Any]]:
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                await fetchval("SELECT 1")
        except DATABASE_AWAY:
            return False, {}
        try:
            async with asyncio.timeout(WITHIN_SECONDS):
                lag = await outbox.lag()
        except DATABASE_AWAY:
            return True, {}
        return True, {queue.value: round(seconds, 1) for queue, seconds in lag.items()}

    async def _redis(self) -> bool:
        client = Redis.from_url(
            self._redis_url,
            socket_timeout=WITHIN_SECONDS,
            socket_connect_timeout=WITHIN_SECONDS,
            retry=None,
        )
        try:
            return bool(await client.ping())
        except (RedisError, OSError, TimeoutError):
            return False
        finally:
            await client.aclose()
