"""The servers of the invented merchants, as one web application."""

import asyncio
import gzip
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from aiohttp import web

from integrations.sandbox.hostile import add_hostile_routes
from integrations.sandbox.merchants import DemoMerchant
from integrations.sandbox.offers import Shop, open_shop
from integrations.sandbox.render import TYPES, render
from integrations.sandbox.variants import DemoVariant

Clock = Callable[[], datetime]

TICK_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class File:
    """A merchant's file as it stands: from which look it is, and since when it reads so."""

    look: int
    body: bytes
    etag: str
    modified: datetime


class Stand:
    """One merchant's server: writes its file again when the merchant looked at its shop."""

    def __init__(self, merchant: DemoMerchant, variants: Sequence[DemoVariant]) -> None:
        self.merchant = merchant
        self._variants = variants
        self._shop: Shop | None = None
        self._file: File | None = None
        self._lock = asyncio.Lock()

    async def file(self, now: datetime) -> File:
        """The file of this moment. Its validators change only when its bytes do."""
        async with self._lock:
            return await asyncio.to_thread(self._written, int(now.timestamp()) // TICK_SECONDS)

    def _written(self, tick: int) -> File:
        shop = self._shop = self._shop or open_shop(self.merchant, self._variants)
        known, look = self._file, shop.look(tick)
        if known is not None and known.look == look:
            return known
        merchant = self.merchant
        body = render(merchant.format, merchant.encoding, shop.offers(tick), merchant.mistakes)
        etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        modified = datetime.fromtimestamp(look * shop.cadence * TICK_SECONDS, UTC)
        if known is not None and known.etag == etag:
            modified = known.modified
        self._file = File(look, body, etag, modified)
        return self._file


def create_sandbox(
    merchants: Sequence[DemoMerchant], variants: Sequence[DemoVariant], clock: Clock
) -> web.Application:
    """The application that serves `/feeds`, `/feeds/{slug}` and `/hostile/{name}`."""
    stands = {merchant.slug: Stand(merchant, variants) for merchant in merchants}

    async def index(_: web.Request) -> web.Response:
        rows = [_listed(stand.merchant) for stand in stands.values()]
        return web.json_response(rows)

    async def feed(request: web.Request) -> web.StreamResponse:
        stand = stands.get(request.match_info["slug"])
        if stand is None:
            raise web.HTTPNotFound(text="no such merchant")
        return _answer(request, stand.merchant, await stand.file(clock()))

    app = web.Application()
    app.router.add_get("/feeds", index)
    app.router.add_get("/feeds/{slug}", feed)
    add_hostile_routes(app)
    return app


def _listed(merchant: DemoMerchant) -> Mapping[str, object]:
    return {
        "slug": merchant.slug,
        "url": f"/feeds/{merchant.slug}",
        "format": merchant.format,
        "encoding": merchant.encoding,
        "mistakes": merchant.mistakes,
    }


def _answer(request: web.Request, merchant: DemoMerchant, file: File) -> web.Response:
    headers = {}
    if "etag" in merchant.exposes:
        headers["ETag"] = file.etag
    if "last-modified" in merchant.exposes:
        headers["Last-Modified"] = format_datetime(file.modified, usegmt=True)
    if _is_current(request, headers, file):
        return web.Response(status=304, headers=headers)
    body = file.body
    headers["Content-Type"] = TYPES[merchant.format]
    if "gzip" in merchant.exposes and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, compresslevel=5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, headers=headers)


def _is_current(request: web.Request, headers: Mapping[str, str], file: File) -> bool:
    if (tags := request.headers.get("If-None-Match")) is not None and "ETag" in headers:
        return file.etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    since = request.headers.get("If-Modified-Since")
    if since is None or "Last-Modified" not in headers:
        return False
    try:
        return file.modified <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False
