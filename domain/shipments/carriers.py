"""The carriers, and by whose API each is asked.

Source: docs/carriers.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class CarrierCode(StrEnum):
    """A carrier that a parcel is given to. OTHER is any that has no client here."""

    LA_POSTE = "LA_POSTE"
    CHRONOPOST = "CHRONOPOST"
    DHL = "DHL"
    DHL_PARCEL_DE = "DHL_PARCEL_DE"
    DHL_EXPRESS = "DHL_EXPRESS"
    UPS = "UPS"
    FEDEX = "FEDEX"
    GLS = "GLS"
    POSTNL = "POSTNL"
    ROYAL_MAIL = "ROYAL_MAIL"
    MONDIAL_RELAY = "MONDIAL_RELAY"
    USPS = "USPS"
    DPD = "DPD"
    BPOST = "BPOST"
    INPOST = "INPOST"
    CORREOS = "CORREOS"
    POSTE_ITALIANE = "POSTE_ITALIANE"
    EVRI = "EVRI"
    HERMES = "HERMES"
    YAMATO = "YAMATO"
    SAGAWA = "SAGAWA"
    JAPAN_POST = "JAPAN_POST"
    CJ_LOGISTICS = "CJ_LOGISTICS"
    OTHER = "OTHER"


class TrackingApi(StrEnum):
    """The API by which parcels are followed: a carrier's own, or an aggregator's."""

    LA_POSTE = "LA_POSTE"
    CHRONOPOST = "CHRONOPOST"
    DHL_UNIFIED = "DHL_UNIFIED"
    DHL_PARCEL_DE = "DHL_PARCEL_DE"
    DHL_EXPRESS = "DHL_EXPRESS"
    UPS = "UPS"
    FEDEX = "FEDEX"
    GLS = "GLS"
    POSTNL = "POSTNL"
    ROYAL_MAIL = "ROYAL_MAIL"
    MONDIAL_RELAY = "MONDIAL_RELAY"
    USPS = "USPS"
    INPOST = "INPOST"
    BPOST = "BPOST"
    DPD = "DPD"
    AFTERSHIP = "AFTERSHIP"
    EASYPOST = "EASYPOST"
    SEVENTEEN_TRACK = "SEVENTEEN_TRACK"


API_OF: Mapping[CarrierCode, TrackingApi] = {
    CarrierCode.LA_POSTE: TrackingApi.LA_POSTE,
    CarrierCode.CHRONOPOST: TrackingApi.CHRONOPOST,
    CarrierCode.DHL: TrackingApi.DHL_UNIFIED,
    CarrierCode.DHL_PARCEL_DE: TrackingApi.DHL_PARCEL_DE,
    CarrierCode.DHL_EXPRESS: TrackingApi.DHL_EXPRESS,
    CarrierCode.UPS: TrackingApi.UPS,
    CarrierCode.FEDEX: TrackingApi.FEDEX,
    CarrierCode.GLS: TrackingApi.GLS,
    CarrierCode.POSTNL: TrackingApi.POSTNL,
    CarrierCode.ROYAL_MAIL: TrackingApi.ROYAL_MAIL,
    CarrierCode.MONDIAL_RELAY: TrackingApi.MONDIAL_RELAY,
    CarrierCode.USPS: TrackingApi.USPS,
    CarrierCode.DPD: TrackingApi.DPD,
    CarrierCode.BPOST: TrackingApi.BPOST,
    CarrierCode.INPOST: TrackingApi.INPOST,
}
"""The carrier's own API, where there is a client for it."""

AGGREGATORS: tuple[TrackingApi, ...] = (
    TrackingApi.AFTERSHIP,
    TrackingApi.EASYPOST,
    TrackingApi.SEVENTEEN_TRACK,
)
"""Who follows the parcels of many carriers, in the order in which they are asked."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an account with an API is opened by: names that it needs, and names that it may have."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


_OAUTH = Secrets(("client_id", "client_secret"))
_KEY = Secrets(("api_key",))
SECRETS: Mapping[TrackingApi, Secrets] = {
    TrackingApi.LA_POSTE: Secrets(("okapi_key",), ("forwarded_for",)),
    TrackingApi.CHRONOPOST: Secrets(()),
    TrackingApi.DHL_UNIFIED: _KEY,
    TrackingApi.DHL_PARCEL_DE: Secrets(("user", "password", "api_key", "api_secret")),
    TrackingApi.DHL_EXPRESS: Secrets(("user", "password")),
    TrackingApi.UPS: Secrets(("client_id", "client_secret"), ("merchant_id",)),
    TrackingApi.FEDEX: _OAUTH,
    TrackingApi.GLS: _OAUTH,
    TrackingApi.POSTNL: Secrets(("api_key",), ("customer_code", "customer_number")),
    TrackingApi.ROYAL_MAIL: _OAUTH,
    TrackingApi.MONDIAL_RELAY: Secrets(("enseigne", "private_key")),
    TrackingApi.USPS: _OAUTH,
    TrackingApi.INPOST: Secrets((), ("token",)),
    TrackingApi.BPOST: Secrets(("account", "password")),
    TrackingApi.DPD: Secrets(("delis_id", "password")),
    TrackingApi.AFTERSHIP: _KEY,
    TrackingApi.EASYPOST: _KEY,
    TrackingApi.SEVENTEEN_TRACK: _KEY,
}
"""The names of each API's secrets, as docs/carriers.md has them."""


@dataclass(frozen=True, slots=True)
class SecretsWrong:
    """Secrets that an API's account needs and was not given, and those that it does not know."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def check_secrets(api: TrackingApi, given: Mapping[str, str]) -> SecretsWrong | None:
    """What is wrong with the names of an account's secrets; None where nothing is."""
    known = SECRETS[api]
    missing = tuple(name for name in known.needed if not given.get(name))
    unknown = tuple(sorted(set(given) - {*known.needed, *known.optional}))
    return SecretsWrong(missing, unknown) if missing or unknown else None
