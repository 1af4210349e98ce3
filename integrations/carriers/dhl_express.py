"""DHL Express, MyDHL API.

Source: docs/carriers.md, "DHL Express".
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode
from uuid import uuid4

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Proof, Scan, ShipmentStatus, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import ask, basic, join, json_of, secret
from integrations.carriers.dhl_codes import BACK, EXPRESS
from integrations.carriers.reading import at, code, country, grams, items, mapping, text
from integrations.carriers.scanning import askable, back_with_sender, in_order, scan_of
from integrations.carriers.times import Place, end_of_day, moment
from integrations.http import Answer, Outbound, Rejected, Request, Unavailable

HOME: Final = "Europe/Berlin"
NUMBER: Final = re.compile(r"[0-9A-Za-z]{8,35}", re.ASCII)
ASKED: Final = {
    "trackingView": "all-checkpoints",
    "levelOfDetail": "all",
    "requestGMTOffsetPerEvent": "true",
}
LANGUAGE: Final = "en"
_AREA: Final = re.compile(r"-([A-Z]{2})$", re.ASCII)


class DhlExpress:
    """Asks about two hundred waybills a call."""

    api: ClassVar[TrackingApi] = TrackingApi.DHL_EXPRESS
    batch: ClassVar[int] = 200

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """What the carrier says of each parcel. Raises: as `CarrierClient.track`."""
        asked, told = askable(parcels, NUMBER, self.batch)
        found: dict[str, Told | Rejected] = {**told}
        if not asked:
            return found
        alone = len(asked) == 1
        answer = await ask(out, _request(account, list(asked), now), (400, 404))
        if answer.status == 400:
            if not alone:
                raise Rejected("status 400")
            return found | {number: Rejected("status 400") for number in asked}
        shipments = _shipments(answer)
        for number in asked:
            found[number] = _read(number, shipments.get(number.upper()))
        return found


def _request(account: Account, numbers: list[str], now: datetime) -> Request:
    headers = {
        "Authorization": basic(secret(account, "user"), secret(account, "password")),
        "Accept": "application/json",
        "Message-Reference": str(uuid4()),
        "Message-Reference-Date": format_datetime(now.astimezone(UTC), usegmt=True),
    }
    if len(numbers) == 1:
        url = join(account.url, f"shipments/{quote(numbers[0])}/tracking", ASKED)
    else:
        named = [("shipmentTrackingNumber", number) for number in numbers]
        url = join(account.url, "tracking") + "?" + urlencode([*named, *ASKED.items()])
    return Request("GET", url, headers)


def _shipments(answer: Answer) -> dict[str, dict[str, Any]]:
    """The shipments by number. Raises: Unavailable for a body that is no answer."""
    if answer.status == 404:
        return {}
    body = mapping(json_of(answer))
    if "shipments" not in body:
        raise Unavailable("the answer holds no shipments")
    listed = items(body["shipments"])
    return {code(each.get("shipmentTrackingNumber")).upper(): each for each in listed}


def _read(number: str, shipment: Mapping[str, Any] | None) -> Told:
    if shipment is None:
        return Told(number, found=False)
    events = items(shipment.get("events"))
    pieces = items(shipment.get("pieces"))
    if not events and len(pieces) == 1:
        events = items(pieces[0].get("events"))
    if not events and code(shipment.get("status")).lower() != "success":
        return Told(number, found=False)
    areas = _areas(shipment)
    scans = in_order(
        scan
        for position, event in enumerate(events)
        if (scan := _scan(event, areas, position)) is not None
    )
    told = back_with_sender(sorted(scans, key=lambda scan: (scan.occurred_at, scan.position)), BACK)
    there = country(at(shipment, "receiverDetails", "postalAddress", "countryCode"))
    return Told(
        number,
        told,
        expected_at=end_of_day(text(shipment.get("estimatedDeliveryDate")), Place(HOME, there)),
        proof=_proof(told),
        weight_grams=grams(shipment.get("totalWeight"), shipment.get("unitOfMeasurements")),
    )


def _areas(shipment: Mapping[str, Any]) -> dict[str, str]:
    """The country of each service area that the two ends name."""
    found: dict[str, str] = {}
    for end in ("shipperDetails", "receiverDetails"):
        land = country(at(shipment, end, "postalAddress", "countryCode"))
        for area in items(at(shipment, end, "serviceArea")):
            if land and (name := code(area.get("code"))):
                found[name] = land
    return found


def _scan(event: Mapping[str, Any], areas: Mapping[str, str], position: int) -> Scan | None:
    """An event, its time by its own offset, else by the country of its service area."""
    area = next(iter(items(event.get("serviceArea"))), {})
    name = text(area.get("description"))
    ending = _AREA.search(name)
    land = ending[1] if ending else areas.get(code(area.get("code")))
    written = f"{text(event.get('date'))}T{text(event.get('time'))}"
    when = moment(written, Place(HOME, land), code(event.get("GMTOffset")))
    raw_code = code(event.get("typeCode")).upper()
    if when is None or not raw_code:
        return None
    return scan_of(
        raw_code,
        text(event.get("description")),
        EXPRESS.of(raw_code),
        when,
        position=position,
        language=LANGUAGE,
        place=(name, None, land),
        raw=event,
    )


def _proof(scans: Sequence[Scan]) -> Proof | None:
    handed = [scan for scan in scans if scan.status is ShipmentStatus.DELIVERED]
    if not handed:
        return None
    signed = text(handed[-1].raw.get("signedBy"))
    return Proof(handed[-1].occurred_at, signed or None, handed[-1].location)
