"""Shipments: thirteen statuses, the reasons beside them, and what a set of scans says of a parcel.

Source: docs/tracking.md, "Statuses".
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from domain.shipments.scans import Proof, Scan, ShipmentReason, ShipmentStatus, TimeSource, Told

__all__ = ["Proof", "Scan", "ShipmentReason", "ShipmentStatus", "TimeSource", "Told"]


class ShipmentPurpose(StrEnum):
    """Why a parcel travels; it decides what `DELIVERED` means for money and rights."""

    DELIVERY = "DELIVERY"
    RETURN = "RETURN"
    TRADE_IN = "TRADE_IN"
    SEND_BACK = "SEND_BACK"
    REPAIR = "REPAIR"
    FLEET_PICKUP = "FLEET_PICKUP"


_S = ShipmentStatus
TERMINAL = frozenset({_S.DELIVERED, _S.RETURNED, _S.LOST, _S.CANCELLED})
AFTER_TERMINAL = frozenset({_S.RETURNING, _S.RETURNED, _S.DELIVERED, _S.LOST})
"""What may still follow a terminal status."""

HANDED_OVER = frozenset(_S) - {_S.UNKNOWN, _S.ANNOUNCED, _S.CANCELLED}
"""The carrier has, or had, the parcel: a printed label alone proves nothing."""

TOO_EARLY = timedelta(days=3)
"""Scans longer before a shipment was made are those of an older parcel with its number."""

FROM_THE_FUTURE = timedelta(hours=24)
"""Scans further ahead are kept and not looked at until then."""

STALLED_INLAND, STALLED_ABROAD = timedelta(days=7), timedelta(days=21)
LOST_INLAND, LOST_ABROAD = timedelta(days=10), timedelta(days=25)


def ordered(scans: Iterable[Scan]) -> list[Scan]:
    """Scans by the time they tell; those of the same time in the carrier's order."""
    return sorted(scans, key=lambda scan: (scan.occurred_at, scan.position))


def deciding(scans: Iterable[Scan], now: datetime) -> Scan | None:
    """The scan whose status is that of the parcel; None where none tells any.

    It depends on the set of scans alone, never on the order in which they arrived: by time, each
    that has a status takes over, but after a terminal status only those of `AFTER_TERMINAL` do.
    """
    found: Scan | None = None
    for scan in ordered(scans):
        if scan.status is None or scan.occurred_at > now + FROM_THE_FUTURE:
            continue
        if found is None or found.status not in TERMINAL or scan.status in AFTER_TERMINAL:
            found = scan
    return found


LABELS_EN: Mapping[ShipmentStatus, str] = {
    _S.UNKNOWN: "No news from the carrier yet",
    _S.ANNOUNCED: "The carrier has been told of the parcel",
    _S.ACCEPTED: "The carrier has the parcel",
    _S.IN_TRANSIT: "On its way",
    _S.OUT_FOR_DELIVERY: "On the delivery vehicle",
    _S.AVAILABLE_FOR_PICKUP: "Ready to be picked up",
    _S.DELIVERY_FAILED: "Delivery was tried without success",
    _S.EXCEPTION: "Stopped on its way",
    _S.DELIVERED: "Delivered",
    _S.RETURNING: "On its way back to the sender",
    _S.RETURNED: "Back with the sender",
    _S.LOST: "Lost",
    _S.CANCELLED: "Cancelled before the carrier had it",
}
LABELS_FR: Mapping[ShipmentStatus, str] = {
    _S.UNKNOWN: "Pas encore de nouvelles du transporteur",
    _S.ANNOUNCED: "Colis annoncé au transporteur",
    _S.ACCEPTED: "Pris en charge par le transporteur",
    _S.IN_TRANSIT: "En cours d'acheminement",
    _S.OUT_FOR_DELIVERY: "En cours de livraison",
    _S.AVAILABLE_FOR_PICKUP: "Prêt à être retiré",
    _S.DELIVERY_FAILED: "Livraison tentée sans succès",
    _S.EXCEPTION: "Arrêté en chemin",
    _S.DELIVERED: "Livré",
    _S.RETURNING: "En retour vers l'expéditeur",
    _S.RETURNED: "Rendu à l'expéditeur",
    _S.LOST: "Perdu",
    _S.CANCELLED: "Annulé avant la prise en charge",
}
