"""Royal Mail: Tracking v2, the history of one item or the summary of up to 30.

The category of a summary decides, except that an event which names the sender is a return whatever
the category says. Events are read by the table of their codes and by the words of their names.

Source: docs/carriers.md, "Royal Mail".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, ShipmentStatus, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import ask, join, json_of, secret
from integrations.carriers.codes import Meaning, table
from integrations.carriers.reading import at, code, items, mapping, text
from integrations.carriers.scanning import askable
from integrations.carriers.telling import (
    NUMBER,
    Event,
    Standing,
    asked_as,
    by_number,
    by_words,
    came_back,
    of_this_parcel,
    proof_of,
    same,
    scans_of,
)
from integrations.carriers.times import Place, end_of_day, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

CATEGORIES: Final = table("royal_mail")
CODES: Final = table("royal_mail_events")
WORDS: Final = table("royal_mail_words")
HOME: Final = Place("Europe/London")
LANGUAGE: Final = "en"
FOUND, NOT_FOUND = "200", "404"


class RoyalMail:
    """Royal Mail Tracking v2."""

    api: ClassVar = TrackingApi.ROYAL_MAIL
    batch: ClassVar = 30

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`. One parcel is asked for with its events, several in short."""
        asked, refused = askable(parcels, NUMBER, self.batch)
        if not asked:
            return refused
        return {**refused, **await self._track(out, account, list(asked.values()), now)}

    async def _track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        headers = {
            "X-IBM-Client-Id": secret(account, "client_id"),
            "X-IBM-Client-Secret": secret(account, "client_secret"),
            "X-Accept-RMG-Terms": "yes",
            "Accept": "application/json",
        }
        if len(parcels) == 1:
            path, query = f"mailpieces/v2/{quote(parcels[0].number, safe='')}/events", None
        else:
            path = "mailpieces/v2/summary"
            query = {"mailPieceId": ",".join(parcel.number for parcel in parcels)}
        answer = await ask(out, Request("GET", join(account.url, path, query), headers))
        if answer.status == 404:
            return {parcel.number: Told(parcel.number, found=False) for parcel in parcels}
        return _read(json_of(answer), parcels)


def _read(found: Any, parcels: Sequence[Parcel]) -> Mapping[str, Told | Rejected]:
    pieces = at(found, "mailPieces")
    if not isinstance(pieces, dict | list):
        raise Unavailable("the answer holds no mail pieces")
    said: dict[str, Told | Rejected] = {}
    asked = by_number(parcels)
    for piece in items(pieces):
        number = text(piece.get("mailPieceId"))
        parcel = asked_as(asked, number)
        if parcel is None and len(parcels) == 1 and _is(piece, parcels[0]):
            parcel = parcels[0]
        if parcel is not None:
            said[parcel.number] = _one(parcel, piece)
    return {each.number: said.get(each.number, Told(each.number, found=False)) for each in parcels}


def _is(piece: dict[str, Any], parcel: Parcel) -> bool:
    """Whether an item that was asked for by its other barcode is this one."""
    summary = mapping(piece.get("summary"))
    return any(
        same(text(summary.get(key)), parcel.number) for key in ("oneDBarcode", "uniqueItemId")
    )


def _one(parcel: Parcel, piece: dict[str, Any]) -> Told | Rejected:
    status = code(piece.get("status")) or FOUND
    if status == NOT_FOUND:
        return Told(parcel.number, found=False)
    if status != FOUND:
        errors = items(piece.get("error"))
        return Rejected(next((code(each.get("errorCode")) for each in errors), "") or status)
    summary = mapping(piece.get("summary"))
    listed = items(piece.get("events"))
    scans = came_back(_scans(listed) if listed else _scans([_last(summary)]))
    standing = _standing(summary, scans)
    signed = text(at(piece, "signature", "recipientName"))
    told = Told(
        parcel.number,
        scans,
        status=standing.status,
        reason=standing.reason,
        status_at=standing.at,
        expected_at=_expected(mapping(piece.get("estimatedDelivery"))),
        proof=proof_of(scans, signed) if standing.status is ShipmentStatus.DELIVERED else None,
    )
    return of_this_parcel(told, parcel)


def _last(summary: dict[str, Any]) -> dict[str, Any]:
    """The last event of a summary, as an event."""
    return {
        "eventCode": summary.get("lastEventCode"),
        "eventName": summary.get("lastEventName"),
        "eventDateTime": summary.get("lastEventDateTime"),
        "locationName": summary.get("lastEventLocationName"),
    }


def meaning(raw: str, name: str) -> Meaning:
    """What an event says: its words where they name the sender, else its code, else its words."""
    words = by_words(WORDS, name)
    if words.status is ShipmentStatus.RETURNED:
        return words
    found = CODES.of(raw)
    return found if found.mapped else words


def _standing(summary: dict[str, Any], scans: Sequence[Scan]) -> Standing:
    """What the category says of the item, unless its last event or its history know better."""
    category = CATEGORIES.of(code(summary.get("statusCategory")).casefold())
    when = moment(text(summary.get("lastEventDateTime")), HOME)
    last = meaning(code(summary.get("lastEventCode")), text(summary.get("lastEventName")))
    told = by_words(WORDS, text(summary.get("statusDescription")))
    returned = ShipmentStatus.RETURNED
    ends = {last.status, told.status, *(scan.status for scan in scans[-1:])}
    back = any(scan.status is ShipmentStatus.RETURNING for scan in scans)
    delivered = category.status is ShipmentStatus.DELIVERED
    if returned in ends or (delivered and back):
        return Standing(returned, None, when.at if when else None)
    if delivered and last.status is ShipmentStatus.AVAILABLE_FOR_PICKUP:
        return Standing(last.status, last.reason, when.at if when else None)
    reason = last.reason if last.status is category.status else category.reason
    return Standing(category.status, reason, when.at if when else None)


def _expected(said: dict[str, Any]) -> datetime | None:
    day, end = text(said.get("date")), text(said.get("endOfEstimatedWindow"))
    return end_of_day(f"{day}T{end}" if day and end else day, HOME)


def _scans(listed: Sequence[dict[str, Any]]) -> tuple[Scan, ...]:
    events = []
    for each in listed:
        raw, name = code(each.get("eventCode")), text(each.get("eventName"))
        when = moment(text(each.get("eventDateTime")), HOME)
        if when is not None and (raw or name):
            found, place = meaning(raw, name), text(each.get("locationName"))
            events.append(Event(raw or "-", name, found, when, each, place, language=LANGUAGE))
    return scans_of(events, newest_first=True)
