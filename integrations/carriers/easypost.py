"""EasyPost: trackers of many carriers, and its push.

Source: docs/carriers.md, "EasyPost".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote

import orjson

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, ShipmentStatus, Told
from integrations.carriers import proofs
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import ask, basic, join, json_of, loads, secret
from integrations.carriers.codes import Meaning, table
from integrations.carriers.reading import at, code, country, grams, items, joined, mapping, text
from integrations.carriers.scanning import askable
from integrations.carriers.signatures import body_key
from integrations.carriers.telling import ANY_NUMBER, Event, came_back, proof_of, same, scans_of
from integrations.carriers.times import Place, end_of_day, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

STATUSES: Final = table("easypost")
DETAILS: Final = table("easypost_details")
HOME: Final = "UTC"
BACK: Final = "return_to_sender"
REFINED: Final = frozenset({"in_transit", "failure", "unknown", "error"})
HANDED: Final = (400, 404, 422)


class EasyPost:
    """EasyPost trackers. Creating one again within three months gives the same."""

    api: ClassVar = TrackingApi.EASYPOST
    batch: ClassVar = 1

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`. A parcel without a tracker is given one."""
        asked, refused = askable(parcels, ANY_NUMBER, self.batch)
        said: dict[str, Told | Rejected] = {**refused}
        for parcel in asked.values():
            said[parcel.number] = await _track(out, account, parcel)
        return said

    async def register(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, str | Rejected]:
        """See `Aggregator.register`."""
        refs: dict[str, str | Rejected] = {}
        for parcel in parcels[: self.batch]:
            told = await _track(out, account, parcel)
            refs[parcel.number] = told if isinstance(told, Rejected) else told.carrier_ref or ""
        return refs


class EasyPostPush:
    """Webhooks of EasyPost: events about trackers."""

    api: ClassVar = TrackingApi.EASYPOST

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """See `PushReader.verify`."""
        proofs.verify(proofs.hmac_hex, headers.get("x-hmac-signature"), body, secrets)

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str:
        """See `PushReader.delivery_key`. The id of the event."""
        return text(at(loads(body), "id"), 64) or body_key(body)

    def read(self, body: bytes, now: datetime) -> Sequence[Told]:
        """See `PushReader.read`. Events about anything but a tracker tell nothing."""
        found = loads(body)
        if not isinstance(found, dict):
            raise Rejected("the push is not JSON")
        tracker = mapping(found.get("result"))
        known = text(tracker.get("tracking_code"))
        return [_told(known, tracker)] if known else []


async def _track(out: Outbound, account: Account, parcel: Parcel) -> Told | Rejected:
    headers = {
        "Authorization": basic(secret(account, "api_key"), ""),
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    if parcel.carrier_ref:
        url = join(account.url, f"trackers/{quote(parcel.carrier_ref, safe='')}")
        request = Request("GET", url, headers)
    else:
        tracker = {"tracking_code": parcel.number, "carrier": parcel.service}
        body = orjson.dumps({"tracker": {key: each for key, each in tracker.items() if each}})
        request = Request("POST", join(account.url, "trackers"), headers, body)
    answer = await ask(out, request, HANDED)
    found = json_of(answer)
    if answer.status == 404:
        return Told(parcel.number, found=False)
    if answer.status in HANDED or at(found, "error"):
        return Rejected(code(at(found, "error", "code")) or f"status {answer.status}")
    if not same(text(at(found, "tracking_code")), parcel.number):
        raise Unavailable("the answer is not about this number")
    return _told(parcel.number, mapping(found))


def meaning(status: str, detail: str) -> Meaning:
    """What a status says. Its detail makes the vague ones finer; it never makes one delivered."""
    found, more = STATUSES.of(status), DETAILS.of(detail)
    if status not in REFINED or more.status in {None, ShipmentStatus.DELIVERED}:
        return found
    return more


def _told(known: str, tracker: dict[str, Any]) -> Told:
    scans = came_back(_scans(tracker), known=code(tracker.get("status")) == BACK)
    return Told(
        known,
        scans,
        expected_at=end_of_day(text(tracker.get("est_delivery_date")), Place(HOME)),
        proof=proof_of(scans, text(tracker.get("signed_by"))),
        carrier_ref=text(tracker.get("id"), 128) or None,
        weight_grams=grams(tracker.get("weight"), "OZ"),
    )


def _scans(tracker: dict[str, Any]) -> tuple[Scan, ...]:
    events = []
    for each in items(tracker.get("tracking_details")):
        place = mapping(each.get("tracking_location"))
        where, postal = country(place.get("country")), text(place.get("zip"), 16)
        when = moment(text(each.get("datetime")), Place(HOME, where, postal))
        status, detail = code(each.get("status")), code(each.get("status_detail"))
        if when is not None and status:
            label, city = text(each.get("message")), text(place.get("city"))
            found = meaning(status, detail)
            raw = joined(status, detail)
            events.append(Event(raw, label, found, when, each, city, postal, where))
    return scans_of(events, newest_first=False)
