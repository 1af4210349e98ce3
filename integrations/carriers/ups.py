"""UPS Track.

Source: docs/carriers.md, "UPS".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote
from uuid import uuid4

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Proof, Scan, ShipmentStatus, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import (
    Making,
    Signed,
    Tokens,
    client_credentials,
    join,
    json_of,
    secret,
)
from integrations.carriers.reading import (
    at,
    code,
    country,
    grams,
    items,
    joined,
    mapping,
    oldest_first,
    text,
)
from integrations.carriers.scanning import askable, scan_of
from integrations.carriers.times import Moment, Place, end_of_day, moment, read_local, two_clocks
from integrations.carriers.ups_codes import meaning_of, service_of, three_digits
from integrations.http import Answer, Outbound, Rejected, Request, Unavailable

HOME: Final = "Europe/Brussels"
NUMBER: Final = re.compile(r"[0-9A-Za-z]{7,34}", re.ASCII)
LOCALES: Final = {"fr": "fr_FR", "de": "de_DE", "es": "es_ES", "it": "it_IT", "nl": "nl_NL"}
SOURCE: Final = "boucle"
NOT_FOUND: Final = "TW0001"
TOKEN_PATH: Final = "security/v1/oauth/token"  # noqa: S105
_S = ShipmentStatus


def signed(out: Outbound, account: Account, tokens: Tokens) -> Signed:
    """Calls with the account's token. Raises: CredentialRefused where a secret is missing."""
    url = account.token_url or join(account.url, TOKEN_PATH)
    request = client_credentials(account, url)
    if "merchant_id" in account.secrets:
        more = {**request.headers, "x-merchant-id": secret(account, "merchant_id")}
        request = replace(request, headers=more)
    return Signed(out, account, tokens, request)


def headers_of(token: str) -> dict[str, str]:
    """The headers that every call needs."""
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "transId": uuid4().hex,
        "transactionSrc": SOURCE,
    }


@dataclass(slots=True)
class Ups:
    """Asks about one number a call, with a token that its account's calls share."""

    api: ClassVar[TrackingApi] = TrackingApi.UPS
    batch: ClassVar[int] = 1
    tokens: Tokens = field(default_factory=Tokens)

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """What the carrier says of a parcel. Raises: as `CarrierClient.track`."""
        asked, told = askable(parcels, NUMBER, self.batch)
        found: dict[str, Told | Rejected] = {**told}
        for number, parcel in asked.items():
            language = parcel.language[:2].lower()
            language = language if language in LOCALES else "en"
            make = _asking(_url(account, number, language))
            answer = await signed(out, account, self.tokens).ask(make, (400, 404))
            found[number] = _answered(number, language, answer)
        return found


def _url(account: Account, number: str, language: str) -> str:
    query = {
        "locale": LOCALES.get(language, "en_US"),
        "returnSignature": "false",
        "returnMilestones": "false",
    }
    return join(account.url, f"api/track/v1/details/{quote(number)}", query)


def _asking(url: str) -> Making:
    return lambda token: Request("GET", url, headers_of(token))


def _answered(number: str, language: str, answer: Answer) -> Told | Rejected:
    """Raises: Unavailable for a body that is no answer."""
    if answer.status == 404:
        return Told(number, found=False)
    if answer.status == 400:
        return Rejected("status 400")
    body = mapping(json_of(answer))
    errors = items(at(body, "response", "errors"))
    if any(code(each.get("code")) == NOT_FOUND for each in errors):
        return Told(number, found=False)
    if "trackResponse" not in body:
        raise Unavailable("the answer is no track response")
    for shipment in items(at(body, "trackResponse", "shipment")):
        packages = items(shipment.get("package"))
        for package in packages:
            named = code(package.get("trackingNumber")).upper()
            if named == number.upper() or (not named and len(packages) == 1):
                return _read(number, language, package)
    return Told(number, found=False)


def _read(number: str, language: str, package: Mapping[str, Any]) -> Told:
    """A package; its activities are listed newest first."""
    service = service_of(text(at(package, "service", "description")))
    activities = items(package.get("activity"))
    scans = [
        scan
        for place, activity in enumerate(activities)
        if (scan := _scan(activity, service, language, len(activities) - place)) is not None
    ]
    told = _to_sender(oldest_first(scans), package)
    weight = mapping(package.get("weight"))
    return Told(
        number,
        told,
        expected_at=_expected(package),
        proof=_proof(package, told),
        weight_grams=grams(weight.get("weight"), weight.get("unitOfMeasurement")),
    )


