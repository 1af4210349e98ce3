"""AfterShip: trackings of many carriers, and its push.

Source: docs/carriers.md, "AfterShip".
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import orjson

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, Told
from integrations.carriers import proofs
from integrations.carriers.aggregators import finer, just_told_of, of_family
from integrations.carriers.base import Account, Parcel, Throttled
from integrations.carriers.calls import ask, join, json_of, loads, retry_after, secret
from integrations.carriers.codes import Meaning, table
from integrations.carriers.reading import at, code, grams, items, mapping, number, text, truth
from integrations.carriers.scanning import askable
from integrations.carriers.signatures import body_key
from integrations.carriers.telling import (
    ANY_NUMBER,
    Event,
    asked_as,
    by_number,
    came_back,
    proof_of,
    scans_of,
    two_letters,
)
from integrations.carriers.times import Place, end_of_day, moment
from integrations.http import Answer, Outbound, Rejected, Request, Unavailable

TAGS: Final = table("aftership")
PAGE: Final = 100
MOST_PAGES: Final = 10
NEW_IN_A_CALL: Final = 10
HOME: Final = "UTC"
EXISTS, GONE, BAD_NUMBER = "4003", "4004", "4005"
HANDED: Final = (400, 404, 429)
LONGEST_WAIT: Final = 24 * 3600.0


class AfterShip:
    """AfterShip Tracking. The account's `url` holds the dated version of the API."""

    api: ClassVar = TrackingApi.AFTERSHIP
    batch: ClassVar = PAGE

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`. Of the numbers it does not know, ten a call are registered."""
        asked, refused = askable(parcels, ANY_NUMBER, self.batch)
        if not asked:
            return refused
        return {**refused, **await self._track(out, account, list(asked.values()), now)}

    async def _track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        listed = await _all_pages(out, account, parcels)
        said: dict[str, Told | Rejected] = {}
        asked = by_number(parcels)
        for tracking in listed:
            parcel = asked_as(asked, text(tracking.get("tracking_number")))
            if parcel is not None and _is_of(tracking, parcel):
                said[parcel.number] = _told(parcel.number, tracking)
        missing = [parcel for parcel in parcels if parcel.number not in said]
        for parcel in missing:
            said[parcel.number] = Told(parcel.number, found=False)
        new = [parcel for parcel in missing if not parcel.carrier_ref][:NEW_IN_A_CALL]
        refs = await self.register(out, account, new, now)
        return said | {known: just_told_of(known, ref) for known, ref in refs.items()}

    async def register(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, str | Rejected]:
        """See `Aggregator.register`. One call each."""
        refs: dict[str, str | Rejected] = {}
        for parcel in parcels:
            body = {"tracking_number": parcel.number, "slug": parcel.service}
            body["tracking_postal_code"] = parcel.postal_code
            sent = orjson.dumps({key: value for key, value in body.items() if value})
            url = join(account.url, "trackings")
            refs[parcel.number] = _registered(await _call(out, account, "POST", url, sent))
        return refs


class AfterShipPush:
    """Webhooks of AfterShip's tracking product."""

    api: ClassVar = TrackingApi.AFTERSHIP

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """See `PushReader.verify`."""
        stated = headers.get("aftership-hmac-sha256")
        proofs.verify(proofs.hmac_base64, stated, body, secrets)

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str:
        """See `PushReader.delivery_key`. The id of the event."""
        return text(at(loads(body), "event_id"), 64) or body_key(body)

    def read(self, body: bytes, now: datetime) -> Sequence[Told]:
        """See `PushReader.read`."""
        tracking = mapping(at(loads(body), "msg"))
        known = text(tracking.get("tracking_number"))
        if not known:
            raise Rejected("the push names no parcel")
        return [_told(known, tracking)]


async def _call(
    out: Outbound, account: Account, method: str, url: str, body: bytes | None = None
) -> Answer:
    headers = {
        "as-api-key": secret(account, "api_key"),
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    answer = await ask(out, Request(method, url, headers, body), HANDED)
    if answer.status == 429 or code(at(loads(answer.body), "meta", "code")) == "429":
        raise Throttled("status 429", _wait(answer))
    return answer


def _wait(answer: Answer) -> float | None:
    """The seconds until the limit starts anew: its header tells the second of the epoch."""
    reset = number(answer.headers.get("X-RateLimit-Reset", ""))
    now = datetime.now(UTC)
    if reset is None:
        return retry_after(answer.headers, now)
    return min(max(float(reset) - now.timestamp(), 0.0), LONGEST_WAIT)


async def _all_pages(
    out: Outbound, account: Account, parcels: Sequence[Parcel]
) -> list[dict[str, Any]]:
    asked = {"tracking_numbers": ",".join(parcel.number for parcel in parcels), "limit": str(PAGE)}
    listed: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        query = asked | ({"cursor": cursor} if cursor else {})
        answer = await _call(out, account, "GET", join(account.url, "trackings", query))
        data = mapping(at(json_of(answer), "data"))
        if answer.status != 200:
            _refuse(answer)
        if not isinstance(data.get("trackings"), list):
            raise Unavailable("the answer holds no trackings")
        listed += items(data["trackings"])
        cursor = text(at(data, "pagination", "next_cursor"), 1000)
        if not cursor or not truth(at(data, "pagination", "has_next_page")):
            break
    return listed


def _refuse(answer: Answer) -> None:
    raise Rejected(code(at(loads(answer.body), "meta", "code")) or f"status {answer.status}")


def _registered(answer: Answer) -> str | Rejected:
    found = json_of(answer)
    meta = code(at(found, "meta", "code"))
    ref = text(at(found, "data", "id") or at(found, "data", "tracking", "id"), 128)
    if meta == EXISTS or answer.status < 300:
        return ref
    return Rejected(meta or f"status {answer.status}")


def _is_of(tracking: dict[str, Any], parcel: Parcel) -> bool:
    """Whether a tracking is of the parcel's carrier, and not an older one of its number."""
    if parcel.carrier_ref and text(tracking.get("id"), 128) != parcel.carrier_ref:
        return False
    return not parcel.service or code(tracking.get("slug")) in {"", parcel.service}


def meaning(tag: str, subtag: str, raw: str) -> Meaning:
    """What a checkpoint says: its sub-tag, else its tag, finer by a post's own code."""
    return finer(of_family(TAGS, subtag, tag), raw)


def _told(known: str, tracking: dict[str, Any]) -> Told:
    scans = came_back(_scans(tracking), known=truth(tracking.get("return_to_sender")))
    forecast = tracking.get("aftership_estimated_delivery_date")
    day = text(mapping(forecast).get("estimated_delivery_date")) or text(forecast)
    weight = mapping(tracking.get("shipment_weight"))
    return Told(
        known,
        scans,
        expected_at=end_of_day(day or text(tracking.get("expected_delivery")), Place(HOME)),
        proof=proof_of(scans, text(tracking.get("signed_by"))),
        carrier_ref=text(tracking.get("id"), 128) or None,
        weight_grams=grams(weight.get("value"), weight.get("unit")),
    )


def _scans(tracking: dict[str, Any]) -> tuple[Scan, ...]:
    events = []
    for each in items(tracking.get("checkpoints")):
        where, postal = two_letters(each.get("country_region")), text(each.get("zip"), 16)
        when = moment(text(each.get("checkpoint_time")), Place(HOME, where, postal))
        tag, subtag = code(each.get("tag")), code(each.get("subtag"))
        raw = code(each.get("raw_tag"))
        if when is not None and (tag or subtag):
            label, city = text(each.get("message")), text(each.get("city"))
            found, shown = meaning(tag, subtag, raw), "/".join(filter(None, (subtag or tag, raw)))
            events.append(Event(shown, label, found, when, each, city, postal, where))
    return scans_of(events, newest_first=False)
