"""Which of our two media types a client wants.

Source: GraphQL over HTTP, "Accept"; RFC 9110, 12.5.1.
"""

from http import HTTPStatus

from boucle.edge.answers import GRAPHQL_JSON, JSON, Code, NotServed

_MAX_RANGES = 40


def media_type(accept: str | None) -> str:
    """The type to answer with: the newer one wherever it is named and not liked less.

    Raises: NotServed, 406, if neither is accepted.
    """
    if accept is None or not accept.strip():
        return JSON
    ranges = _ranges(accept)
    liked = {kind: _quality(kind, ranges) for kind in (GRAPHQL_JSON, JSON)}
    if GRAPHQL_JSON in ranges and liked[GRAPHQL_JSON] > 0 and liked[GRAPHQL_JSON] >= liked[JSON]:
        return GRAPHQL_JSON
    if liked[JSON] > 0:
        return JSON
    if liked[GRAPHQL_JSON] > 0:
        return GRAPHQL_JSON
    raise NotServed(
        HTTPStatus.NOT_ACCEPTABLE,
        Code.BAD_REQUEST,
        "NOT_ACCEPTABLE",
        f"Accept {GRAPHQL_JSON} or {JSON}.",
    )


def wants_page(accept: str | None) -> bool:
    """Whether a browser asks for a page, not a program for data."""
    return bool(accept) and _ranges(accept or "").get("text/html", 0) > 0


def _ranges(accept: str) -> dict[str, float]:
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
