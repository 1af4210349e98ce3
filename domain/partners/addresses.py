"""Which URLs a webhook may be sent to, by their form; the address is checked at each call."""

from collections.abc import Collection
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 2_000
_USUAL: Final = {"https": 443, "http": 80}
_INSIDE: Final = frozenset({"localhost", "local", "internal", "localdomain"})


class BadUrl(StrEnum):
    """Why a URL is not called; the text is for a person."""

    TOO_LONG = "The URL is longer than 2,000 characters."
    UNREADABLE = "This is not a URL."
    NOT_HTTPS = "Webhooks are sent over https only."
    PORT = "Webhooks are sent to port 443 only."
    USER_NAME = "The URL must not hold a user name or a password."
    FRAGMENT = "The URL must not hold a fragment."
    HOST = "The URL must name a public host by its name."


def bad_url(text: str, allowed: Collection[str] = ()) -> BadUrl | None:
    """Why this URL cannot be an endpoint's; None if it can.

    Shapes: `allowed` holds `host:port` that the operator named: any port there, http too.
    Source: docs/webhooks.md, "Where they go".
    """
    if len(text) > LONGEST:
        return BadUrl.TOO_LONG
    try:
        url = urlsplit(text)
        place = (url.hostname or "", url.port or _USUAL.get(url.scheme, 0))
    except ValueError:
        return BadUrl.UNREADABLE
    if not (text.isascii() and text.isprintable()) or {" ", "\\"} & set(text):
        return BadUrl.UNREADABLE
    if url.username is not None or url.password is not None:
        return BadUrl.USER_NAME
    return BadUrl.FRAGMENT if "#" in text else _wrong_place(url.scheme, *place, allowed)


def _wrong_place(scheme: str, host: str, port: int, allowed: Collection[str]) -> BadUrl | None:
    if scheme in _USUAL and _named(host, port, allowed):
        return None
    if scheme != "https":
        return BadUrl.NOT_HTTPS
    if port != _USUAL[scheme]:
        return BadUrl.PORT
    return None if _public_name(host) else BadUrl.HOST


def _named(host: str, port: int, allowed: Collection[str]) -> bool:
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return place in {each.lower() for each in allowed}


def _public_name(host: str) -> bool:
    """Whether it is a name with a dot: no address, no name of a machine next door."""
    try:
        ip_address(host)
    except ValueError:
        before, _, last = host.rstrip(".").rpartition(".")
        return bool(before) and last.isalnum() and not last.isdigit() and last not in _INSIDE
    return False
