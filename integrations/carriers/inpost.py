"""InPost in Poland: ShipX, public for reading.

Source: docs/carriers.md, "InPost ShipX".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import ask, join, json_of
from integrations.carriers.codes import Meaning, table
from integrations.carriers.reading import at, code, items, mapping, text
from integrations.carriers.scanning import askable
from integrations.carriers.telling import NUMBER, Event, came_back, proof_of, same, scans_of
from integrations.carriers.times import Place, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

CODES: Final = table("inpost")
HOME: Final = Place("Europe/Warsaw", "PL")
STACKED, EXPIRED = "stack_parcel_", "_expired"


class InPost:
    """InPost ShipX."""

    api: ClassVar = TrackingApi.INPOST
    batch: ClassVar = 1

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`. A token is sent where the account has one."""
        headers = {"Accept": "application/json"}
        if account.secrets.get("token"):
            headers["Authorization"] = f"Bearer {account.secrets['token']}"
        asked, refused = askable(parcels, NUMBER, self.batch)
        said: dict[str, Told | Rejected] = {**refused}
        for parcel in asked.values():
            url = join(account.url, f"v1/tracking/{quote(parcel.number, safe='')}")
            answer = await ask(out, Request("GET", url, headers))
            missing = answer.status == 404
            told = Told(parcel.number, found=False) if missing else _read(json_of(answer), parcel)
            said[parcel.number] = told
        return said


def _read(found: Any, parcel: Parcel) -> Told:
    if not same(text(at(found, "tracking_number")), parcel.number):
        raise Unavailable("the answer is not about this number")
    scans = came_back(_scans(mapping(found)))
    return Told(parcel.number, scans, proof=proof_of(scans, ""))


def meaning(status: str) -> Meaning:
    """What a status says; one for a parcel that waited too long has its place in the middle."""
    if status.startswith(STACKED) and status.endswith(EXPIRED):
        return CODES.of(f"{STACKED}*{EXPIRED}")
    return CODES.of(status)


def _scans(said: dict[str, Any]) -> tuple[Scan, ...]:
    events = []
    for each in items(said.get("tracking_details")):
        status, when = code(each.get("status")), moment(text(each.get("datetime")), HOME)
        if when is not None and status:
            label, place = text(each.get("origin_status")), text(each.get("agency"))
            events.append(Event(status, label, meaning(status), when, each, place, language="pl"))
    return scans_of(events, newest_first=True)
