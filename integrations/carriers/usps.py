"""USPS: Tracking v3. Booleans are texts, texts hold markup, and times are told twice.

Source: docs/carriers.md, "USPS".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Final
from urllib.parse import quote

import orjson

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, ShipmentStatus, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import Signed, Tokens, join, json_of, secret
from integrations.carriers.codes import Meaning, table
from integrations.carriers.reading import code, items, joined, mapping, text
from integrations.carriers.scanning import askable
from integrations.carriers.telling import (
    NUMBER,
    Event,
    Standing,
    came_back,
    of_this_parcel,
    plain,
    proof_of,
    same,
    scans_of,
    two_letters,
)
from integrations.carriers.times import Moment, Place, end_of_day, moment, two_clocks
from integrations.http import Outbound, Rejected, Request, Unavailable

CODES: Final = table("usps")
CATEGORIES: Final = table("usps_categories")
HOME: Final = "America/New_York"
COUNTRY: Final = "US"
LANGUAGE: Final = "en"
TO_SENDER: Final = "to original sender"
SCOPE: Final = "tracking"


class Usps:
    """USPS Tracking v3."""

    api: ClassVar = TrackingApi.USPS
    batch: ClassVar = 1

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens or Tokens()

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`."""
        signed = Signed(out, account, self._tokens, _token(account))
        asked, refused = askable(parcels, NUMBER, self.batch)
        said: dict[str, Told | Rejected] = {**refused}
        for parcel in asked.values():
            path = f"tracking/v3/tracking/{quote(parcel.number, safe='')}"
            url = join(account.url, path, {"expand": "DETAIL"})
            answer = await signed.ask(partial(_request, url))
            missing = answer.status == 404
            said[parcel.number] = (
                Told(parcel.number, found=False) if missing else _read(json_of(answer), parcel)
            )
        return said


def _token(account: Account) -> Request:
    body = {
        "grant_type": "client_credentials",
        "client_id": secret(account, "client_id"),
        "client_secret": secret(account, "client_secret"),
        "scope": SCOPE,
    }
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    url = account.token_url or join(account.url, "oauth2/v3/token")
    return Request("POST", url, headers, orjson.dumps(body))


def _request(url: str, token: str) -> Request:
    return Request("GET", url, {"Authorization": f"Bearer {token}", "Accept": "application/json"})


def _read(found: Any, parcel: Parcel) -> Told | Rejected:
    said = mapping(found)
    if error := mapping(said.get("error")):
        status = code(error.get("code"))
        return Told(parcel.number, found=False) if status == "404" else Rejected(status or "error")
    if not same(text(said.get("trackingNumber")), parcel.number):
        raise Unavailable("the answer is not about this number")
    scans = came_back(_scans(said))
    standing = _standing(said, scans)
    zip_code = text(said.get("destinationZIP"), 16)
    forecast = text(said.get("expectedDeliveryTimeStamp")) or text(
        said.get("predictedDeliveryDate")
    )
    told = Told(
        parcel.number,
        scans,
        status=standing.status,
        reason=standing.reason,
        status_at=standing.at,
        expected_at=end_of_day(forecast, Place(HOME, COUNTRY, zip_code)),
        proof=proof_of(scans, _signed(said)),
        carrier_ref=text(said.get("uniqueTrackingId"), 128) or None,
    )
    return of_this_parcel(told, parcel)


def _standing(said: dict[str, Any], scans: Sequence[Scan]) -> Standing:
    """The category of the item, where the newest event has a code that no line knows."""
    if not scans or scans[-1].mapped:
        return Standing()
    found = CATEGORIES.of(plain(said.get("statusCategory")).casefold())
    words = f"{plain(said.get('status'))} {plain(said.get('statusSummary'))}".casefold()
    back = TO_SENDER in words or any(scan.status is ShipmentStatus.RETURNING for scan in scans)
    if found.status is ShipmentStatus.DELIVERED and back:
        return Standing(ShipmentStatus.RETURNED, None, scans[-1].occurred_at)
    return Standing(found.status, found.reason, scans[-1].occurred_at)


def _signed(said: dict[str, Any]) -> str:
    """The name beside the event of the delivery."""
    ends = (plain(each.get("name")) for each in _events(said) if _meaning(each).status is _DONE)
    return next(ends, "")


_DONE: Final = ShipmentStatus.DELIVERED


def _events(said: dict[str, Any]) -> list[dict[str, Any]]:
    return items(said.get("trackingEvents"))


def _meaning(said: dict[str, Any]) -> Meaning:
    """What an event says: a delivery to the original sender is a return."""
    found = CODES.of(code(said.get("eventCode")))
    words = " ".join(plain(said.get(key)) for key in ("eventType", "actionCode", "reasonCode"))
    if found.status is _DONE and TO_SENDER in words.casefold():
        return Meaning(ShipmentStatus.RETURNED)
    return found


def _moment(said: dict[str, Any], place: Place) -> Moment | None:
    """An event's time: Greenwich's clock is right, the clock there follows from the offset."""
    offset = text(said.get("GMTOffset"))
    utc = moment(text(said.get("GMTTimestamp")), Place("UTC"))
    local = moment(text(said.get("eventTimestamp")), place, offset)
    if utc is None:
        return local
    return two_clocks(local.local if local else None, utc.at.replace(tzinfo=None), offset)


def _scans(said: dict[str, Any]) -> tuple[Scan, ...]:
    events = []
    for each in _events(said):
        postal = text(each.get("eventZIP"), 16)
        stated = plain(each.get("eventCountry"))
        where = two_letters(stated) if stated else COUNTRY
        when = _moment(each, Place(HOME, where, postal))
        parts = [code(each.get(key)) for key in ("eventCode", "actionCode", "reasonCode")]
        if when is not None and parts[0]:
            city = ", ".join(
                filter(None, (plain(each.get("eventCity")), text(each.get("eventState"))))
            )
            label = plain(each.get("eventType"))
            events.append(
                Event(
                    joined(*parts)[:64],
                    label,
                    _meaning(each),
                    when,
                    each,
                    city,
                    postal,
                    where,
                    LANGUAGE,
                )
            )
    return scans_of(events, newest_first=True)
