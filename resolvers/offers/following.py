"""States that are told again when they change.

A subscription tells the present state first. After that, an event of the bus is only a hint to read
again: what is told is what the database says, and only if it differs from what was told last. So a
lost, late or doubled hint costs a read and never an untruth, and a client that comes back names the
last event it knows and is told at once if something changed since.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar
from weakref import WeakKeyDictionary

import structlog

from resolvers.context import Context, Refused

if TYPE_CHECKING:
    from integrations.bus import Bus

log = structlog.get_logger()

T = TypeVar("T")

KNOWN_FOR = timedelta(minutes=5)
LOOK_AGAIN = timedelta(minutes=5)
OVERLAP = timedelta(seconds=5)
READS_AT_ONCE = 4
HEARS_WITHIN = 1.0
_EVENT_ID = re.compile(r"([0-9]{1,15})-[0-9]{1,15}\.([0-9a-f]{16})")
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class Unavailable(Refused):
    """Another try may succeed."""

    code = "UNAVAILABLE"


def nothing_live() -> Unavailable:
    """Changes cannot be told at the moment."""
    message = "Changes cannot be followed at the moment. Try again."
    return Unavailable(message, reason="TRY_AGAIN", retryAfter=1)


@dataclass(frozen=True, slots=True)
class State(Generic[T]):
    """A state as read. Two of the same `mark` are the same news; nothing follows a `final` one."""

    value: T
    mark: str
    final: bool = False


def mark(*facts: object) -> str:
    """A short text that differs where any of these facts does."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the bus, and which of its events may concern the state.

    An event that stands for others, which were missed, always may.
    """

    name: str
    concerns: Callable[[Mapping[str, Any]], bool] = lambda _payload: True


Read = Callable[[Context], Awaitable[State[T]]]
NextLook = Callable[[datetime], datetime]


def _in_five_minutes(now: datetime) -> datetime:
    return now + LOOK_AGAIN


async def follow(
    ctx: Context, topics: Sequence[Topic], read: Read[T], next_look: NextLook = _in_five_minutes
) -> AsyncGenerator[T]:
    """The present state, then each that differs from the one before; ends after a final one.

    `next_look` is when to read again without a hint. Sets `ctx.event_id` before each state.
    Raises: Unavailable without a bus that hears; what `read` raises.
    """
    if ctx.bus is None:
        raise nothing_live()
    try:
        async with asyncio.timeout(HEARS_WITHIN):
            await ctx.bus.ready()
    except TimeoutError as error:
        raise nothing_live() from error
    return _following(ctx, topics, read, next_look, await _gated(read, ctx))


async def _following(
    ctx: Context,
    topics: Sequence[Topic],
    read: Read[T],
    next_look: NextLook,
    state: State[T],
) -> AsyncGenerator[T]:
    known, event, now = _known(ctx.after, ctx.now), _stream_id(ctx.now), ctx.now
    async with _Hints(ctx.bus, topics, _stream_id(ctx.now - OVERLAP)) as hints:
        while True:
            if state.mark != known:
                known = state.mark
                ctx.event_id = f"{event}.{state.mark}"
                yield state.value
            if state.final:
                return
            hint = await hints.wait((next_look(now) - now).total_seconds())
            fresh = ctx.fresh()
            now, event = fresh.now, hint or _stream_id(fresh.now)
            state = await _gated(read, fresh)


async def _gated(read: Read[T], ctx: Context) -> State[T]:
    """Read, a few at a time: a change that many follow must not take the whole pool."""
    loop = asyncio.get_running_loop()
    if loop not in _gates:
        _gates[loop] = asyncio.Semaphore(READS_AT_ONCE)
    async with _gates[loop]:
        return await read(ctx)


def _stream_id(moment: datetime) -> str:
    return f"{int(moment.timestamp() * 1000)}-0"


def told_last(event_id: str | None) -> str | None:
    """The mark in the id of an event that a client gives back, however old; None without one."""
    found = _EVENT_ID.fullmatch(event_id or "")
    return found[2] if found else None


def _known(event_id: str | None, now: datetime) -> str | None:
    """The mark of the state that the client knows; None if it must be told whatever it is."""
    found = _EVENT_ID.fullmatch(event_id or "")
    if found is None:
        return None
    age = now.timestamp() * 1000 - int(found[1])
    return found[2] if age <= KNOWN_FOR.total_seconds() * 1000 else None


class _Hints:
    """Listens to topics; hints that come while nobody waits for them are one."""

    def __init__(self, bus: "Bus | None", topics: Sequence[Topic], after: str) -> None:
        self._bus, self._topics, self._after = bus, topics, after
        self._told, self._newest = asyncio.Event(), ""
        self._listeners: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._listeners = [asyncio.create_task(self._listen(each)) for each in self._topics]
        return self

    async def __aexit__(self, *_: object) -> None:
        for listener in self._listeners:
            listener.cancel()
        await asyncio.gather(*self._listeners, return_exceptions=True)

    async def wait(self, seconds: float) -> str | None:
        """The id of the newest hint; None if the time passes without one. Raises: Unavailable."""
        told = asyncio.create_task(self._told.wait())
        try:
            await asyncio.wait(
                [told, *self._listeners],
                timeout=max(seconds, 0),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            told.cancel()
        if any(listener.done() for listener in self._listeners):
            raise nothing_live()
        if not self._told.is_set():
            return None
        self._told.clear()
        return self._newest

    async def _listen(self, topic: Topic) -> None:
        if self._bus is None:
            return
        try:
            async with aclosing(self._bus.listen(topic.name, self._after)) as events:
                async for event in events:
                    if event.payload.get("missed") or topic.concerns(event.payload):
                        self._newest = event.id
                        self._told.set()
        except Exception as error:  # whatever the bus is made of
            log.warning("live.bus_away", topic=topic.name, error=type(error).__name__)
            raise
