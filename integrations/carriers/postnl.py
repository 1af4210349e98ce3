"""PostNL: Shipping Status, one shipment in full, or the list of those that changed.

A return to the sender is no status there: a shipment that ends as delivered at the postcode of its
sender has come back.

Source: docs/carriers.md, "PostNL".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import ask, join, json_of, secret
from integrations.carriers.codes import Meaning, table
from integrations.carriers.reading import at, code, grams, items, mapping, text
from integrations.carriers.scanning import askable
from integrations.carriers.telling import (
    NUMBER,
    Event,
    came_back,
    of_this_parcel,
    proof_of,
    same,
    scans_of,
)
from integrations.carriers.times import Place, end_of_day, moment
from integrations.http import Answer, Outbound, Rejected, Request, Unavailable

CODES: Final = table("postnl")
HOME: Final = Place("Europe/Amsterdam")
PATH: Final = "shipment/v2/status"
MAX_DAYS: Final = "90"
NO_SHIPMENT: Final = "2"
DELIVERED: Final = "11"
RECIPIENT, SENDER = "01", "02"
NOTHING: Final = "{}"

WINDOW: Final = timedelta(hours=2)
REACH: Final = timedelta(hours=48)
OVERLAP: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Updated:
    """What a list of updated shipments says.

    Shapes: `ended` are the numbers of which it says delivered: the list has no addresses, so that
    `PostNl.track` must be asked whether they were delivered or came back; `told` holds the others.
    """

    told: tuple[Told, ...]
    ended: tuple[str, ...]


class PostNl:
    """PostNL Shipping Status v2."""

    api: ClassVar = TrackingApi.POSTNL
    batch: ClassVar = 1

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`."""
        asked, refused = askable(parcels, NUMBER, self.batch)
        said: dict[str, Told | Rejected] = {**refused}
        for parcel in asked.values():
            path = f"{PATH}/barcode/{quote(parcel.number, safe='')}"
            query = {"detail": "true", "language": _language(parcel), "maxDays": MAX_DAYS}
            answer = await _get(out, account, join(account.url, path, query))
            said[parcel.number] = _single(answer, parcel)
        return said

    async def by_reference(
        self, out: Outbound, account: Account, reference: str, parcel: Parcel
    ) -> Told | Rejected:
        """What is said of the shipment of a merchant's reference.

        Shapes: the account's secrets `customer_code` and `customer_number`. Raises: as `track`.
        """
        asked = {
            "customerCode": secret(account, "customer_code"),
            "customerNumber": secret(account, "customer_number"),
            "reference": reference,
            "detail": "true",
            "language": _language(parcel),
            "maxDays": MAX_DAYS,
        }
        answer = await _get(out, account, join(account.url, f"{PATH}/reference", asked))
        return _single(answer, parcel)

    async def updated(
        self, out: Outbound, account: Account, since: datetime, until: datetime
    ) -> Updated:
        """Which shipments of a customer changed in a window of at most two hours.

        Shapes: the account's secret `customer_number`; `windows` gives windows that fit.
        Raises: as `track`.
        """
        number = quote(secret(account, "customer_number"), safe="")
        periods = urlencode([("period", _local(since)), ("period", _local(until))])
        url = join(account.url, f"{PATH}/{number}/updatedshipments") + "?" + periods
        answer = await _get(out, account, url)
        return Updated((), ()) if answer.status in {204, 404} else _list(json_of(answer))


