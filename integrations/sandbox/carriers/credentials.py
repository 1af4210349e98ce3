"""The credentials that the simulated carriers know, and the tokens that they give for them."""

import hashlib
import hmac
from base64 import b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.shipments.carriers import TrackingApi

_KEY: Final = b"the simulator's tokens open nothing else"
_API_KEYS: Final = (
    TrackingApi.DHL_UNIFIED,
    TrackingApi.POSTNL,
    TrackingApi.AFTERSHIP,
    TrackingApi.EASYPOST,
    TrackingApi.SEVENTEEN_TRACK,
)
_CLIENTS: Final = (
    TrackingApi.UPS,
    TrackingApi.FEDEX,
    TrackingApi.GLS,
    TrackingApi.USPS,
    TrackingApi.ROYAL_MAIL,
)
CREDENTIALS: Final[Mapping[TrackingApi, Mapping[str, str]]] = {
    TrackingApi.CHRONOPOST: {},
    TrackingApi.LA_POSTE: {"okapi_key": "demo-la_poste"},
    TrackingApi.DHL_PARCEL_DE: {
        "api_key": "demo-dhl_parcel_de",
        "api_secret": "demo-secret",
        "user": "zt12345",
        "password": "geheim",
    },
    TrackingApi.DHL_EXPRESS: {"user": "demo-dhl_express", "password": "demo-secret"},
    TrackingApi.MONDIAL_RELAY: {"enseigne": "BDTEST13", "private_key": "PrivateK"},
    **{api: {"api_key": f"demo-{api.lower()}"} for api in _API_KEYS},
    **{
        api: {"client_id": f"demo-{api.lower()}", "client_secret": "demo-secret"}
        for api in _CLIENTS
    },
}
"""What each carrier takes, named as docs/carriers.md names them.

They are no secrets: they open only what runs on this machine.
"""

LIVES: Final[Mapping[TrackingApi, timedelta]] = {
    TrackingApi.UPS: timedelta(seconds=14_399),
    TrackingApi.FEDEX: timedelta(hours=1),
    TrackingApi.GLS: timedelta(hours=4),
    TrackingApi.USPS: timedelta(hours=8),
}


class Tokens:
    """Bearer tokens that say themselves until when they hold: a restart ends none."""

    def __init__(self) -> None:
        self._series: Counter[TrackingApi] = Counter()

    def give(self, api: TrackingApi, now: datetime) -> str:
        """A token that holds for as long as this carrier's tokens do."""
        stamp = f"{api}.{self._series[api]}.{int(now.timestamp())}"
        return f"{stamp}.{_proof(stamp)}"

    def holds(self, api: TrackingApi, token: str, now: datetime) -> bool:
        """Whether a token is one of this carrier's and has not ended."""
        stamp, _, proof = token.rpartition(".")
        if not stamp.startswith(f"{api}.") or not _same(proof, _proof(stamp)):
            return False
        _, series, text = stamp.split(".")
        given = datetime.fromtimestamp(int(text), UTC)
        return int(series) == self._series[api] and given <= now < given + LIVES[api]

    def revoke(self, api: TrackingApi) -> None:
        """End all tokens of a carrier that were given until now."""
        self._series[api] += 1


def basic(header: str | None) -> tuple[str, str] | None:
    """User and password of an `Authorization: Basic` header; None where there is none."""
    scheme, _, text = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if colon else None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _proof(stamp: str) -> str:
    digest = hmac.new(_KEY, stamp.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest[:18]).decode()
