"""The sender: turns events into deliveries and calls the endpoints, until it is told to stop.

Nothing sleeps with a delivery in hand: what is not due is a row. A sender that dies leaves rows
whose lease lapses; they are sent again, under the same id.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import orjson
import structlog
from tortoise.exceptions import BaseORMException

from domain.partners import signing
from domain.partners.selections import Select, Selected
from domain.partners.webhooks import (
    CALL_SECONDS,
    DeliveryState,
    Failed,
    asked_to_wait,
    delivered,
    failure_of,
    next_try,
)
from integrations.http import Outbound, Rejected, Unavailable, Why
from integrations.webhooks import Replied, post
from models.jobs import Job
from models.outbox import enqueue
from models.partners import fan_out, sending
from models.partners.sending import Due, Outcome
from models.vault import Vault

log = structlog.get_logger()

AT_ONCE = 500
POLL_SECONDS = 0.2
GATHER_SECONDS = 0.005
TIDY_SECONDS = 2.0
RENEW_SECONDS = 3.0
PAUSE_SECONDS = 1.0
DELIVERY_ID = "boucle-delivery-id"
GONE = 410

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, BaseORMException)


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending needs. Units: `seconds` are those of one call; `at_once` are calls."""

    http: Outbound
    vault: Vault
    select: Select
    seconds: float = CALL_SECONDS
    at_once: int = AT_ONCE

    async def attempt(self, due: Due) -> Outcome:
        """Try a delivery once; whatever happens is its outcome."""
        body, payload_problem = await self._body(due)
        began = time.monotonic()
        headers: dict[str, str] = {}
        replied: Replied | None = None
        problem: Failed | None = Failed.UNREACHABLE
        if due.secrets:
            headers = {DELIVERY_ID: str(due.id)} | signing.headers(
                due.secrets, str(due.fact.event_id), int(due.at.timestamp()), body
            )
            replied, problem = await self._call(due, headers, body)
        else:
            log.error("webhook.secret_lost", endpoint_id=str(due.endpoint_id))
        waited = timedelta(seconds=time.monotonic() - began)
        state, due_at = after(due, replied, problem, due.at + waited)
        return Outcome(
            due=due,
            state=state,
            due_at=due_at,
            headers={"content-type": "application/json", **headers},
            body=body,
            status=replied.status if replied else None,
            answer=replied.body if replied else b"",
            latency_ms=replied.latency_ms if replied else round(waited.total_seconds() * 1_000),
            problem=problem,
            payload_problem=payload_problem,
            gone=replied is not None and replied.status == GONE,
        )

    async def _body(self, due: Due) -> tuple[bytes, str | None]:
        """The body, with what the partner selected; thin where that fails."""
        body = due.fact.body(due.data)
        if due.selection is None:
            return orjson.dumps(body), None
        object_id: str = body["object"]["id"]  # type: ignore[index]  # it is a dict
        try:
            found = await self.select(due.owner, due.scopes, due.selection, object_id)
        except Exception:
            log.exception("webhook.selection_fault", delivery_id=str(due.id))
            found = Selected(problem="INTERNAL_SERVER_ERROR")
        if found.problem is None:
            return orjson.dumps(body | {"payload": found.data}), None
        return orjson.dumps(body | {"payloadError": {"code": found.problem}}), found.problem

    async def _call(
        self, due: Due, headers: dict[str, str], body: bytes
    ) -> tuple[Replied | None, Failed | None]:
        try:
            replied = await post(self.http, due.url, headers, body, self.seconds)
        except Rejected:
            return None, Failed.REFUSED
        except Unavailable as error:
            return None, Failed.TIMEOUT if error.why is Why.TIMEOUT else Failed.UNREACHABLE
        except Exception:
            log.exception("webhook.fault", delivery_id=str(due.id))
            return None, Failed.UNREACHABLE
        return replied, None if delivered(replied.status) else failure_of(replied.status)


def after(
    due: Due, replied: Replied | None, problem: Failed | None, now: datetime
) -> tuple[DeliveryState, datetime | None]:
    """Where a delivery stands after a try, and when it is due again."""
    if problem is None:
        return DeliveryState.DELIVERED, None
    wait_until = None
    if replied is not None:
        if replied.status == GONE:
            return DeliveryState.DEAD, None
        wait_until = asked_to_wait(replied.status, replied.headers.get("Retry-After"), now)
    again = next_try(due.tries + 1, due.first_at, due.at, wait_until)
    return (DeliveryState.DEAD if again is None else DeliveryState.RETRYING), again


