"""GLS Group: Track and Trace v1. The status of the parcel decides, not its events.

Source: docs/carriers.md, "GLS".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, ShipmentStatus, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import Signed, Tokens, client_credentials, join, json_of
from integrations.carriers.codes import table
from integrations.carriers.reading import at, code, country, items, text
from integrations.carriers.scanning import askable
from integrations.carriers.telling import (
    NUMBER,
    Event,
    asked_as,
    by_number,
    of_this_parcel,
    proof_of,
    scans_of,
)
from integrations.carriers.times import Place, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

STATUSES: Final = table("gls")
EVENTS: Final = table("gls_events")
HOME: Final = "Europe/Berlin"
NOT_FOUND: Final = frozenset({"E_404_01", "E_404_02"})
BROKEN: Final = "E_500_01"


class Gls:
    """GLS Track and Trace v1."""

    api: ClassVar = TrackingApi.GLS
    batch: ClassVar = 10

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
        numbers = ",".join(quote(parcel.number, safe="") for parcel in parcels)
        path = f"track-and-trace-v1/tracking/simple/trackids/{numbers}"
        url = join(account.url, path, {"showEvents": "true", "showLinks": "false"})
        language = "DE" if all(parcel.language == "de" for parcel in parcels) else "EN"
        token = client_credentials(
            account, account.token_url or join(account.url, "oauth2/v2/token")
        )

        def make(value: str) -> Request:
            headers = {
                "Authorization": f"Bearer {value}",
                "Accept": "application/json",
                "Accept-Language": language,
            }
            return Request("GET", url, headers)

        answer = await Signed(out, account, self._tokens, token).ask(make)
        if answer.status == 404:
            return {parcel.number: Told(parcel.number, found=False) for parcel in parcels}
        return _read(json_of(answer), parcels, language.lower())


def _read(found: Any, parcels: Sequence[Parcel], language: str) -> Mapping[str, Told | Rejected]:
    listed = at(found, "parcels")
    if not isinstance(listed, list | dict):
        raise Unavailable("the answer holds no parcels")
    said: dict[str, Told | Rejected] = {}
    asked = by_number(parcels)
    for each in items(listed):
        number = text(each.get("requested")) or text(each.get("unitno"))
        if parcel := asked_as(asked, number):
            said[parcel.number] = _one(parcel, each, language)
    return {each.number: said.get(each.number, Told(each.number, found=False)) for each in parcels}


def _one(parcel: Parcel, said: dict[str, Any], language: str) -> Told | Rejected:
    error = code(said.get("errorCode"))
    if error:
        no_news = error == BROKEN or error in NOT_FOUND
        return Told(parcel.number, found=error == BROKEN) if no_news else Rejected(error)
    whole = STATUSES.of(code(said.get("status")))
    when = moment(text(said.get("statusDateTime")), Place(HOME, parcel.destination))
    scans = _scans(said, language)
    if whole.status not in {None, ShipmentStatus.DELIVERED}:
        scans = tuple(_denied(scan) for scan in scans)
    told = Told(
        parcel.number,
        scans,
        status=whole.status,
        reason=whole.reason,
        status_at=when.at if when else None,
        proof=proof_of(scans, ""),
    )
    return of_this_parcel(told, parcel)


def _denied(scan: Scan) -> Scan:
    """An event that tells of a delivery while the parcel as a whole is not: it proves nothing."""
    return replace(scan, status=None) if scan.status is ShipmentStatus.DELIVERED else scan


def _scans(said: dict[str, Any], language: str) -> tuple[Scan, ...]:
    events = []
    for each in items(said.get("events")):
        where, postal = country(each.get("country")), text(each.get("postalCode"), 16)
        when = moment(text(each.get("eventDateTime")), Place(HOME, where, postal))
        raw = code(each.get("code"))
        if when is not None and raw:
            label, city = text(each.get("description")), text(each.get("city"))
            found = EVENTS.of(raw)
            events.append(Event(raw, label, found, when, each, city, postal, where, language))
    return scans_of(events, newest_first=True)
