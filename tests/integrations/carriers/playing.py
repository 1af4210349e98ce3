"""Our clients before the simulated carriers: what a worker would know of a parcel, step by step."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yarl import URL

from domain.shipments import Scan, Told
from domain.shipments import ShipmentStatus as S
from domain.shipments.carriers import TrackingApi as Api
from domain.shipments.standing import Standing, Word, newer, of_this_parcel, standing, word_of
from integrations.carriers.base import Account, Parcel
from integrations.carriers.registry import CLIENTS
from integrations.http import Outbound, Rejected, outbound, place
from integrations.sandbox.carriers import CarrierSimulator, Registration
from integrations.sandbox.carriers.accounts import account
from integrations.sandbox.carriers.parcels import life
from tests.integrations.sandbox.carriers.asking import Clock


def parcel_of(made: Registration, ref: str | None = None) -> Parcel:
    """A parcel as the marketplace knows it when it is given to the carrier."""
    return Parcel(
        made.number,
        made.created_at,
        origin=made.origin,
        destination=made.destination,
        service=made.division or None,
        carrier_ref=ref,
    )


@dataclass
class Desk:
    """Asks one simulated carrier through our client, by the clock of the test."""

    sim: CarrierSimulator
    clock: Clock
    out: Outbound
    api: Api
    account: Account = field(init=False)

    def __post_init__(self) -> None:
        played = account(self.api, self.sim.url)
        self.account = Account(f"{id(self.sim)}-{self.api}", played.url, played.secrets)

    async def ask(self, *parcels: Parcel) -> dict[str, Told | Rejected]:
        found = await CLIENTS[self.api].track(self.out, self.account, parcels, self.clock.now)
        return dict(found)


@dataclass
class Followed:
    """What is known of a parcel, by the rules of the domain; `seen` are its statuses in turn."""

    made: Registration
    scans: dict[str, Scan] = field(default_factory=dict)
    word: Word | None = None
    ref: str | None = None
    seen: list[S] = field(default_factory=list)
    stands: Standing = field(default_factory=lambda: Standing(S.UNKNOWN, None, None))

    def take(self, told: Told, now: datetime, *, present: bool = True) -> None:
        self.ref = told.carrier_ref or self.ref
        own = of_this_parcel(told, self.made.created_at)
        if own is None:
            return
        for scan in own.scans:
            self.scans.setdefault(scan.key("carrier", self.made.number), scan)
        self.word = newer(self.word, word_of(own, now), present=present)
        self.stands = standing(self.scans.values(), self.word, None, now)
        if not self.seen or self.seen[-1] is not self.stands.status:
            self.seen.append(self.stands.status)


def moments(made: Registration) -> list[datetime]:
    """A second after each time that something happens to a parcel."""
    return sorted({event.at + timedelta(seconds=1) for event in life(made, older=False)})


async def follow(desk: Desk, made: Registration) -> Followed:
    """Ask at each step of its journey, and once long after."""
    known = Followed(made)
    for at in [*moments(made), made.created_at + timedelta(days=40)]:
        for _ in range(2):  # aggregators know a number from the second time on
            desk.clock.now = at
            told = (await desk.ask(parcel_of(made, known.ref)))[made.number]
            assert isinstance(told, Told), told
            known.take(told, at)
    return known


@asynccontextmanager
async def desk(sim: CarrierSimulator, clock: Clock, api: Api) -> AsyncIterator[Desk]:
    async with sim:
        url = URL(sim.url)
        async with outbound([place(url.host or "", url.port)]) as out:
            yield Desk(sim, clock, out, api)


def in_turn(seen: Sequence[S], *wanted: S) -> bool:
    """Whether these statuses were passed in this order, whatever was between them."""
    left = iter(seen)
    return all(any(each is want for each in left) for want in wanted)
