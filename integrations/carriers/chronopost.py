"""Chronopost, its own tracking by SOAP, for merchants without a contract with La Poste.

Source: docs/carriers.md, "Chronopost".
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

from lxml import etree

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import ask, join, xml_of
from integrations.carriers.codes import table
from integrations.carriers.reading import (
    as_json,
    child,
    children,
    inner,
    local_name,
    oldest_first,
)
from integrations.carriers.scanning import askable, scan_of
from integrations.carriers.times import Place, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

HOME: Final = "Europe/Paris"
NUMBER: Final = re.compile(r"[0-9A-Za-z]{8,20}", re.ASCII)
PATH: Final = "tracking-cxf/TrackingServiceWS"
ENVELOPE: Final = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:cxf="http://cxf.tracking.soap.chronopost.fr/"><soapenv:Body><cxf:trackSkybillV2>'
    "<language>{language}</language><skybillNumber>{number}</skybillNumber>"
    "</cxf:trackSkybillV2></soapenv:Body></soapenv:Envelope>"
)
CODES: Final = table("chronopost")


class Chronopost:
    """Asks about one number a call; no credential is needed."""

    api: ClassVar[TrackingApi] = TrackingApi.CHRONOPOST
    batch: ClassVar[int] = 1

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """What the carrier says of a parcel. Raises: as `CarrierClient.track`."""
        asked, told = askable(parcels, NUMBER, self.batch)
        found: dict[str, Told | Rejected] = {**told}
        for number, parcel in asked.items():
            language = "fr" if parcel.language.startswith("fr") else "en"
            answer = await ask(out, _request(account, number, language))
            if answer.status == 404:
                found[number] = Told(number, found=False)
            else:
                found[number] = _read(number, xml_of(answer), language)
        return found


def _request(account: Account, number: str, language: str) -> Request:
    spoken = "fr_FR" if language == "fr" else "en_GB"
    body = ENVELOPE.format(language=spoken, number=number)
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    return Request("POST", join(account.url, PATH), headers, body.encode())


def _read(number: str, root: etree._Element, language: str) -> Told:
    """The answer's word on a number; every error of its own is an unknown number.

    Raises: Unavailable for XML that is no such answer.
    """
    body = child(root, "Body")
    told = child(body, "trackSkybillV2Response", "return")
    if local_name(root) != "Envelope" or told is None:
        raise Unavailable("the answer is no trackSkybillV2Response")
    if inner(told, "errorCode") != "0":
        return Told(number, found=False)
    listed = child(told, "listEventInfoComp")
    said = inner(listed, "skybillNumber")
    events = children(listed, "events")
    if not events or said.upper() not in {"", number.upper()}:
        return Told(number, found=False)
    scans = [
        scan
        for position, event in enumerate(events)
        if (scan := _scan(event, position, language)) is not None
    ]
    return Told(number, oldest_first(scans))


def _scan(event: etree._Element, position: int, language: str) -> Scan | None:
    """An event; they are listed oldest first. None without a code or a time."""
    raw_code, when = inner(event, "code"), moment(inner(event, "eventDate"), Place(HOME))
    if not raw_code or when is None:
        return None
    return scan_of(
        raw_code[:64],
        inner(event, "eventLabel"),
        CODES.of(raw_code),
        when,
        position=position,
        language=language,
        place=(inner(event, "officeLabel"), inner(event, "zipCode"), None),
        raw=as_json(event),
    )
