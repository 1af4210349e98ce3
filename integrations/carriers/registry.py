"""The carriers' clients and the readers of their pushes, one line each."""

from collections.abc import Iterable, Mapping
from typing import Final

from domain.shipments.carriers import TrackingApi
from integrations.carriers.base import CarrierClient, PushReader


def clients(members: Iterable[CarrierClient]) -> Mapping[TrackingApi, CarrierClient]:
    """Clients by their API. Raises: ValueError for two of one API."""
    listed = list(members)
    found = {member.api: member for member in listed}
    if len(found) != len(listed):
        raise ValueError("two clients of one API")
    return found


def pushes(members: Iterable[PushReader]) -> Mapping[TrackingApi, PushReader]:
    """Readers of pushes by their API. Raises: ValueError for two of one API."""
    listed = list(members)
    found = {member.api: member for member in listed}
    if len(found) != len(listed):
        raise ValueError("two readers of one API")
    return found


CLIENTS: Final = clients([])
PUSHES: Final = pushes([])