def windows(last: datetime | None, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The windows to ask for since the list was read last: overlapping, in reach, not too long."""
    since = max(last - OVERLAP, now - REACH) if last else now - WINDOW
    while since < now:
        until = min(since + WINDOW, now)
        yield since, until
        since = until if until == now else until - OVERLAP


async def _get(out: Outbound, account: Account, url: str) -> Answer:
    headers = {"apikey": secret(account, "api_key"), "Accept": "application/json"}
    return await ask(out, Request("GET", url, headers))


def _language(parcel: Parcel) -> str:
    return "NL" if parcel.language == "nl" else "EN"


def _local(when: datetime) -> str:
    """A time as the carrier writes it: the clock in Amsterdam, without an offset."""
    return when.astimezone(ZoneInfo(HOME.home)).replace(tzinfo=None).isoformat(timespec="seconds")


def written(value: Any, most: int = 500) -> str:
    """A text; the carrier writes `{}` for an empty one."""
    said = text(value, most)
    return "" if said == NOTHING else said


def _single(answer: Answer, parcel: Parcel) -> Told | Rejected:
    if answer.status == 404:
        return Told(parcel.number, found=False)
    found = json_of(answer)
    root = next((found[name] for name in _ROOTS if name in mapping(found)), None)
    shipment = next(iter(_of_number(items(at(root, "Shipment")), parcel)), None)
    if shipment is not None:
        return of_this_parcel(_told(shipment, parcel), parcel)
    warnings = {code(each.get("Code")) for each in items(at(found, "Warnings"))}
    if warnings - {NO_SHIPMENT}:
        return Rejected("warning " + ", ".join(sorted(warnings)))
    if warnings or any(name in mapping(found) for name in _ROOTS):
        return Told(parcel.number, found=False)
    raise Unavailable("the answer holds no status")


_ROOTS: Final = ("CompleteStatus", "CurrentStatus")


def _of_number(shipments: list[dict[str, Any]], parcel: Parcel) -> list[dict[str, Any]]:
    """The shipments of this number; a reference may have found one of another."""
    return [each for each in shipments if same(_barcode(each), parcel.number)] or [
        each for each in shipments if same(written(each.get("Reference")), parcel.number)
    ]


def _barcode(shipment: dict[str, Any]) -> str:
    return written(shipment.get("Barcode")) or written(shipment.get("MainBarcode"))


def _told(shipment: dict[str, Any], parcel: Parcel) -> Told:
    steps = [*items(shipment.get("OldStatus")), *items(shipment.get("Status"))]
    language = _language(parcel).lower()
    seen: list[Event] = []
    for each in items(shipment.get("Event")):
        if event := _event(each, "Code", "Description", Meaning(), language):
            seen.append(event)
    for each in steps:
        found = CODES.of(code(each.get("StatusCode")))
        if event := _event(each, "StatusCode", "StatusDescription", found, language):
            seen.append(event)
    back = ends_with_sender(shipment, parcel)
    scans = came_back(scans_of(seen, newest_first=False), known=back)
    return Told(
        parcel.number,
        scans,
        expected_at=end_of_day(written(shipment.get("DeliveryDate")), HOME),
        proof=proof_of(scans, ""),
        weight_grams=grams(written(at(shipment, "Dimension", "Weight")), "G"),
    )


def _event(
    said: dict[str, Any], key: str, words: str, found: Meaning, language: str
) -> Event | None:
    when = moment(written(said.get("TimeStamp")), HOME)
    raw = code(written(said.get(key)))
    if when is None or not raw:
        return None
    raw = raw if key == "StatusCode" else f"event/{raw}"
    place = written(said.get("LocationCode"))
    return Event(raw, written(said.get(words)), found, when, said, place, language=language)


def ends_with_sender(shipment: dict[str, Any], parcel: Parcel) -> bool:
    """Whether a shipment that ends as delivered ends at the postcode of its sender.

    A customer in the postcode of the merchant proves nothing.
    """
    if code(at(shipment, "Status", "StatusCode")) != DELIVERED:
        return False
    zips = {
        written(each.get("AddressType")): written(each.get("Zipcode"), 16)
        for each in items(shipment.get("Address"))
    }
    sender = parcel.origin_postal_code or zips.get(SENDER, "")
    neighbours = same(parcel.postal_code or "", sender)
    return same(zips.get(RECIPIENT, ""), sender) and not neighbours


def _list(found: Any) -> Updated:
    told: list[Told] = []
    ended: list[str] = []
    for each in items(found):
        number, status = _barcode(each), mapping(each.get("Status"))
        if number and code(status.get("StatusCode")) == DELIVERED:
            ended.append(number)
        elif number:
            told.append(Told(number, _step(status)))
    return Updated(tuple(told), tuple(dict.fromkeys(ended)))


def _step(status: dict[str, Any]) -> tuple[Scan, ...]:
    found = CODES.of(code(status.get("StatusCode")))
    event = _event(status, "StatusCode", "StatusDescription", found, "en")
    return scans_of([event], newest_first=False) if event else ()
