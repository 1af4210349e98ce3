"""Servers that misbehave, one route each, to see that a fetch ends as it should."""

import asyncio
import gzip
from functools import cache
from typing import Final

from aiohttp import web

_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n"
_CSV: Final = b"sku,price,currency,quantity,grade\r\n" + b"".join(
    b"H-%d,%d.90,EUR,3,good\r\n" % (n, 100 + n) for n in range(400)
)
_LATER: Final = _CSV[: len(_CSV) // 3]
XML_BOMB: Final = (
    b'<?xml version="1.0"?>\n<!DOCTYPE rss [\n<!ENTITY a "aaaaaaaaaa">\n'
    + b"".join(b'<!ENTITY %c "%s">\n' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>\n<rss><channel><item><title>&j;</title></item></channel></rss>\n"
)
_DRIP_SECONDS: Final = 0.2


async def _truncated(request: web.Request) -> web.StreamResponse:
    return await _raw(request, _HEAD % len(_CSV) + _CSV[:-100])


async def _wrong_length(request: web.Request) -> web.StreamResponse:
    return await _raw(request, _HEAD % (len(_CSV) - 100) + _CSV)


async def _changing(request: web.Request) -> web.StreamResponse:
    """The file is replaced by a shorter one after half of it was sent."""
    half = len(_CSV) // 2
    return await _raw(request, _HEAD % len(_CSV) + _CSV[:half], _LATER[half:])


async def _slow_drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/csv"})
    await response.prepare(request)
    for at in range(len(_CSV)):
        await response.write(_CSV[at : at + 1])
        await asyncio.sleep(_DRIP_SECONDS)
    return response


async def _redirect(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")


async def _sign_in(_: web.Request) -> web.StreamResponse:
    return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="feeds"'})


async def _missing(_: web.Request) -> web.StreamResponse:
    return web.Response(status=404)


async def _broken(_: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


async def _xml_bomb(_: web.Request) -> web.StreamResponse:
    return web.Response(body=XML_BOMB, content_type="application/xml")


async def _gzip_bomb(_: web.Request) -> web.StreamResponse:
    return web.Response(body=_bomb(), headers={"Content-Encoding": "gzip"})


HOSTILE: Final = {
    "truncated": _truncated,
    "wrong-length": _wrong_length,
    "slow-drip": _slow_drip,
    "302-private": _redirect,
    "401": _sign_in,
    "404": _missing,
    "500": _broken,
    "xml-bomb": _xml_bomb,
    "gzip-bomb": _gzip_bomb,
    "changing-while-read": _changing,
}


def add_hostile_routes(app: web.Application) -> None:
    """Add a route for each misbehaviour, under its name."""
    for name, handler in HOSTILE.items():
        app.router.add_get(f"/hostile/{name}", handler)


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(16 * 1024 * 1024), mtime=0)


async def _raw(request: web.Request, *parts: bytes) -> web.StreamResponse:
    """Write bytes past the framework, which would correct them, and hang up."""
    if (transport := request.transport) is not None:
        for part in parts:
            transport.write(part)
            await asyncio.sleep(0.01)
        transport.close()
    return web.Response()