def _scan(activity: Mapping[str, Any], service: str, language: str, position: int) -> Scan | None:
    """An activity. None without a code or a time."""
    status = mapping(activity.get("status"))
    address = mapping(at(activity, "location", "address"))
    land = country(address.get("countryCode")) or country(address.get("country"))
    place = (text(address.get("city")), code(address.get("postalCode")), land)
    when = when_of(
        tuple(text(activity.get(name)) for name in ("date", "time", "gmtDate", "gmtTime")),
        code(activity.get("gmtOffset")),
        Place(HOME, land, place[1]),
    )
    return ups_scan(status, when, place, (service, language, position), activity)


def ups_scan(
    status: Mapping[str, Any],
    when: Moment | None,
    place: tuple[str | None, str | None, str | None],
    about: tuple[str, str, int],
    raw: Mapping[str, Any],
) -> Scan | None:
    """A scan of a status with `statusCode`, `code`, `type`; the same for answers and pushes.

    Shapes: `about` is the product, the language of the text, and the position.
    """
    service, language, position = about
    parts = (
        three_digits(code(status.get("statusCode"))),
        code(status.get("code")).upper(),
        code(status.get("type")).upper(),
    )
    if when is None or not any(parts):
        return None
    return scan_of(
        joined(*parts),
        text(status.get("description")),
        meaning_of(*parts, service),
        when,
        position=position,
        language=language,
        place=place,
        raw=raw,
    )


def when_of(written: tuple[str, ...], offset: str, place: Place) -> Moment | None:
    """A time of `date`, `time`, `gmtDate`, `gmtTime`: Greenwich's where it is told."""
    day, clock, gmt_day, gmt_clock = written
    local = read_local(day, clock) if day else None
    utc = read_local(gmt_day, gmt_clock) if gmt_day and gmt_clock else None
    both = two_clocks(local, utc, offset)
    if both is not None or local is None:
        return both
    return moment(local.isoformat(), place)


def _city(package: Mapping[str, Any], end: str) -> tuple[str, str]:
    for each in items(package.get("packageAddress")):
        if code(each.get("type")).upper() == end:
            address = mapping(each.get("address"))
            land = country(address.get("countryCode")) or country(address.get("country"))
            return text(address.get("city")).upper(), land or ""
    return "", ""


def _to_sender(scans: Sequence[Scan], package: Mapping[str, Any]) -> tuple[Scan, ...]:
    """Scans in which a delivery after a return began, in the sender's town, is the sender's."""
    origin, destination = _city(package, "ORIGIN"), _city(package, "DESTINATION")
    found: list[Scan] = []
    going_back = False
    for scan in scans:
        here = ((scan.location or "").upper(), scan.country or "")
        if going_back and scan.status is _S.DELIVERED and here == origin != destination:
            found.append(replace(scan, status=_S.RETURNED))
        else:
            found.append(scan)
        going_back = going_back or scan.status in {_S.RETURNING, _S.RETURNED}
    return tuple(found)


def _expected(package: Mapping[str, Any]) -> datetime | None:
    """The scheduled day, or the rescheduled one, with the end of its window where it is told."""
    days = {
        code(each.get("type")): text(each.get("date"))
        for each in items(package.get("deliveryDate"))
    }
    city = next(
        (
            mapping(each.get("address"))
            for each in items(package.get("packageAddress"))
            if code(each.get("type")).upper() == "DESTINATION"
        ),
        {},
    )
    there = Place(HOME, country(city.get("countryCode")), code(city.get("postalCode")))
    day = days.get("RDD") or days.get("SDD") or ""
    ends = text(at(package, "deliveryTime", "endTime"))
    if at(package, "deliveryTime", "type") == "DEL" or not day:
        return end_of_day(day, there)
    timed = moment(f"{day}T{ends}", there) if ends else None
    return timed.at if timed else end_of_day(day, there)


def _proof(package: Mapping[str, Any], scans: Sequence[Scan]) -> Proof | None:
    handed = [scan for scan in scans if scan.status is _S.DELIVERED]
    if not handed:
        return None
    told = mapping(package.get("deliveryInformation"))
    signed_by, place = text(told.get("receivedBy")), text(told.get("location"))
    return Proof(handed[-1].occurred_at, signed_by or None, place or handed[-1].location)
