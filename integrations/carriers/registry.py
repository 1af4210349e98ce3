"""The carriers' clients and the readers of their pushes, one line each."""

from collections.abc import Iterable, Mapping
from typing import Final

from domain.shipments.carriers import TrackingApi
from integrations.carriers.aftership import AfterShip, AfterShipPush
from integrations.carriers.base import CarrierClient, PushReader
from integrations.carriers.bpost import Bpost
from integrations.carriers.chronopost import Chronopost
from integrations.carriers.dhl_express import DhlExpress
from integrations.carriers.dhl_parcel_de import DhlParcelDe
from integrations.carriers.dhl_unified import DhlPush, DhlUnified
from integrations.carriers.dpd import Dpd
from integrations.carriers.easypost import EasyPost, EasyPostPush
from integrations.carriers.fedex import FedEx, FedExPush
from integrations.carriers.gls import Gls
from integrations.carriers.inpost import InPost
from integrations.carriers.la_poste import LaPoste
from integrations.carriers.mondial_relay import MondialRelay
from integrations.carriers.postnl import PostNl
from integrations.carriers.royal_mail import RoyalMail
from integrations.carriers.seventeen_track import SeventeenTrack, SeventeenTrackPush
from integrations.carriers.ups import Ups
from integrations.carriers.ups_alerts import UpsTrackAlert
from integrations.carriers.usps import Usps


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
        FedEx(),
        Gls(),
        PostNl(),
        RoyalMail(),
        MondialRelay(),
        Usps(),
        InPost(),
        Bpost(),
        Dpd(),
        AfterShip(),
        EasyPost(),
        SeventeenTrack(),
    ]
)
PUSHES: Final = pushes(
    [
        DhlPush(),
        UpsTrackAlert(),
        FedExPush(),
        AfterShipPush(),
        EasyPostPush(),
        SeventeenTrackPush(),
    ]
)
