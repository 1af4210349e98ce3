"""Stops the work of a request whose client has gone, and with it the statement it waits for."""

import asyncio
from types import TracebackType
from typing import Self

from starlette.requests import ClientDisconnect
from starlette.types import Receive

WATCHED_AFTER_SECONDS = 0.1


class UntilTheyLeave:
    """Cancels the work inside when the client disconnects; the request's body is read already.

    Nearly every request ends before `WATCHED_AFTER_SECONDS` and costs a timer; only a later one is
    watched. Raises: ClientDisconnect from the block that was left.
    """

    __slots__ = ("_gone", "_owner", "_receive", "_timer", "_watch")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._gone = False
        self._watch: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._owner = asyncio.current_task(loop)
        self._timer = loop.call_later(WATCHED_AFTER_SECONDS, self._begin)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if not self._gone or self._owner is None:
            return
        self._owner.uncancel()
        raise ClientDisconnect from error

    def _begin(self) -> None:
        self._watch = asyncio.ensure_future(self._watched())

    async def _watched(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue
        self._gone = True
        if self._owner is not None:
            self._owner.cancel()
