"""What all simulated carriers share: time, parcels, faults, quotas, tokens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.clock import SimulatorClock
from integrations.sandbox.carriers.credentials import CREDENTIALS, Tokens
from integrations.sandbox.carriers.faults import Fault, Faults
from integrations.sandbox.carriers.following import Following
from integrations.sandbox.carriers.limits import Quotas
from integrations.sandbox.carriers.parcels import History, Registration, derived, history

UNHEARD: Final = "ZZ9"
"""A code that stands in no table."""


@dataclass(slots=True)
class World:
    """The state of the simulator.

    Shapes: with `derive` a number that nobody registered is played if its form tells how. Units:
    `speed` is that of such parcels.
    """

    clock: SimulatorClock
    quotas: Quotas
    derive: bool = False
    speed: float = 1.0
    faults: Faults = field(default_factory=Faults)
    tokens: Tokens = field(default_factory=Tokens)
    parcels: dict[tuple[TrackingApi, str], list[Registration]] = field(default_factory=dict)
    following: Following = field(default_factory=Following)
    credentials: Mapping[TrackingApi, Mapping[str, str]] = field(
        default_factory=lambda: dict(CREDENTIALS)
    )

    def register(self, parcel: Registration) -> None:
        """Let a parcel exist. One of the same number made at the same time is replaced."""
        known = self.parcels.setdefault((parcel.api, parcel.number), [])
        known[:] = [each for each in known if each.created_at != parcel.created_at]
        known.append(parcel)
        known.sort(key=lambda each: each.created_at)

    def forget(self, old: Callable[[Registration], bool]) -> set[tuple[TrackingApi, str]]:
        """Leave out the parcels that are old; return the numbers of which none is left."""
        gone = set()
        for key, known in list(self.parcels.items()):
            if not any(map(old, known)):
                continue
            known[:] = [each for each in known if not old(each)]
            if not known:
                del self.parcels[key]
                gone.add(key)
        return gone

    def parcel(self, api: TrackingApi, number: str) -> Registration | None:
        """The parcel that a number stands for now: the newest that the carrier has heard of."""
        now = self.clock()
        made = [each for each in self.parcels.get((api, number), ()) if each.created_at <= now]
        for each in reversed(made):
            if history(each, now).events:
                return each
        if made:
            return made[-1]
        return derived(api, number, now, self.speed) if self.derive else None

    def find(self, api: TrackingApi, number: str) -> History | None:
        """What a carrier can tell of a number now; None where it does not know it."""
        if self.faults.take([Fault.UNKNOWN, Fault.UNKNOWN_IN_200], api, number):
            return None
        parcel = self.parcel(api, number)
        if parcel is None:
            return None
        found = history(parcel, self.clock())
        if not found.events and not _known_before_a_scan(api):
            return None
        return _garbled(found) if self.faults.take([Fault.UNKNOWN_CODE], api, number) else found

    def by_reference(self, api: TrackingApi, reference: str) -> Sequence[History]:
        """The parcels of a carrier with the sender's reference."""
        found = []
        for (of, number), known in self.parcels.items():
            if of is api and any(each.reference == reference for each in known):
                found.append(self.find(api, number))
        return [each for each in found if each is not None]

    def all_of(self, api: TrackingApi) -> Sequence[History]:
        """The registered parcels of a carrier, as they stand now."""
        found = (self.find(api, number) for of, number in list(self.parcels) if of is api)
        return [each for each in found if each is not None]


def _known_before_a_scan(api: TrackingApi) -> bool:
    return api is TrackingApi.DHL_EXPRESS


def _garbled(found: History) -> History:
    if not found.events:
        return found
    last = found.events[-1]
    native = last.native
    unheard = replace(
        native,
        code=UNHEARD,
        second=native.second and UNHEARD,
        third=native.third and UNHEARD,
        status=None,
        reason=None,
    )
    return replace(found, events=(*found.events[:-1], replace(last, native=unheard)))
