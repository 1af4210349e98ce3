"""Sends what carriers push: every event that a subscription has not heard of, in its order."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp
from yarl import URL

from domain.shipments.carriers import TrackingApi
from integrations.http import Outbound, Rejected, Request, Unavailable, call, outbound, place
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.following import LASTS, ONE_BY_ONE, Callback
from integrations.sandbox.carriers.parcels import Event, History, Registration, history, life
from integrations.sandbox.carriers.speaking import Carrier, Pushed
from integrations.sandbox.carriers.world import World

Cursor = tuple[datetime, int]
Key = tuple[str, TrackingApi, str]
_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10, sock_connect=2)
_REMEMBERED: Final = 1000
_WRONG: Final = "not the secret that was agreed"


@dataclass(frozen=True, slots=True)
class Sent:
    """A push that was sent. Shapes: `status` is 0 where nobody answered."""

    api: TrackingApi
    number: str
    url: str
    status: int
    at: datetime


@dataclass(frozen=True, slots=True)
class _Due:
    callback: Callback
    found: History
    event: Event

    @property
    def key(self) -> Key:
        return self.callback.url, self.callback.api, self.found.parcel.number


class Pushes:
    """The pushes of all carriers."""

    def __init__(
        self,
        world: World,
        carriers: Mapping[TrackingApi, Carrier],
        moved: Callable[[Mapping[Key, Cursor]], None] = lambda _: None,
    ) -> None:
        """Take what is told of every move of a cursor: how far an address has heard of a number."""
        self.cursors: dict[Key, Cursor] = {}
        self.sent: deque[Sent] = deque(maxlen=_REMEMBERED)
        self._world, self._carriers, self._moved = world, carriers, moved

    async def pump(self) -> int:
        """Send what is due. Units: how many pushes were answered.

        What nobody answers, or a server error, stays due and holds up the later ones of its number.
        """
        due = self._due()
        if not due:
            return 0
        hosts = {place(url.host or "", url.port) for url in (URL(d.callback.url) for d in due)}
        before, answered = dict(self.cursors), 0
        async with outbound(hosts) as out:
            stuck: set[Key] = set()
            for each in due:
                if each.key in stuck:
                    continue
                if await self._send(out, each):
                    answered += 1
                else:
                    stuck.add(each.key)
        moved = {key: at for key, at in self.cursors.items() if before.get(key) != at}
        if moved:
            self._moved(moved)
        return answered

    def _due(self) -> Sequence[_Due]:
        now = self._world.clock()
        found: list[_Due] = []
        for callback in self._world.following.callbacks:
            for of, number in self._world.parcels:
                if of is callback.api and callback.number in {None, number}:
                    found += self._of(callback, number, now)
        return found

    def _of(self, callback: Callback, number: str, now: datetime) -> list[_Due]:
        parcel = self._world.parcel(callback.api, number)
        since, until = self._span(callback, number)
        if parcel is None or since is None:
            return []
        faults, api = self._world.faults, callback.api
        late = faults.holds(Fault.PUSH_LATE, api, number)
        heard = self.cursors.get((callback.url, api, number), (since, -1))
        if heard >= _end(parcel):
            return []
        told = min(until, now - timedelta(seconds=late.seconds if late else 0))
        events = history(parcel, told).of_now
        fresh = [event for event in events if (event.at, event.position) > heard]
        due = [_Due(callback, _as_of(history(parcel, now), event), event) for event in fresh]
        if len(due) > 1 and faults.take([Fault.PUSH_OUT_OF_ORDER], api, number):
            due.reverse()
        return due

    def _span(self, callback: Callback, number: str) -> tuple[datetime | None, datetime]:
        """From when and until when what happens is pushed."""
        if callback.api not in ONE_BY_ONE:
            return callback.since, _FOR_EVER
        since = self._world.following.numbers.get((callback.api, number))
        if since is None:
            return None, _FOR_EVER
        lasts = LASTS.get(callback.api)
        return max(since, callback.since), since + lasts if lasts else _FOR_EVER

    async def _send(self, out: Outbound, due: _Due) -> bool:
        """Whether the push is done with: taken, or refused for good."""
        faults, callback = self._world.faults, due.callback
        number = due.found.parcel.number
        wrong = faults.take([Fault.PUSH_WRONG_SIGNATURE], callback.api, number)
        carrier = self._carriers[callback.api]
        pushed = carrier.push(due.found, _WRONG if wrong else callback.secret)
        times = 2 if faults.take([Fault.PUSH_TWICE], callback.api, number) else 1
        for _ in range(times if pushed is not None else 0):
            status = await _posted(out, callback.url, pushed)
            now = self._world.clock()
            self.sent.append(Sent(callback.api, number, callback.url, status, now))
            if status == 0 or status >= 500:
                return False
        heard = self.cursors.get(due.key)
        here = (due.event.at, due.event.position)
        self.cursors[due.key] = here if heard is None else max(heard, here)
        return True


def _end(parcel: Registration) -> Cursor:
    """The last that will ever be told of a parcel."""
    ahead = life(parcel, older=False)
    return (ahead[-1].at, ahead[-1].position) if ahead else (parcel.created_at, -1)


def _as_of(found: History, event: Event) -> History:
    """The history as it was when an event happened."""
    until = found.events.index(event) + 1
    return replace(found, events=found.events[:until])


async def _posted(out: Outbound, url: str, pushed: Pushed | None) -> int:
    if pushed is None:
        return 200
    request = Request("POST", url, pushed.headers, pushed.body, timeout=_TIMEOUT, cut=True)
    try:
        return (await call(out, request)).status
    except (Unavailable, Rejected):
        return 0


def parsed_cursor(text: str, position: int) -> Cursor:
    """A cursor as it was stored."""
    return datetime.fromisoformat(text).astimezone(UTC), position
