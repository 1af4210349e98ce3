"""FedEx: Track, and the push of its Advanced Integrated Visibility.

Numbers are used again: an answer may hold the results of several parcels. The one whose ship date
fits is kept, and from then on asked for by its `trackingNumberUniqueId`.

Source: docs/carriers.md, "FedEx".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import uuid4

import orjson

from domain.shipments import TOO_EARLY
from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, ShipmentStatus, Told
from integrations.carriers import proofs
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import Signed, Tokens, client_credentials, join, json_of, loads
from integrations.carriers.codes import Meaning, table
from integrations.carriers.reading import at, code, country, items, joined, mapping, text
from integrations.carriers.scanning import askable
from integrations.carriers.signatures import body_key
from integrations.carriers.telling import (
    NUMBER,
    Event,
    Standing,
    asked_as,
    by_number,
    came_back,
    of_this_parcel,
    proof_of,
    scans_of,
)
from integrations.carriers.times import Place, end_of_day, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

CODES: Final = table("fedex")
REASONS: Final = table("fedex_reasons")
HOME: Final = "America/Chicago"
LANGUAGE: Final = "en"
NOT_FOUND: Final = frozenset({"TRACKING.TRACKINGNUMBER.NOTFOUND"})
FOR_THE_WAY_BACK: Final = "RETURNED_TO_SHIPPER_TRACKING_NUMBER"
BY_REASON: Final = frozenset({"DE", "SE"})
SHIPPED: Final = ("SHIP", "ACTUAL_PICKUP")
FORECASTS: Final = ("ESTIMATED_DELIVERY", "COMMITMENT")


class FedEx:
    """FedEx Track v1."""

    api: ClassVar = TrackingApi.FEDEX
    batch: ClassVar = 30

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens or Tokens()

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`."""
        asked, refused = askable(parcels, NUMBER, self.batch)
        if not asked:
            return refused
        return {**refused, **await self._track(out, account, list(asked.values()), now)}

    async def _track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        body = orjson.dumps(
            {"includeDetailedScans": True, "trackingInfo": [_asking(each, now) for each in parcels]}
        )
        url = join(account.url, "track/v1/trackingnumbers")
        token = client_credentials(
            account, account.token_url or join(account.url, "oauth/token"), in_body=True
        )

        def make(value: str) -> Request:
            headers = {
                "Authorization": f"Bearer {value}",
                "Content-Type": "application/json",
                "Accept": "application/json",
                "X-locale": "en_US",
                "x-customer-transaction-id": uuid4().hex,
            }
            return Request("POST", url, headers, body)

        answer = await Signed(out, account, self._tokens, token).ask(make)
        if answer.status == 404:
            return {parcel.number: Told(parcel.number, found=False) for parcel in parcels}
        return _read(json_of(answer), parcels)


class FedExPush:
    """Pushes of Advanced Integrated Visibility: no number of their own, and in any order."""

    api: ClassVar = TrackingApi.FEDEX

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """See `PushReader.verify`."""
        proofs.verify(proofs.hmac_base64, headers.get("fdx-signature"), body, secrets)

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str:
        """See `PushReader.delivery_key`."""
        return body_key(body)

    def read(self, body: bytes, now: datetime) -> Sequence[Told]:
        """See `PushReader.read`."""
        found = loads(body)
        told = []
        for number, results in _listed(found):
            newest = max(results, key=_shipped_text, default=None)
            if number and newest is not None and not at(newest, "error"):
                told.append(_told(number, newest))
        if not told and not isinstance(found, dict):
            raise Rejected("the push is not JSON")
        return told


def _asking(parcel: Parcel, now: datetime) -> dict[str, Any]:
    asked: dict[str, Any] = {"trackingNumber": parcel.number}
    if parcel.service:
        asked["carrierCode"] = parcel.service
    if parcel.carrier_ref:
        return {"trackingNumberInfo": asked | {"trackingNumberUniqueId": parcel.carrier_ref}}
    begin, end = parcel.created_at - TOO_EARLY, now + timedelta(days=1)
    return {
        "trackingNumberInfo": asked,
        "shipDateBegin": begin.date().isoformat(),
        "shipDateEnd": end.date().isoformat(),
    }


