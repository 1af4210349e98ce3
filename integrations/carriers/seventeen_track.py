"""17TRACK: numbers of many carriers, 40 a call, and its push.

Source: docs/carriers.md, "17TRACK".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

import orjson

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, Told
from integrations.carriers import proofs
from integrations.carriers.aggregators import just_told_of, of_family
from integrations.carriers.base import Account, CredentialRefused, Parcel, Throttled
from integrations.carriers.calls import ask, join, json_of, loads, secret
from integrations.carriers.codes import Meaning, table
from integrations.carriers.reading import at, code, country, items, mapping, text
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
)
from integrations.carriers.times import Moment, Place, end_of_day, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

STATUSES: Final = table("seventeen_track")
HOME: Final = "UTC"
KNOWN_ALREADY: Final = "-18019901"
NOT_KNOWN: Final = "-18019902"
QUOTA: Final = frozenset({"-18019907", "-18019908"})
NO_NEWS: Final = "-18019909"
BAD_CREDENTIAL: Final = frozenset({"-18010001", "-18010002", "-18010004", "-18010005"})
BROKEN: Final = "-18010003"


class SeventeenTrack:
    """17TRACK v2.4."""

    api: ClassVar = TrackingApi.SEVENTEEN_TRACK
    batch: ClassVar = 40

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`. Numbers that it does not know are registered."""
        asked, refused = askable(parcels, ANY_NUMBER, self.batch)
        if not asked:
            return refused
        return {**refused, **await self._track(out, account, list(asked.values()), now)}

    async def _track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        data = await _call(out, account, "gettrackinfo", parcels)
        said = _read(data, parcels)
        new = _not_known(data, parcels)
        refs = await self.register(out, account, new, now)
        return said | {known: just_told_of(known, ref) for known, ref in refs.items()}

    async def register(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, str | Rejected]:
        """See `Aggregator.register`. Raises: Throttled where the quota of registrations is used."""
        if not parcels:
            return {}
        data = await _call(out, account, "register", parcels)
        asked = by_number(parcels)
        refs: dict[str, str | Rejected] = {}
        for each in items(data.get("accepted")):
            if parcel := asked_as(asked, text(each.get("number"))):
                refs[parcel.number] = code(each.get("carrier"))
        for parcel, error in _rejected(data, asked):
            if error in QUOTA:
                raise Throttled("the quota of registrations is used")
            refs[parcel.number] = "" if error == KNOWN_ALREADY else Rejected(error)
        return refs


class SeventeenTrackPush:
    """Pushes of 17TRACK; the account's key signs them."""

    api: ClassVar = TrackingApi.SEVENTEEN_TRACK

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """See `PushReader.verify`."""
        proofs.verify(proofs.hash_of_both, headers.get("sign"), body, secrets)

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str:
        """See `PushReader.delivery_key`."""
        return body_key(body)

    def read(self, body: bytes, now: datetime) -> Sequence[Told]:
        """See `PushReader.read`."""
        data = mapping(at(loads(body), "data"))
        number = text(data.get("number"))
        if not number:
            raise Rejected("the push names no parcel")
        return [_told(number, data)]


async def _call(
    out: Outbound, account: Account, what: str, parcels: Sequence[Parcel]
) -> dict[str, Any]:
    headers = {
        "17token": secret(account, "api_key"),
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    body = orjson.dumps([_asking(parcel, what) for parcel in parcels])
    url = join(account.url, f"track/v2.4/{what}")
    found = json_of(await ask(out, Request("POST", url, headers, body), handed=()))
    error = code(at(found, "code"))
    if error in BAD_CREDENTIAL:
        raise CredentialRefused(f"code {error}")
    if error == BROKEN or not isinstance(at(found, "data"), dict):
        raise Unavailable(f"code {error}" if error else "the answer holds no data")
    if error != "0":
        raise Rejected(f"code {error}")
    return mapping(at(found, "data"))


def _asking(parcel: Parcel, what: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"number": parcel.number}
    carrier = parcel.service or parcel.carrier_ref or ""
    if carrier.isascii() and carrier.isdigit():
        asked["carrier"] = int(carrier[:9])
    if what == "register" and parcel.postal_code:
        asked["param"] = parcel.postal_code
    return asked


def _rejected(data: dict[str, Any], asked: Mapping[str, Parcel]) -> list[tuple[Parcel, str]]:
    found = []
    for each in items(data.get("rejected")):
        parcel = asked_as(asked, text(each.get("number")))
        if parcel is not None:
            found.append((parcel, code(at(each, "error", "code")) or "rejected"))
    return found


def _not_known(data: dict[str, Any], parcels: Sequence[Parcel]) -> list[Parcel]:
    return [each for each, error in _rejected(data, by_number(parcels)) if error == NOT_KNOWN]


def _read(data: dict[str, Any], parcels: Sequence[Parcel]) -> dict[str, Told | Rejected]:
    said: dict[str, Told | Rejected] = {
        parcel.number: Told(parcel.number, found=False) for parcel in parcels
    }
    asked = by_number(parcels)
    for refused, error in _rejected(data, asked):
        if error not in {NOT_KNOWN, NO_NEWS, *QUOTA}:
            said[refused.number] = Rejected(error)
    for each in items(data.get("accepted")):
        if parcel := asked_as(asked, text(each.get("number"))):
            said[parcel.number] = _told(parcel.number, each)
    return said


def meaning(sub_status: str, status: str) -> Meaning:
    """What an event says: its sub-status, else its stage."""
    return of_family(STATUSES, sub_status, status)


def _told(number: str, said: dict[str, Any]) -> Told:
    info = mapping(said.get("track_info"))
    scans = came_back(_scans(info))
    forecast = text(at(info, "time_metrics", "estimated_delivery_date", "to"))
    status = code(at(info, "latest_status", "status"))
    return Told(
        number,
        scans,
        found=bool(scans) or status not in {"", "NotFound"},
        expected_at=end_of_day(forecast, Place(HOME)),
        proof=proof_of(scans, ""),
        carrier_ref=code(said.get("carrier")) or None,
    )


def _scans(info: dict[str, Any]) -> tuple[Scan, ...]:
    """The events of all carriers that had the parcel; each lists its own newest first."""
    providers = items(at(info, "tracking", "providers"))
    listed = [each for one in providers for each in items(one.get("events"))]
    events = []
    for each in listed or items(info.get("latest_event")):
        sub_status, stage = code(each.get("sub_status")), code(each.get("stage"))
        place = text(each.get("location"))
        where = country(at(each, "address", "country"))
        when = _moment(each, where)
        if when is not None and (sub_status or stage):
            found, raw = meaning(sub_status, stage), sub_status or stage
            label = text(each.get("description"))
            events.append(Event(raw, label, found, when, each, place, country=where))
    return scans_of(events, newest_first=True)


def _moment(said: dict[str, Any], where: str | None) -> Moment | None:
    """The clock there with its offset, else Greenwich's."""
    local = moment(text(said.get("time_iso")), Place(HOME, where))
    return local or moment(text(said.get("time_utc")), Place("UTC"))
