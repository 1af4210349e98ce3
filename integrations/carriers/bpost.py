"""bpost: the tracking of its parcels, as XML.

Source: docs/carriers.md, "bpost".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final
from urllib.parse import quote

from lxml import etree

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import ask, basic, join, secret, xml_of
from integrations.carriers.codes import table
from integrations.carriers.reading import as_json, child, children, code, descendants, inner
from integrations.carriers.scanning import askable
from integrations.carriers.telling import NUMBER, Event, came_back, proof_of, same, scans_of
from integrations.carriers.times import Place, end_of_day, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

CODES: Final = table("bpost")
HOME: Final = Place("Europe/Brussels", "BE")


class Bpost:
    """bpost's `trackingInfo`."""

    api: ClassVar = TrackingApi.BPOST
    batch: ClassVar = 1

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """See `CarrierClient.track`."""
        credential = basic(secret(account, "account"), secret(account, "password"))
        headers = {"Authorization": credential, "Accept": "application/xml"}
        asked, refused = askable(parcels, NUMBER, self.batch)
        said: dict[str, Told | Rejected] = {**refused}
        for parcel in asked.values():
            path = f"services/trackedmail/item/{quote(parcel.number, safe='')}/trackingInfo"
            answer = await ask(out, Request("GET", join(account.url, path), headers))
            missing = answer.status == 404
            told = Told(parcel.number, found=False) if missing else _read(xml_of(answer), parcel)
            said[parcel.number] = told
        return said


def _read(root: etree._Element, parcel: Parcel) -> Told:
    tracking = next(descendants(root, "itemTracking"), None)
    if tracking is None or not same(inner(tracking, "itemCode"), parcel.number):
        raise Unavailable("the answer is not about this number")
    scans = came_back(_scans(tracking))
    place = inner(child(tracking, "pickupPoint"), "name")
    expected = end_of_day(inner(tracking, "deliveryTime"), HOME)
    return Told(parcel.number, scans, expected_at=expected, proof=proof_of(scans, "", place))


def _scans(tracking: etree._Element) -> tuple[Scan, ...]:
    events = []
    for each in children(tracking, "stateInfo"):
        raw, when = code(inner(each, "stateCode")), moment(inner(each, "time"), HOME)
        if when is not None and raw:
            label = inner(each, "stateDescription")
            events.append(Event(raw, label, CODES.of(raw), when, as_json(each)))
    return scans_of(events, newest_first=False)