def _listed(found: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    """The numbers of an answer or a push, each with its results; a push may hold one bare."""
    whole = mapping(at(found, "output") or found)
    complete = items(whole.get("completeTrackResults") or ([whole] if whole else []))
    listed = []
    for each in complete:
        results = items(each.get("trackResults") or ([each] if "scanEvents" in each else []))
        inside = (text(at(result, "trackingNumberInfo", "trackingNumber")) for result in results)
        number = text(each.get("trackingNumber")) or next(filter(None, inside), "")
        listed.append((number, results))
    return listed


def _read(found: Any, parcels: Sequence[Parcel]) -> Mapping[str, Told | Rejected]:
    if not isinstance(at(found, "output", "completeTrackResults"), list | dict):
        raise Unavailable("the answer holds no results")
    said: dict[str, Told | Rejected] = {}
    asked = by_number(parcels)
    for number, results in _listed(found):
        if parcel := asked_as(asked, number):
            said[parcel.number] = _one(parcel, results)
    return {each.number: said.get(each.number, Told(each.number, found=False)) for each in parcels}


def _one(parcel: Parcel, results: Sequence[dict[str, Any]]) -> Told | Rejected:
    good = [each for each in results if not at(each, "error", "code")]
    if not good:
        codes = {code(at(each, "error", "code")) for each in results} - {""}
        if codes - NOT_FOUND:
            return Rejected(", ".join(sorted(codes)))
        return Told(parcel.number, found=False)
    chosen = _this_parcel(parcel, good)
    if chosen is None:
        return Told(parcel.number, found=False)
    return of_this_parcel(_told(parcel.number, chosen), parcel)


def _this_parcel(parcel: Parcel, results: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Of several parcels of a number the one that is known, or whose ship date fits."""
    if parcel.carrier_ref:
        for each in results:
            if _reference(each) == parcel.carrier_ref:
                return each
    if len(results) == 1:
        return results[0]
    dated = [(shipped, each) for each in results if (shipped := _shipped(each))]
    fits = [(when, each) for when, each in dated if when >= parcel.created_at - TOO_EARLY]
    return min(fits, key=lambda pair: pair[0])[1] if fits else None


def _reference(result: Any) -> str:
    return text(at(result, "trackingNumberInfo", "trackingNumberUniqueId"), 128)


def _dated(result: Any, kinds: Sequence[str]) -> str:
    said = {code(each.get("type")): text(each.get("dateTime")) for each in _dates(result)}
    return next((said[kind] for kind in kinds if said.get(kind)), "")


def _dates(result: Any) -> list[dict[str, Any]]:
    return items(at(result, "dateAndTimes"))


def _shipped_text(result: Any) -> str:
    events = (text(each.get("date")) for each in items(at(result, "scanEvents")))
    return _dated(result, SHIPPED) or min(filter(None, events), default="")


def _shipped(result: Any) -> datetime | None:
    """The end of the day of shipping, so that a day alone is never too early."""
    return end_of_day(_shipped_text(result), Place(HOME))


def meaning(status: str, reason: str) -> Meaning:
    """What a derived status says; for delivery and shipment exceptions, with their reason."""
    found = CODES.of(status)
    if status not in BY_REASON or not reason:
        return found
    why = REASONS.of(reason)
    return Meaning(why.status if status == "DE" and why.mapped else found.status, why.reason)


def _told(number: str, result: dict[str, Any]) -> Told:
    scans = came_back(_scans(result), known=_has_number_for_way_back(result))
    received = text(at(result, "deliveryDetails", "receivedByName"))
    place = text(at(result, "deliveryDetails", "actualDeliveryAddress", "city"))
    window = text(at(result, "estimatedDeliveryTimeWindow", "window", "ends"))
    latest = Standing() if scans else _latest(result)
    return Told(
        number,
        scans,
        status=latest.status,
        reason=latest.reason,
        status_at=latest.at,
        expected_at=end_of_day(window or _dated(result, FORECASTS), Place(HOME)),
        proof=proof_of(scans, received, place),
        carrier_ref=_reference(result) or None,
    )


def _latest(result: Any) -> Standing:
    """Where no scan is listed, the status of the parcel; an end of it needs its date."""
    latest = mapping(at(result, "latestStatusDetail"))
    detail = next(iter(items(latest.get("ancillaryDetails"))), {})
    found = meaning(code(latest.get("derivedCode")), code(detail.get("reason")))
    if found.status is not ShipmentStatus.DELIVERED:
        return Standing(found.status, found.reason)
    when = moment(_dated(result, ("ACTUAL_DELIVERY",)), Place(HOME))
    back = _has_number_for_way_back(result)
    ended = ShipmentStatus.RETURNED if back else ShipmentStatus.DELIVERED
    return Standing(ended, None, when.at) if when else Standing()


def _has_number_for_way_back(result: Any) -> bool:
    kinds = items(at(result, "additionalTrackingInfo", "packageIdentifiers"))
    return any(code(each.get("type")) == FOR_THE_WAY_BACK for each in kinds)


def _scans(result: Any) -> tuple[Scan, ...]:
    events = []
    for each in items(at(result, "scanEvents")):
        place = mapping(each.get("scanLocation"))
        where, postal = country(place.get("countryCode")), text(place.get("postalCode"), 16)
        when = moment(text(each.get("date")), Place(HOME, where, postal))
        status = code(each.get("derivedStatusCode")) or code(each.get("eventType"))
        reason = code(each.get("exceptionCode"))
        if when is not None and status:
            events.append(
                Event(
                    joined(status, reason),
                    text(each.get("eventDescription")),
                    meaning(status, reason),
                    when,
                    each,
                    text(place.get("city")),
                    postal,
                    where,
                    LANGUAGE,
                )
            )
    return scans_of(events, newest_first=True)
