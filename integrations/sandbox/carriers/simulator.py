"""The carriers of the demo and of the tests: one program that speaks every supported API."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from domain.shipments import ShipmentReason, ShipmentStatus
from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.aftership import AfterShip
from integrations.sandbox.carriers.chronopost import Chronopost
from integrations.sandbox.carriers.clock import Now, SimulatorClock
from integrations.sandbox.carriers.dhl_express import DhlExpress
from integrations.sandbox.carriers.dhl_parcel_de import DhlParcelDe
from integrations.sandbox.carriers.dhl_unified import DhlUnified
from integrations.sandbox.carriers.easypost import EasyPost
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.faults import Set as SetFault
from integrations.sandbox.carriers.fedex import FedEx
from integrations.sandbox.carriers.following import Callback
from integrations.sandbox.carriers.gls import Gls
from integrations.sandbox.carriers.la_poste import LaPoste
from integrations.sandbox.carriers.limits import Limit, Quotas
from integrations.sandbox.carriers.mondial_relay import MondialRelay
from integrations.sandbox.carriers.numbers import division_of, fits, number_for
from integrations.sandbox.carriers.parcels import History, Registration, history, home
from integrations.sandbox.carriers.postnl import PostNl
from integrations.sandbox.carriers.pushes import Cursor, Key, Pushes, parsed_cursor
from integrations.sandbox.carriers.royal_mail import RoyalMail
from integrations.sandbox.carriers.scenarios import Kind
from integrations.sandbox.carriers.seventeen_track import SeventeenTrack
from integrations.sandbox.carriers.speaking import Carrier
from integrations.sandbox.carriers.store import (
    Line,
    Store,
    callback_line,
    callback_of,
    cursor_line,
    follow_line,
    parcel_line,
    parcel_of,
)
from integrations.sandbox.carriers.ups import Ups
from integrations.sandbox.carriers.usps import Usps
from integrations.sandbox.carriers.world import World

CARRIERS: Final[tuple[type[Carrier], ...]] = (
    LaPoste,
    Chronopost,
    DhlUnified,
    DhlParcelDe,
    DhlExpress,
    Ups,
    FedEx,
    Gls,
    PostNl,
    RoyalMail,
    MondialRelay,
    Usps,
    AfterShip,
    EasyPost,
    SeventeenTrack,
)
_LEAVE_SECONDS: Final = 0.2
FORGOTTEN: Final = timedelta(days=150)
"""How long after its creation a parcel is forgotten; sooner, as much faster as it travels."""


def prefix(api: TrackingApi) -> str:
    """The path under which an API is spoken; the carrier's own paths follow."""
    return f"/{api.lower()}"


