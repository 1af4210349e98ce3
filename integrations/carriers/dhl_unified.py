"""DHL, Shipment Tracking Unified: every division by one API, and its pushes.

Source: docs/carriers.md, "DHL".
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Proof, Scan, ShipmentStatus, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import ask, join, json_of, loads, secret
from integrations.carriers.dhl_codes import BACK, certain, unified
from integrations.carriers.reading import at, code, country, grams, items, joined, mapping, text
from integrations.carriers.scanning import askable, back_with_sender, in_order, scan_of, with_whole
from integrations.carriers.signatures import body_key, check_static
from integrations.carriers.times import Moment, Place, end_of_day, moment
from integrations.http import Answer, Outbound, Rejected, Request, Unavailable

HOME: Final = "Europe/Berlin"
NUMBER: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{4,49}", re.ASCII)
SHAPES: Final = (
    (re.compile(r"[0-9]{10}", re.ASCII), "express"),
    (re.compile(r"00340434[0-9]{12}|JJD[0-9A-Z]+|JVGL[0-9]+", re.ASCII), "parcel-de"),
)
"""By which number a division is asked where nobody said which: another one's never answers."""

HOMES: Final = {
    "parcel-nl": "Europe/Amsterdam",
    "parcel-pl": "Europe/Warsaw",
    "parcel-uk": "Europe/London",
    "ecommerce": "America/New_York",
    "ecommerce-iberia": "Europe/Madrid",
    "ecommerce-ppl": "Europe/Prague",
}
SECRET_HEADERS: Final = ("x-api-key", "dhl-api-key")


class DhlUnified:
    """Asks about one number a call, always of one division."""

    api: ClassVar[TrackingApi] = TrackingApi.DHL_UNIFIED
    batch: ClassVar[int] = 1

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """What the carrier says of a parcel. Raises: as `CarrierClient.track`."""
        asked, told = askable(parcels, NUMBER, self.batch)
        found: dict[str, Told | Rejected] = {**told}
        for number, parcel in asked.items():
            service = (parcel.service or _division(number) or "").lower()
            if not service:
                found[number] = Rejected("DHL needs to know the division of this number")
                continue
            answer = await ask(out, _request(account, parcel, service), (400, 404))
            found[number] = _answered(number, service, parcel.language, answer)
        return found


class DhlPush:
    """Reads what DHL pushes: the shipments of Unified, in the division's own shape."""

    api: ClassVar[TrackingApi] = TrackingApi.DHL_UNIFIED

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """Compare the secret of the subscription. Raises: BadSignature."""
        check_static(headers, SECRET_HEADERS, secrets)

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str:
        """The SHA-256 of the body: pushes have no id."""
        return body_key(body)

    def read(self, body: bytes, now: datetime) -> Sequence[Told]:
        """What a push says of each shipment in it. Raises: Rejected without any."""
        pushed = loads(body)
        shipments = items(pushed) if isinstance(pushed, list) else _shipments(pushed)
        named = [(number, each) for each in shipments if (number := code(each.get("id")))]
        if not named:
            raise Rejected("the push holds no shipment")
        return [_read(number, code(each.get("service")), "en", each) for number, each in named]


def _shipments(body: Any) -> list[dict[str, Any]]:
    listed = items(mapping(body).get("shipments")) or items(mapping(body).get("shipment"))
    return listed or ([mapping(body)] if "id" in mapping(body) else [])


def _division(number: str) -> str | None:
    return next((service for shape, service in SHAPES if shape.fullmatch(number)), None)


def _request(account: Account, parcel: Parcel, service: str) -> Request:
    query = {
        "trackingNumber": parcel.number,
        "service": service,
        "language": parcel.language[:2].lower() or "en",
    }
    if parcel.postal_code:
        query["recipientPostalCode"] = parcel.postal_code
    headers = {"DHL-API-Key": secret(account, "api_key"), "Accept": "application/json"}
    return Request("GET", join(account.url, "track/shipments", query), headers)


def _answered(number: str, service: str, language: str, answer: Answer) -> Told | Rejected:
    """Raises: Unavailable for a body that is no answer."""
    if answer.status == 400:
        return Rejected("status 400")
    if answer.status == 404:
        return Told(number, found=False)
    body = json_of(answer)
    if "shipments" not in mapping(body):
        raise Unavailable("the answer holds no shipments")
    for shipment in _shipments(body):
        if _is_asked(shipment, number, service):
            return _read(number, service, language, shipment)
    return Told(number, found=False)


def _is_asked(shipment: Mapping[str, Any], number: str, service: str) -> bool:
    """Whether a shipment is of the division and number that were asked about."""
    pieces = at(shipment, "details", "pieceIds")
    names = {code(each).upper() for each in (pieces if isinstance(pieces, list) else [])}
    names.add(code(shipment.get("id")).upper() or number.upper())
    return code(shipment.get("service")) in {"", service} and number.upper() in names


def _read(number: str, service: str, language: str, shipment: Mapping[str, Any]) -> Told:
    events = items(shipment.get("events"))
    scans = in_order(
        scan
        for place, event in enumerate(events)
        if (scan := _scan(event, service, language, place)) is not None
    )
    whole = mapping(shipment.get("status"))
    certainly = certain(service, code(whole.get("status")))
    state = _scan(whole, service, language, len(events) + 1)
    if state is not None and state.status is ShipmentStatus.DELIVERED and not certainly:
        state = None
    told = with_whole(scans, state)
    return Told(
        number,
        back_with_sender(told, BACK) if service == "express" else told,
        expected_at=_expected(service, shipment),
        proof=_proof(service, mapping(at(shipment, "details", "proofOfDelivery"))),
        weight_grams=grams(
            at(shipment, "details", "weight", "value"),
            at(shipment, "details", "weight", "unitText"),
        ),
    )


def _scan(event: Mapping[str, Any], service: str, language: str, position: int) -> Scan | None:
    word, fine = code(event.get("statusCode")), code(event.get("status"))
    address = mapping(at(event, "location", "address"))
    place = (
        text(address.get("addressLocality")),
        code(address.get("postalCode")),
        country(address.get("countryCode")),
    )
    when = _when(service, event.get("timestamp"), place[2], place[1])
    if when is None or not (word or fine):
        return None
    return scan_of(
        joined(word, fine),
        text(event.get("description")) or text(event.get("remark")),
        unified(service, word, fine),
        when,
        position=position,
        language=language[:2].lower(),
        place=place,
        raw=event,
    )


def _home(service: str) -> str:
    return HOMES.get(service, HOME)


def _when(service: str, written: Any, land: str | None, postal: str | None) -> Moment | None:
    return moment(text(written), Place(_home(service), land, postal))


def _expected(service: str, shipment: Mapping[str, Any]) -> datetime | None:
    address = mapping(at(shipment, "destination", "address"))
    there = Place(
        _home(service), country(address.get("countryCode")), code(address.get("postalCode"))
    )
    frame = at(shipment, "estimatedDeliveryTimeFrame", "estimatedThrough")
    said = text(shipment.get("estimatedTimeOfDelivery")) or text(frame)
    return end_of_day(said, there)


def _proof(service: str, told: Mapping[str, Any]) -> Proof | None:
    when = _when(service, told.get("timestamp"), None, None)
    signed, document = text(at(told, "signed", "name")), text(told.get("documentUrl"), 2000)
    document = document if document.startswith("https://") else ""
    if not (when or signed or document):
        return None
    return Proof(when.at if when else None, signed or None, None, document or None)
