"""Which of our media types a client wants.

Source: GraphQL over HTTP, "Accept"; RFC 9110, 12.5.1.
"""

from functools import lru_cache
from http import HTTPStatus

from boucle.edge.answers import GRAPHQL_JSON, JSON, Code, NotServed

EVENT_STREAM = "text/event-stream"
_MAX_RANGES = 40
_REMEMBERED = 300  # characters of a header that is worth remembering


def media_type(accept: str | None, *, streams: bool = False) -> str:
    """The type to answer with: the newer one wherever it is named and not liked less.

    Shapes: `text/event-stream` only where the server `streams` and nothing of ours is liked as
    much. Raises: NotServed, 406, if none is accepted.
    """
    if accept is None:
        return JSON
    chosen = (_known if len(accept) <= _REMEMBERED else _chosen)(accept, streams)
    if chosen is None:
        kinds = [GRAPHQL_JSON, JSON, *([EVENT_STREAM] if streams else [])]
        raise NotServed(
            HTTPStatus.NOT_ACCEPTABLE,
            Code.BAD_REQUEST,
            "NOT_ACCEPTABLE",
            f"Accept {' or '.join(kinds)}.",
        )
    return chosen


def wants_page(accept: str | None) -> bool:
    """Whether a browser asks for a page, not a program for data."""
    return bool(accept) and ranges_of(accept or "").get("text/html", 0) > 0


def _chosen(accept: str, streams: bool) -> str | None:
    if not accept.strip():
        return JSON
    ranges = ranges_of(accept)
    newer, older = _quality(GRAPHQL_JSON, ranges), _quality(JSON, ranges)
    if streams and ranges.get(EVENT_STREAM, 0) > max(newer, older):
        return EVENT_STREAM
    if GRAPHQL_JSON in ranges and newer > 0 and newer >= older:
        return GRAPHQL_JSON
    if older > 0:
        return JSON
    return GRAPHQL_JSON if newer > 0 else None


_known = lru_cache(256)(_chosen)


def ranges_of(accept: str) -> dict[str, float]:
    """Quality by media range; parameters other than q do not tell our types apart."""
    found: dict[str, float] = {}
    for part in accept.split(",")[:_MAX_RANGES]:
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if not _charset_is_utf8(parameters):
            continue
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        found[kind] = max(found.get(kind, 0), _number(quality))
    return found


def _charset_is_utf8(parameters: list[str]) -> bool:
    charsets = [p[8:].strip('"') for p in parameters if p.startswith("charset=")]
    return all(charset in {"utf-8", "utf8"} for charset in charsets)


def _number(text: str) -> float:
    digits = text.replace(".", "", 1)
    well_formed = digits.isascii() and digits.isdigit() and len(text) <= 5
    return min(float(text), 1.0) if well_formed else 0.0


def _quality(kind: str, ranges: dict[str, float]) -> float:
    for known in (kind, "application/*", "*/*"):
        if known in ranges:
            return ranges[known]
    return 0.0