async def settle(outcomes: Sequence[Outcome]) -> None:
    """Record tries; have the owners told whose endpoints this disabled."""
    for endpoint_id in await sending.settle(outcomes):
        log.warning("webhook.endpoint_disabled", endpoint_id=str(endpoint_id))
        await enqueue(Job.MAIL_WEBHOOK_DISABLED, endpoint_id=str(endpoint_id))


async def send_due(sender: Sender) -> int:
    """Try once whatever is due now, and record it; return how many were tried."""
    due = await sending.claim(sender.vault, sender.at_once)
    outcomes = await asyncio.gather(*(sender.attempt(each) for each in due))
    if outcomes:
        await settle(outcomes)
    return len(outcomes)


class _Round:
    """The calls under way in this process, and those that wait to be recorded."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._calls: dict[asyncio.Task[Outcome], Due] = {}
        self._ended: list[Outcome] = []
        self._renew_at = 0.0

    async def turn(self) -> None:
        """Record what ended, keep what is under way, then take what is due."""
        if self._ended:
            recorded = self._ended[:]
            await settle(recorded)
            del self._ended[: len(recorded)]
        if self._calls and time.monotonic() >= self._renew_at:
            await sending.renew(list(self._calls.values()))
            self._renew_at = time.monotonic() + RENEW_SECONDS
        room = self._sender.at_once - len(self._calls)
        for due in await sending.claim(self._sender.vault, room):
            self._calls[asyncio.create_task(self._sender.attempt(due))] = due

    async def wait(self, seconds: float, *events: asyncio.Event) -> None:
        """Until a call ends, the time is over or one of the events is set."""
        told = {asyncio.create_task(event.wait()) for event in events}
        try:
            await asyncio.wait(
                told | set(self._calls), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            await asyncio.sleep(GATHER_SECONDS)  # those that end together are recorded together
        finally:
            for each in told:
                each.cancel()
        self._gather()

    async def finish(self) -> None:
        """Let the calls under way end, and record them."""
        if self._calls:
            await asyncio.wait(self._calls)
        self._gather()
        if self._ended:
            await settle(self._ended)

    def _gather(self) -> None:
        ended = [call for call in self._calls if call.done()]
        for call in ended:
            del self._calls[call]
        self._ended += [call.result() for call in ended]


async def send_forever(sender: Sender, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Send what is due until `stop` is set, then let calls under way end; outlive any outage.

    `wake` says that there is something new: it need not be looked for.
    """
    calls = _Round(sender)
    while not stop.is_set():
        pause = POLL_SECONDS
        wake.clear()
        try:
            await calls.turn()
        except AWAY as error:
            log.warning("webhook.waiting", error=type(error).__name__)
            pause = PAUSE_SECONDS
        await calls.wait(pause, wake, stop)
    try:
        await calls.finish()
    except AWAY as error:
        log.warning("webhook.not_recorded", error=type(error).__name__)


async def fan_out_forever(wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Turn new events into deliveries five times a second, until `stop` is set; `wake` tells."""

    async def look() -> None:
        if await fan_out.waiting() and (await fan_out.fan_out()).made:
            wake.set()

    await _regularly(look, POLL_SECONDS, stop)


async def tidy_forever(stop: asyncio.Event) -> None:
    """Take back what dead senders left, and cancel what nobody waits for, until `stop` is set."""
    await _regularly(tidy, TIDY_SECONDS, stop)


async def tidy() -> None:
    """The same once."""
    if lost := await sending.take_back():
        log.warning("webhook.taken_back", deliveries=lost)
    while await sending.cancel() == sending.AT_ONCE:
        continue


async def _regularly(
    work: Callable[[], Awaitable[None]], seconds: float, stop: asyncio.Event
) -> None:
    while not stop.is_set():
        pause = seconds
        try:
            await work()
        except AWAY as error:
            log.warning("webhook.waiting", error=type(error).__name__)
            pause = PAUSE_SECONDS
        try:
            async with asyncio.timeout(pause):
                await stop.wait()
        except TimeoutError:
            continue
