"""DPD in Europe: SOAP. A token of a day from the login service, then the life cycle of a parcel.

The answer lists the steps that a parcel will take as well as those it took: only rows whose status
has been reached are facts.

Source: docs/carriers.md, "DPD".
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final
from xml.sax.saxutils import escape

from lxml import etree

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, Told
from integrations.carriers.base import Account, CredentialRefused, Parcel
from integrations.carriers.calls import Token, Tokens, ask, join, secret, xml_root
from integrations.carriers.codes import table
from integrations.carriers.reading import (
    as_json,
    code,
    country,
    descendants,
    inner,
    local_name,
    text,
    truth,
)
from integrations.carriers.scanning import askable
from integrations.carriers.telling import NUMBER, Event, came_back, proof_of, scans_of
from integrations.carriers.times import Place, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

CODES: Final = table("dpd")
HOME: Final = "Europe/Brussels"
LANGUAGE: Final = "en_EN"
LIVES: Final = 23 * 3600.0
TYPES: Final = "http://dpd.com/common/service/types"
LOGIN: Final = "LoginService/V2_0/"
LIFE_CYCLE: Final = "ParcelLifeCycleService/V2_0/"
_COUNTRY: Final = re.compile(r"\(([A-Z]{2})\)\s*$")
_REFUSED: Final = re.compile(r"auth|login|token|credential|delisid", re.IGNORECASE)
_UNKNOWN: Final = re.compile(r"not found|no (?:parcel|data|result)|unknown parcel", re.IGNORECASE)
_ENVELOPE: Final = """<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">{head}\
<soap:Body>{body}</soap:Body></soap:Envelope>"""


class Dpd:
    """DPD's `ParcelLifeCycleService` V2.0."""

    api: ClassVar = TrackingApi.DPD
    batch: ClassVar = 1

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens or Tokens()

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`."""
        asked, refused = askable(parcels, NUMBER, self.batch)
        said: dict[str, Told | Rejected] = {**refused}
        for parcel in asked.values():
            said[parcel.number] = await self._one(out, account, parcel)
        return said

    async def _one(self, out: Outbound, account: Account, parcel: Parcel) -> Told | Rejected:
        """One parcel; a token that is refused is fetched anew once."""
        value = await self._token(out, account)
        try:
            return _read(await _asked(out, account, parcel, value), parcel)
        except CredentialRefused:
            self._tokens.forget(account, value)
        value = await self._token(out, account)
        return _read(await _asked(out, account, parcel, value), parcel)

    async def _token(self, out: Outbound, account: Account) -> str:
        return await self._tokens.of(account, lambda: _log_in(out, account))


def _soap(url: str, body: str, head: str = "") -> Request:
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    return Request("POST", url, headers, _ENVELOPE.format(head=head, body=body).encode())


async def _log_in(out: Outbound, account: Account) -> Token:
    body = (
        f'<ns:getAuth xmlns:ns="{TYPES}/LoginService/2.0">'
        f"<delisId>{escape(secret(account, 'delis_id'))}</delisId>"
        f"<password>{escape(secret(account, 'password'))}</password>"
        f"<messageLanguage>{LANGUAGE}</messageLanguage></ns:getAuth>"
    )
    url = account.token_url or join(account.url, LOGIN)
    root = await _answer(out, _soap(url, body))
    if next(descendants(root, "Fault"), None) is not None:
        raise CredentialRefused("the login service refused the credential")
    found = next(descendants(root, "authToken"), None)
    value = text(found.text or "", 4096) if found is not None else ""
    if not value:
        raise Unavailable("the answer holds no token")
    return Token(value, LIVES)


async def _asked(out: Outbound, account: Account, parcel: Parcel, token: str) -> etree._Element:
    head = (
        f'<soap:Header><ns:authentication xmlns:ns="{TYPES}/Authentication/2.0">'
        f"<delisId>{escape(secret(account, 'delis_id'))}</delisId>"
        f"<authToken>{escape(token)}</authToken>"
        f"<messageLanguage>{LANGUAGE}</messageLanguage></ns:authentication></soap:Header>"
    )
    body = (
        f'<ns:getTrackingData xmlns:ns="{TYPES}/ParcelLifeCycleService/2.0">'
        f"<parcelLabelNumber>{escape(parcel.number)}</parcelLabelNumber></ns:getTrackingData>"
    )
    return await _answer(out, _soap(join(account.url, LIFE_CYCLE), body, head))


async def _answer(out: Outbound, request: Request) -> etree._Element:
    """The envelope that came back; a fault of SOAP comes with status 500."""
    answer = await ask(out, request, handed=(500,))
    root = xml_root(answer.body)
    if root is None or local_name(root) != "Envelope":
        raise Unavailable("the answer is no SOAP envelope")
    return root


def _read(root: etree._Element, parcel: Parcel) -> Told | Rejected:
    fault = next(descendants(root, "Fault"), None)
    if fault is not None:
        return _fault(fault, parcel)
    result = next(descendants(root, "trackingresult"), None)
    if result is None:
        raise Unavailable("the answer holds no result")
    scans = came_back(_scans(result))
    return Told(parcel.number, scans, found=bool(scans), proof=proof_of(scans, ""))


def _fault(fault: etree._Element, parcel: Parcel) -> Told:
    said = " ".join(text(each) for each in fault.itertext())
    if _UNKNOWN.search(said):
        return Told(parcel.number, found=False)
    if _REFUSED.search(said):
        raise CredentialRefused("the service refused the token")
    raise Unavailable("the service failed")


def _scans(result: etree._Element) -> tuple[Scan, ...]:
    events = []
    for each in descendants(result, "statusInfo"):
        status, place = code(inner(each, "status")), inner(each, "location", "content")
        named = _COUNTRY.search(place)
        where = country(named[1]) if named else None
        when = moment(inner(each, "date", "content"), Place(HOME, where), month_first=True)
        if when is not None and status and truth(inner(each, "statusHasBeenReached")):
            label = inner(each, "description", "content") or inner(each, "label", "content")
            found, raw = CODES.of(status.upper()), as_json(each)
            city = _COUNTRY.sub("", place).strip()
            events.append(
                Event(status, label, found, when, raw, city, country=where, language="en")
            )
    return scans_of(events, newest_first=False)
