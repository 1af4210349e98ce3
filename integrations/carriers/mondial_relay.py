"""Mondial Relay: SOAP, one parcel a call, signed with an MD5 of what is asked and a private key.

`STAT` is not 0 where all is well: 80 to 83 are statuses. Events have labels only.

Source: docs/carriers.md, "Mondial Relay".
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final
from xml.sax.saxutils import escape

from lxml import etree

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, ShipmentStatus, Told
from integrations.carriers.base import Account, CredentialRefused, Parcel
from integrations.carriers.calls import ask, join, secret, xml_of
from integrations.carriers.codes import Meaning, table
from integrations.carriers.reading import as_json, country, descendants, inner
from integrations.carriers.scanning import askable
from integrations.carriers.telling import (
    Event,
    Standing,
    by_words,
    came_back,
    folded,
    last_status,
    of_this_parcel,
    proof_of,
    scans_of,
)
from integrations.carriers.times import Place, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

STATUSES: Final = table("mondial_relay")
LABELS: Final = table("mondial_relay_labels")
HOME: Final = "Europe/Paris"
LANGUAGE: Final = "FR"
ACTION: Final = "http://www.mondialrelay.fr/webservice/WSI2_TracingColisDetaille"
UNKNOWN_PARCEL: Final = "94"
BAD_NUMBER: Final = "24"
BAD_CREDENTIAL: Final = frozenset({"1", "8", "95", "97"})
BAD_CALL: Final = frozenset({"74"})
_BRAND: Final = re.compile(r"[0-9A-Z]{2}[0-9A-Z ]{6}", re.ASCII)
DIGITS: Final = re.compile(r"[0-9]{8}", re.ASCII)
_STAT: Final = re.compile(r"[0-9]{1,2}", re.ASCII)
_ENVELOPE: Final = """<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>\
<WSI2_TracingColisDetaille xmlns="http://www.mondialrelay.fr/webservice/">\
<Enseigne>{brand}</Enseigne><Expedition>{number}</Expedition><Langue>{language}</Langue>\
<Security>{security}</Security></WSI2_TracingColisDetaille></soap:Body></soap:Envelope>"""


def security(brand: str, number: str, language: str, key: str) -> str:
    """The upper-case hex MD5 of what is asked and the private key, in this order."""
    said = f"{brand}{number}{language}{key}".encode()
    return hashlib.md5(said, usedforsecurity=False).hexdigest().upper()


class MondialRelay:
    """Mondial Relay's `WSI2_TracingColisDetaille`."""

    api: ClassVar = TrackingApi.MONDIAL_RELAY
    batch: ClassVar = 1

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`."""
        brand, key = secret(account, "enseigne"), secret(account, "private_key")
        if not _BRAND.fullmatch(brand):
            raise CredentialRefused("the enseigne has not its form")
        asked, refused = askable(parcels, DIGITS, self.batch)
        said: dict[str, Told | Rejected] = {**refused}
        for parcel in asked.values():
            answer = await ask(out, _request(account, brand, parcel.number, key), handed=())
            said[parcel.number] = _read(xml_of(answer), parcel)
        return said


def _request(account: Account, brand: str, number: str, key: str) -> Request:
    proof = security(brand, number, LANGUAGE, key)
    body = _ENVELOPE.format(brand=escape(brand), number=number, language=LANGUAGE, security=proof)
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{ACTION}"'}
    return Request("POST", join(account.url, "Web_Services.asmx"), headers, body.encode())


def _read(root: etree._Element, parcel: Parcel) -> Told | Rejected:
    result = next(descendants(root, "WSI2_TracingColisDetailleResult"), None)
    stat = inner(result, "STAT")
    if result is None or not _STAT.fullmatch(stat):
        raise Unavailable("the answer holds no STAT")
    if stat in BAD_CREDENTIAL:
        raise CredentialRefused(f"STAT {stat}")
    if stat in BAD_CALL:
        raise Rejected(f"STAT {stat}")
    if stat == UNKNOWN_PARCEL:
        return Told(parcel.number, found=False)
    if stat == BAD_NUMBER:
        return Rejected(f"STAT {stat}")
    whole = STATUSES.of(stat)
    if not whole.mapped:
        raise Unavailable(f"STAT {stat}")
    scans = came_back(_scans(result))
    standing = _standing(whole, scans)
    told = Told(
        parcel.number,
        scans,
        status=standing.status,
        reason=standing.reason,
        status_at=standing.at,
        proof=proof_of(scans, ""),
    )
    return of_this_parcel(told, parcel)


def _standing(whole: Meaning, scans: Sequence[Scan]) -> Standing:
    """What `STAT` says, dated by the newest event; delivered after a return is returned.

    "In process" is said of all that is under way, from the first scan to the relay and on the way
    back: there the events say more, and it says nothing beside them.
    """
    when = scans[-1].occurred_at if scans else None
    back = {ShipmentStatus.RETURNING, ShipmentStatus.RETURNED}
    if whole.status is ShipmentStatus.DELIVERED and back & {scan.status for scan in scans}:
        return Standing(ShipmentStatus.RETURNED, None, when)
    if whole.status is ShipmentStatus.IN_TRANSIT and last_status(scans) is not None:
        return Standing(None, None, when)
    fits = last_status(scans) is whole.status
    newest = next((scan for scan in reversed(scans) if scan.status), None)
    reason = newest.reason if newest and fits else whole.reason
    return Standing(whole.status, reason, when)


def meaning(label: str) -> Meaning:
    """What a label says; one that no line knows tells of a parcel on its way."""
    found = by_words(LABELS, label)
    return found if found.mapped else Meaning(ShipmentStatus.IN_TRANSIT)


def _scans(result: etree._Element) -> tuple[Scan, ...]:
    events = []
    for each in descendants(result, "ret_WSI2_sub_TracingColisDetaille"):
        label, where = inner(each, "Tracing_Libelle"), country(inner(each, "Tracing_Pays"))
        day, clock = inner(each, "Tracing_Date"), inner(each, "Tracing_Heure")
        when = moment(f"{day} {clock}".strip(), Place(HOME, where))
        if when is not None and label:
            place = inner(each, "Tracing_Lieu")
            found, raw = meaning(label), as_json(each)
            name = folded(label)[:64]
            events.append(Event(name, label, found, when, raw, place, country=where, language="fr"))
    return scans_of(events, newest_first=False)
