"""The carriers' clients and the readers of their pushes, one line each."""

from collections.abc import Iterable, Mapping
from typing import Final

from domain.shipments.carriers import TrackingApi
from integrations.carriers.base import CarrierClient, PushReader
from integrations.carriers.chronopost import Chronopost
from integrations.carriers.dhl_express import DhlExpress
from integrations.carriers.dhl_parcel_de import DhlParcelDe
from integrations.carriers.dhl_unified import DhlPush, DhlUnified
from integrations.carriers.la_poste import LaPoste
from integrations.carriers.ups import Ups
from integrations.carriers.ups_alerts import UpsTrackAlert


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


CLIENTS: Final = clients(
    [
        LaPoste(),
        Chronopost(),
        DhlUnified(),
        DhlParcelDe(),
        DhlExpress(),
        Ups(),
    ]
)
PUSHES: Final = pushes(
    [
        DhlPush(),
        UpsTrackAlert(),
    ]
)
