"""From a carrier's event to a scan, and from parcels to the numbers that one call asks about."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.shipments.scans import Scan, ShipmentStatus
from integrations.carriers.base import Parcel
from integrations.carriers.codes import Meaning
from integrations.carriers.reading import oldest_first
from integrations.carriers.times import Moment
from integrations.http import Rejected


def askable(
    parcels: Sequence[Parcel], shape: re.Pattern[str], batch: int
) -> tuple[dict[str, Parcel], dict[str, Rejected]]:
    """The parcels by number whose numbers have the carrier's form, and refusals of the others.

    Raises: Rejected for more than `batch` parcels.
    """
    if len(parcels) > batch:
        raise Rejected(f"at most {batch} parcels a call")
    fit = {parcel.number: parcel for parcel in parcels if shape.fullmatch(parcel.number)}
    refused = {
        parcel.number: Rejected("not a tracking number of this carrier")
        for parcel in parcels
        if parcel.number not in fit
    }
    return fit, refused


def scan_of(
    raw_code: str,
    raw_label: str,
    meaning: Meaning,
    when: Moment,
    *,
    position: int = 0,
    language: str | None = None,
    place: tuple[str | None, str | None, str | None] = (None, None, None),
    raw: Mapping[str, Any] | None = None,
) -> Scan:
    """A scan of what a code means and when it was.

    Shapes: `place` is its name, postcode and country.
    """
    name, postal_code, country = place
    return Scan(
        raw_code=raw_code,
        raw_label=raw_label,
        status=meaning.status,
        reason=meaning.reason,
        mapped=meaning.mapped,
        occurred_at=when.at,
        occurred_local=when.local,
        utc_offset=when.offset,
        time_source=when.source,
        language=language,
        location=name or None,
        postal_code=postal_code or None,
        country=country or None,
        position=position,
        raw=dict(raw or {}),
    )


def in_order(scans: Iterable[Scan]) -> list[Scan]:
    """Scans in the order in which they were listed, positions oldest first.

    A list whose first scan is older than its last is oldest first; any other is newest first.
    """
    listed = list(scans)
    if not listed or listed[0].occurred_at < listed[-1].occurred_at:
        return listed
    last = max(scan.position for scan in listed)
    return [replace(scan, position=last - scan.position) for scan in reversed(listed)]


def with_whole(scans: list[Scan], whole: Scan | None) -> tuple[Scan, ...]:
    """Scans oldest first, with that of the parcel as a whole where it is later than all of them."""
    if whole is not None and all(scan.occurred_at < whole.occurred_at for scan in scans):
        scans = [*scans, whole]
    return oldest_first(scans)


def back_with_sender(scans: Sequence[Scan], back: frozenset[ShipmentStatus]) -> tuple[Scan, ...]:
    """Scans in which a delivery that follows one of `back` is the one to the sender."""
    found: list[Scan] = []
    going_back = False
    for scan in scans:
        if going_back and scan.status is ShipmentStatus.DELIVERED:
            found.append(replace(scan, status=ShipmentStatus.RETURNED))
        else:
            found.append(scan)
        going_back = going_back or scan.status in back
    return tuple(found)
