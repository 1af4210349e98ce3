"""What every carrier's client offers to the workers, and what it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Told
from integrations.http import Outbound, Rejected, Unavailable


class Throttled(Unavailable):
    """The carrier asks to wait: a limit was reached. Units: `seconds` to wait, None if not said."""

    def __init__(self, detail: str, seconds: float | None = None) -> None:
        super().__init__(detail)
        self.seconds = seconds


class CredentialRefused(Rejected):
    """The carrier does not take our credential, and a fresh token did not help."""


class BadSignature(Exception):
    """A push whose proof does not fit: nothing of it may be believed."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel that a carrier is asked about.

    Shapes: countries are ISO 3166-1 alpha-2. `service` is the carrier's division or product where
    its API needs one; `carrier_ref` what `Told.carrier_ref` said before.
    """

    number: str
    created_at: datetime
    origin: str | None = None
    destination: str | None = None
    postal_code: str | None = None
    origin_postal_code: str | None = None
    service: str | None = None
    carrier_ref: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Account:
    """A credential with a carrier, opened: where to call, and with what.

    Shapes: `url` is the API's root, `token_url` that of its tokens where it is another; `secrets`
    are named as docs/carriers.md names them for each carrier. `id` tells accounts apart in caches.
    """

    id: str
    url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    token_url: str | None = None


class CarrierClient(Protocol):
    """One carrier's API."""

    api: ClassVar[TrackingApi]
    batch: ClassVar[int]
    """How many parcels one call may ask about."""

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """What the carrier says of each parcel, by its number: one call, at most `batch` parcels.

        A number that the carrier does not know is `Told(found=False)`; a refusal of one number is
        a `Rejected` in its place.
        Raises: Unavailable for no answer, 5xx and bodies that cannot be read; Throttled; Rejected,
        CredentialRefused for the call as a whole. Nothing else, whatever the body.
        """
        ...


class PushReader(Protocol):
    """Reads what a carrier or an aggregator pushes to us."""

    api: ClassVar[TrackingApi]

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """Check the proof of a push against every valid secret, in constant time.

        Shapes: header names are lower case. Raises: BadSignature.
        """
        ...

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str:
        """What tells this push from others; the same push sent again has the same."""
        ...

    def read(self, body: bytes, now: datetime) -> Sequence[Told]:
        """What a verified push says. Raises: Rejected for a body that cannot be read."""
        ...
