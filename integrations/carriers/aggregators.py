"""The port to aggregators: one client for carriers that have none of their own here.

An aggregator is asked like a carrier. Before it knows a parcel it must be told of it: `track` does
so by itself for the numbers that it finds missing, so that a caller need not; `register` is for a
caller who will not wait for the first poll.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.shipments.scans import ShipmentStatus, Told
from integrations.carriers.base import Account, CarrierClient, Parcel
from integrations.carriers.codes import UNMAPPED, CodeTable, Meaning, table
from integrations.http import Outbound, Rejected

UPU = table("upu")
VAGUE = frozenset(
    {ShipmentStatus.UNKNOWN, ShipmentStatus.IN_TRANSIT, ShipmentStatus.EXCEPTION, None}
)


class Aggregator(CarrierClient, Protocol):
    """An API that follows parcels of many carriers.

    Shapes: `Parcel.service` is the carrier in the aggregator's own word, None to let it find out.
    """

    async def register(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, str | Rejected]:
        """Tell of parcels, at most `batch`: what the aggregator calls each, to be kept and sent.

        A parcel that it knows already is no error. Raises: as `CarrierClient.track`.
        """
        ...


def just_told_of(number: str, ref: str | Rejected) -> Told | Rejected:
    """What is known of a parcel that was registered a moment ago: nothing yet, or a refusal."""
    if isinstance(ref, Rejected):
        return ref
    return Told(number, found=False, carrier_ref=ref or None)


def of_family(codes: CodeTable, finer_code: str, family: str) -> Meaning:
    """What a finer code says, else its family, where the code names it: `Delivered_009` a new one.

    A code that is neither known nor of its family proves no delivery.
    """
    found = codes.of(finer_code)
    if found.mapped:
        return found
    whole = codes.of(family)
    strange = bool(finer_code) and not finer_code.startswith(f"{family}_")
    return UNMAPPED if strange and whole.status is ShipmentStatus.DELIVERED else whole


def finer(found: Meaning, raw: str) -> Meaning:
    """What an event says, finer by the postal code that a carrier's own event had, if it has one.

    An aggregator folds holds by customs and returns into transit or exception. The code of a post
    tells them apart; it never makes a parcel delivered, for that is for the aggregator to say.
    """
    post = UPU.of(raw.upper())
    vague = found.status in VAGUE and found.reason is None
    if not vague or post.status in {None, ShipmentStatus.DELIVERED}:
        return found
    return post