class CarrierSimulator:
    """Plays every carrier, by a clock of its own.

    Shapes: with `derive`, numbers of `number_for` are played though nobody registered them; `store`
    is a file that is read at the start. Units: `speed` is how many times faster than real parcels
    those travel whose registration does not say. Windows of limits under a minute count only with
    `short_limits`.
    """

    def __init__(
        self,
        now: Now = lambda: datetime.now(UTC),
        *,
        derive: bool = False,
        speed: float = 1.0,
        store: Path | None = None,
        short_limits: bool = False,
    ) -> None:
        self.clock = SimulatorClock(now)
        quotas = Quotas(speed=speed, short=short_limits)
        self.world = World(self.clock, quotas, derive=derive, speed=speed)
        self.carriers: Mapping[TrackingApi, Carrier] = {
            carrier.api: carrier(self.world) for carrier in CARRIERS
        }
        self.pushes = Pushes(self.world, self.carriers, self._heard)
        self._store = Store(store) if store else None
        self._runner: web.AppRunner | None = None
        self._load()

    def register(  # noqa: PLR0913  # a parcel has as many parts
        self,
        api: TrackingApi,
        number: str | None = None,
        kind: Kind = Kind.PLAIN,
        *,
        origin: str | None = None,
        destination: str | None = None,
        created_at: datetime | None = None,
        speed: float | None = None,
        division: str | None = None,
        reference: str = "",
        origin_postcode: str = "",
        destination_postcode: str = "",
    ) -> Registration:
        """Let a parcel exist, and answer for it from now on.

        Shapes: without `number` one is made of the reference; without countries it stays in the
        carrier's own. `division` is that of DHL Unified. Raises: ValueError for what cannot be
        played: a number of another shape, a country without places, a kind without words.
        """
        made = created_at or self.clock()
        number = number or number_for(api, reference, made, division=division)
        if not fits(api, number):
            raise ValueError(f"{number!r} is no number of {api}")
        parcel = Registration(
            api=api,
            number=number,
            kind=kind,
            origin=origin or home(api),
            destination=destination or origin or home(api),
            created_at=made,
            speed=self.world.speed if speed is None else speed,
            division=division or division_of(api, number),
            reference=reference,
            origin_postcode=origin_postcode,
            destination_postcode=destination_postcode,
        )
        self.world.register(parcel)
        self._save([parcel_line(parcel)])
        return parcel

    def history(self, api: TrackingApi, number: str) -> History | None:
        """What the carrier knows of a number now, without any fault."""
        parcel = self.world.parcel(api, number)
        return None if parcel is None else history(parcel, self.clock())

    def reading(
        self, api: TrackingApi, number: str
    ) -> tuple[ShipmentStatus, ShipmentReason | None]:
        """How the marketplace should read a number now, by the tables of this package."""
        found = self.history(api, number)
        return (ShipmentStatus.UNKNOWN, None) if found is None else found.reading()

    def fault(
        self,
        fault: Fault,
        api: TrackingApi | None = None,
        number: str | None = None,
        *,
        times: int | None = None,
        seconds: float = 3600.0,
    ) -> None:
        """Let something go wrong from now on: of one carrier or number, so many times, or always.

        Units: `seconds` for what takes time: a hang, a drip, a wait that is asked for, a late push.
        """
        self.world.faults.add(SetFault(fault, api, number, times, seconds))

    def mend(self, api: TrackingApi | None = None) -> None:
        """End the faults of a carrier, or all."""
        self.world.faults.clear(api)

    def limit(self, api: TrackingApi, calls: int, seconds: float) -> None:
        """Replace the limits of a carrier by one."""
        self.world.quotas.set(api, Limit(calls, seconds))

    def revoke_tokens(self, api: TrackingApi) -> None:
        """End all tokens of a carrier that were given until now."""
        self.world.tokens.revoke(api)

    def call_back(
        self,
        api: TrackingApi,
        url: str,
        secret: str,
        number: str | None = None,
        *,
        only: bool = False,
    ) -> None:
        """Push to this address from now on; with `only` nowhere else. Raises: as `Callback`."""
        self.world.following.call(Callback(api, url, secret, self.clock(), number), only=only)
        self.remember()

    def follow(self, api: TrackingApi, number: str) -> None:
        """Subscribe to a number, as the carrier's own API would."""
        self.world.following.follow(api, number, self.clock())
        self.remember()

    def application(self) -> web.Application:
        """All carriers, each under `/{api}`, and the control of them under `/control`."""
        from integrations.sandbox.carriers.control import add_control  # noqa: PLC0415  # needs us

        app = web.Application()
        for api, carrier in self.carriers.items():
            app.add_subapp(prefix(api), carrier.application())
        add_control(app, self)
        return app

    async def start(self, port: int = 0) -> str:
        """Serve on this machine alone. Shapes: the base URL, without a slash at its end.

        Raises: OSError where the port cannot be listened on.
        """
        self._runner = web.AppRunner(
            self.application(), access_log=None, shutdown_timeout=_LEAVE_SECONDS
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return self.url

    async def stop(self) -> None:
        """End the server."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None
        self.remember()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """The base URL of the server that runs. Raises: RuntimeError where none does."""
        if self._runner is None:
            raise RuntimeError("the simulator was not started")
        host, at = self._runner.addresses[0][:2]
        return f"http://{host}:{at}"

    def url_of(self, api: TrackingApi) -> str:
        """Where an API is spoken: what stands in the place of the carrier's host."""
        return self.url + prefix(api)

    async def pump(self) -> int:
        """Push what is due now. Units: how many pushes were answered."""
        self.remember()
        self.forget()
        return await self.pushes.pump()

    def forget(self) -> None:
        """Leave out the parcels that no carrier would still tell of: memory stays bounded."""
        now = self.clock()
        gone = self.world.forget(lambda parcel: _old(parcel, now))
        for key in gone:
            self.world.following.numbers.pop(key, None)
        if gone:
            for cursor in [each for each in self.pushes.cursors if each[1:] in gone]:
                del self.pushes.cursors[cursor]

    def remember(self) -> None:
        """Write subscriptions that changed to the file."""
        following = self.world.following
        lines: list[Line] = []
        for each in following.changed:
            if isinstance(each, Callback):
                lines.append(callback_line(each))
            else:
                lines.append(follow_line(*each, following.numbers.get(each)))
        following.changed.clear()
        self._save(lines)

    async def push_forever(self, seconds: float) -> None:
        """Push what is due, again and again. Units: `seconds` lie between two looks."""
        while True:
            await self.pump()
            await asyncio.sleep(seconds)

    def _heard(self, moved: Mapping[Key, Cursor]) -> None:
        self._save([cursor_line(key, cursor) for key, cursor in moved.items()])

    def _save(self, lines: list[Line]) -> None:
        if self._store is not None and lines:
            self._store.append(lines)

    def _load(self) -> None:
        if self._store is None:
            return
        for line in self._store.lines():
            try:
                self._read(line)
            except (KeyError, TypeError, ValueError):
                continue
        following, cursors = self.world.following, self.pushes.cursors
        following.changed.clear()
        known = [p for parcels in self.world.parcels.values() for p in parcels]
        self._store.replace(
            [
                *map(parcel_line, known),
                *map(callback_line, following.callbacks),
                *(follow_line(*key, since) for key, since in following.numbers.items()),
                *(cursor_line(key, cursor) for key, cursor in cursors.items()),
            ]
        )

    def _read(self, line: Line) -> None:
        if "parcel" in line:
            parcel = parcel_of(line)
            if not _old(parcel, self.clock()):
                self.world.register(parcel)
        elif "callback" in line:
            self.world.following.call(callback_of(line))
        elif "follow" in line:
            told = line["follow"]
            key = TrackingApi(told["api"]), str(told["number"])
            self.world.following.numbers.pop(key, None)
            if told["since"] is not None:
                self.world.following.numbers[key] = datetime.fromisoformat(told["since"])
        elif "cursor" in line:
            told = line["cursor"]
            key3 = str(told["url"]), TrackingApi(told["api"]), str(told["number"])
            self.pushes.cursors[key3] = parsed_cursor(told["at"], int(told["position"]))


def _old(parcel: Registration, now: datetime) -> bool:
    return parcel.created_at < now - FORGOTTEN / max(parcel.speed, 1.0)
