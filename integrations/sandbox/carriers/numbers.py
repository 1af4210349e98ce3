"""Tracking numbers in the shape of each carrier, check digits included.

A number holds the hour of its creation, so that a parcel that nobody registered can be played from
its number alone. Sources: S10 of the UPU; the carriers' published check digits.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.scenarios import Kind, drawn_kind
from integrations.sandbox.chance import draws

FIRST_HOUR: Final = datetime(2025, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_TRIES: Final = 100_000

_SHAPES: Final[Mapping[TrackingApi, re.Pattern[str]]] = {
    TrackingApi.LA_POSTE: re.compile(r"[0-9A-Z]{11,15}|[0-9]{18}"),
    TrackingApi.CHRONOPOST: re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}"),
    TrackingApi.DHL_UNIFIED: re.compile(r"[0-9A-Z]{7,34}"),
    TrackingApi.DHL_PARCEL_DE: re.compile(r"00340434[0-9]{12}|JJD[0-9]+|JVGL[0-9]+"),
    TrackingApi.DHL_EXPRESS: re.compile(r"[0-9]{10}"),
    TrackingApi.UPS: re.compile(r"[0-9A-Z]{7,34}"),
    TrackingApi.FEDEX: re.compile(r"[0-9]{12}|[0-9]{15}|[0-9]{20}"),
    TrackingApi.GLS: re.compile(r"[0-9]{11,12}"),
    TrackingApi.POSTNL: re.compile(r"3S[A-Z0-9]{11,13}"),
    TrackingApi.ROYAL_MAIL: re.compile(r"[A-Z]{2}[0-9]{9}GB|[0-9A-Z]{16,21}"),
    TrackingApi.MONDIAL_RELAY: re.compile(r"[0-9]{8}"),
    TrackingApi.USPS: re.compile(r"9[0-9]{19,21}|[A-Z]{2}[0-9]{9}US"),
}
_ANY: Final = re.compile(r"[0-9A-Za-z-]{5,40}")


def fits(api: TrackingApi, number: str) -> bool:
    """Whether a carrier would take this for a number of its own."""
    return _SHAPES.get(api, _ANY).fullmatch(number) is not None


def number_for(
    api: TrackingApi,
    seed: object,
    at: datetime,
    *,
    kind: Kind | None = None,
    division: str | None = None,
) -> str:
    """The tracking number that a label of this seed gets, made at this hour.

    With `kind` the number is one whose parcel makes that journey if nobody registers it.
    Shapes: `division` is that of DHL Unified. Raises: ValueError for a time before 2025, or a kind
    that is never drawn.
    """
    hour = (at - FIRST_HOUR) // _HOUR
    if not 0 <= hour <= 99_999:
        raise ValueError("a number cannot hold this time")
    for salt in range(_TRIES):
        drawn = draws("number", api, seed, salt)
        tail = drawn.below(0, 10_000) * 1000 + drawn.below(1, 1000)
        number = _MAKERS[_shape(api, division)](f"{hour:05d}", tail)
        if kind is None or drawn_kind(api, division_of(api, number), api, number) is kind:
            return number
    raise ValueError(f"no number is drawn for {kind}")


def made_at(api: TrackingApi, number: str) -> datetime | None:
    """The hour of creation that a number of `number_for` holds; None where it holds none."""
    found = _HOLDS[_shape(api, division_of(api, number))].fullmatch(number)
    return FIRST_HOUR + int(found[1]) * _HOUR if found else None


def division_of(api: TrackingApi, number: str) -> str:
    """The division of DHL Unified that a number is of; empty for other APIs."""
    if api is not TrackingApi.DHL_UNIFIED:
        return ""
    if re.fullmatch(r"[0-9]{10}", number):
        return "express"
    return "ecommerce-europe" if number.startswith("JVGL") else "parcel-de"


def mod10(digits: str, *, heavy: int = 3) -> int:
    """The check digit of GS1 and of the posts: weights 3 and 1 from the right."""
    total = sum(int(d) * (heavy if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return -total % 10


def s10_digit(serial: str) -> int:
    """The check digit of eight digits after S10 of the UPU."""
    left = 11 - sum(int(d) * w for d, w in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return {10: 0, 11: 5}.get(left, left)


def ups_digit(body: str) -> int:
    """The check digit of the fifteen characters after 1Z: letters count 2 to 9, 0 to 9 in turn."""
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in body]
    return -sum(v * (2 if n % 2 else 1) for n, v in enumerate(values)) % 10


def fedex_digit(body: str) -> int:
    """The check digit of eleven digits of FedEx Express: weights 3, 1, 7 in turn, modulo 11."""
    return sum(int(d) * (3, 1, 7)[n % 3] for n, d in enumerate(body)) % 11 % 10


def _ups(hour: str, tail: int) -> str:
    body = f"B{hour}68{tail % 10**7:07d}"
    return f"1Z{body}{ups_digit(body)}"


def _s10(letter: str, country: str) -> Callable[[str, int], str]:
    def make(hour: str, tail: int) -> str:
        serial = f"{hour}{tail % 1000:03d}"
        service = f"{letter}{chr(ord('A') + tail // 1000 % 26)}"
        return f"{service}{serial}{s10_digit(serial)}{country}"

    return make


def _sscc(hour: str, tail: int) -> str:
    body = f"00340434{hour}{tail % 10**6:06d}"
    return f"{body}{mod10(body)}"


def _fedex(hour: str, tail: int) -> str:
    body = f"{hour}{tail % 10**6:06d}"
    return f"{body}{fedex_digit(body)}"


def _waybill(hour: str, tail: int) -> str:
    body = f"{hour}{tail % 10**4:04d}"
    return f"{body}{int(body) % 7}"


def _usps(hour: str, tail: int) -> str:
    body = f"920559{hour}00{tail % 10**8:08d}"
    return f"{body}{mod10(body)}"


_MAKERS: Final[Mapping[str, Callable[[str, int], str]]] = {
    "LA_POSTE": lambda hour, tail: f"6A{hour}{tail % 10**6:06d}",
    "CHRONOPOST": _s10("X", "FR"),
    "parcel-de": _sscc,
    "express": _waybill,
    "ecommerce-europe": lambda hour, tail: f"JVGL{hour}{tail % 10**7:07d}",
    "DHL_PARCEL_DE": _sscc,
    "DHL_EXPRESS": _waybill,
    "UPS": _ups,
    "FEDEX": _fedex,
    "GLS": lambda hour, tail: f"{hour}{tail % 10**6:06d}",
    "POSTNL": lambda hour, tail: f"3SBOUC{hour}{tail % 10**4:04d}",
    "ROYAL_MAIL": _s10("F", "GB"),
    "MONDIAL_RELAY": lambda hour, tail: f"{hour}{tail % 1000:03d}",
    "USPS": _usps,
    "other": lambda hour, tail: f"BC{hour}{tail % 10**7:07d}",
}
_HOLDS: Final[Mapping[str, re.Pattern[str]]] = {
    "LA_POSTE": re.compile(r"6A([0-9]{5})[0-9]{6}"),
    "CHRONOPOST": re.compile(r"X[A-Z]([0-9]{5})[0-9]{4}FR"),
    "parcel-de": re.compile(r"00340434([0-9]{5})[0-9]{7}"),
    "express": re.compile(r"([0-9]{5})[0-9]{5}"),
    "ecommerce-europe": re.compile(r"JVGL([0-9]{5})[0-9]{7}"),
    "DHL_PARCEL_DE": re.compile(r"00340434([0-9]{5})[0-9]{7}"),
    "DHL_EXPRESS": re.compile(r"([0-9]{5})[0-9]{5}"),
    "UPS": re.compile(r"1ZB([0-9]{5})68[0-9]{8}"),
    "FEDEX": re.compile(r"([0-9]{5})[0-9]{7}"),
    "GLS": re.compile(r"([0-9]{5})[0-9]{6}"),
    "POSTNL": re.compile(r"3SBOUC([0-9]{5})[0-9]{4}"),
    "ROYAL_MAIL": re.compile(r"F[A-Z]([0-9]{5})[0-9]{4}GB"),
    "MONDIAL_RELAY": re.compile(r"([0-9]{5})[0-9]{3}"),
    "USPS": re.compile(r"920559([0-9]{5})[0-9]{11}"),
    "other": re.compile(r"BC([0-9]{5})[0-9]{7}"),
}


def _shape(api: TrackingApi, division: str | None) -> str:
    if api is TrackingApi.DHL_UNIFIED:
        return division if division and division in _MAKERS else "parcel-de"
    return api.value if api.value in _MAKERS else "other"
