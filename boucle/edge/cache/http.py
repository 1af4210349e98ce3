"""What an answer says to the caches of others. Pure."""

import time
from collections.abc import Mapping

from boucle.edge.cache.answers import Cached

NO_STORE: Mapping[str, str] = {"Cache-Control": "no-store"}
PUBLIC_SECONDS = 1  # nobody tells a foreign cache of a change


def cache_headers(
    cached: Cached | None, *, anonymous: bool, seconds: int = PUBLIC_SECONDS
) -> Mapping[str, str]:
    """The headers of an answer to a GET of a persisted document; `no-store` for all others.

    Shapes: None is an answer of which nothing may be kept. A caller with an identity never has
    answers kept. Source: RFC 9111, 5.2.2; RFC 5861, 3; RFC 9110, 8.8.3.
    """
    if cached is None or not anonymous:
        return NO_STORE
    left = min(seconds, int(cached.expires - time.monotonic()))
    if left <= 0:
        return NO_STORE
    return {
        "Cache-Control": f"public, max-age={left}, stale-while-revalidate=0",
        "ETag": cached.etag,
    }


def not_modified(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has these bytes already: answer 304 without a body.

    Shapes: the header's value, its lines joined by commas. Source: RFC 9110, 13.1.2.
    """
    if if_none_match is None:
        return False
    asked = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return "*" in asked or etag in asked
