"""DHL Paket (Parcel DE), business tracking: XML in the query, and XML back.

Source: docs/carriers.md, "DHL Parcel DE".
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

from lxml import etree

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Proof, Scan, ShipmentStatus, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import ask, basic, join, secret, xml_of
from integrations.carriers.countries import named
from integrations.carriers.dhl_codes import parcel_de
from integrations.carriers.reading import as_json, attribute, children, grams, joined, local_name
from integrations.carriers.scanning import askable, scan_of, with_whole
from integrations.carriers.times import Place, moment
from integrations.http import Answer, Outbound, Rejected, Request, Unavailable

HOME: Final = Place("Europe/Berlin")
"""All times are those of Germany, wherever the event was."""

NUMBER: Final = re.compile(r"[0-9A-Za-z]{8,39}", re.ASCII)
NO_DATA: Final = "100"


class DhlParcelDe:
    """Asks about twenty numbers a call."""

    api: ClassVar[TrackingApi] = TrackingApi.DHL_PARCEL_DE
    batch: ClassVar[int] = 20

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """What the carrier says of each parcel. Raises: as `CarrierClient.track`."""
        asked, told = askable(parcels, NUMBER, self.batch)
        found: dict[str, Told | Rejected] = {**told}
        if not asked:
            return found
        first = next(iter(asked.values()))
        language = "de" if first.language.startswith("de") else "en"
        answer = await ask(out, _request(account, list(asked), language))
        pieces = _pieces(answer)
        for number in asked:
            found[number] = _read(number, pieces.get(number.upper()), language)
        return found


def _request(account: Account, numbers: list[str], language: str) -> Request:
    question = etree.Element(
        "data",
        appname=secret(account, "user"),
        password=secret(account, "password"),
        request="d-get-piece-detail",
    )
    question.set("language-code", language)
    question.set("piece-code", ";".join(numbers))
    xml = etree.tostring(question, encoding="UTF-8", xml_declaration=True, standalone=False)
    headers = {
        "Authorization": basic(secret(account, "api_key"), secret(account, "api_secret")),
        "Accept": "application/xml",
    }
    path = "parcel/de/tracking/v0/shipments"
    return Request("GET", join(account.url, path, {"xml": xml.decode()}), headers)


def _pieces(answer: Answer) -> dict[str, etree._Element]:
    """The pieces by number; of several with one number the one that moved last.

    Raises: Unavailable for a body that is no list of pieces; Rejected for a refusal.
    """
    if answer.status == 404:
        return {}
    root = xml_of(answer)
    if local_name(root) != "data" or root.get("code") is None:
        raise Unavailable("the answer is no list of pieces")
    code = attribute(root, "code")
    if code == NO_DATA:
        return {}
    if code != "0":
        raise Rejected(f"code {code[:16]}")
    found: dict[str, etree._Element] = {}
    for piece in children(root, "data"):
        number = (attribute(piece, "searched-piece-code") or attribute(piece, "piece-code")).upper()
        if number not in found or _changed(found[number]) <= _changed(piece):
            found[number] = piece
    return found


def _changed(piece: etree._Element) -> datetime:
    when = moment(attribute(piece, "status-timestamp"), HOME)
    return when.local if when else datetime.min  # noqa: DTZ901


def _read(number: str, piece: etree._Element | None, language: str) -> Told:
    if piece is None or attribute(piece, "error-status") not in {"", "0"}:
        return Told(number, found=False)
    listed = [each for each in children(piece, "data") if each.get("name") == "piece-event-list"]
    events = [event for each in listed for event in children(each, "data")]
    back = attribute(piece, "ruecksendung") == "true"
    changed = moment(attribute(piece, "status-timestamp"), HOME)
    scans = []
    for position, event in enumerate(events):
        last = changed is not None and moment(attribute(event, "event-timestamp"), HOME) == changed
        scan = _scan(event, "event-", language, position, returned=back and last)
        if scan is not None:
            scans.append(scan)
    state = _scan(piece, "", language, len(events), returned=back)
    told = with_whole(scans, state)
    return Told(
        number,
        told,
        proof=_proof(piece, told),
        weight_grams=grams(attribute(piece, "shipment-weight")),
    )


def _scan(
    element: etree._Element, prefix: str, language: str, position: int, *, returned: bool
) -> Scan | None:
    """An event (`prefix` is `event-`), or the piece as a whole; events are listed oldest first."""
    stamp = "event-timestamp" if prefix else "status-timestamp"
    when = moment(attribute(element, stamp), HOME)
    parts = [attribute(element, name)[:16] for name in ("standard-event-code", "ice", "ric")]
    code, ice, ric = (part.upper() for part in parts)
    if when is None or not (code or ice or ric):
        return None
    back = returned or attribute(element, "ruecksendung") == "true"
    label = attribute(element, f"{prefix}status") or attribute(element, f"{prefix}short-status")
    return scan_of(
        joined(code, ice, ric),
        label,
        parcel_de(code, ice, ric, returned=back),
        when,
        position=position,
        language=language,
        place=(attribute(element, "event-location"), None, _country(element)),
        raw=as_json(element)
        if prefix
        else {str(name): attribute(element, str(name)) for name in element.attrib},
    )


def _country(element: etree._Element) -> str | None:
    return named(attribute(element, "event-country"))


def _proof(piece: etree._Element, scans: Sequence[Scan]) -> Proof | None:
    handed = [scan for scan in scans if scan.status is ShipmentStatus.DELIVERED]
    if not handed:
        return None
    signed = attribute(piece, "recipient-id-text")
    return Proof(handed[-1].occurred_at, signed or None, handed[-1].location)
