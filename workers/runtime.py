"""What an actor may use: opened once per worker process, on its event loop."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import dramatiq
import structlog
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread
from dramatiq.middleware import MiddlewareError
from redis.asyncio import Redis

from domain.orders.payments import Provider
from integrations.http import Outbound
from integrations.mail import NoPost, Post
from integrations.payments.till import ProviderTill
from integrations.payouts import PayoutProvider
from models import outbox
from models.shipments.labels import Desk
from models.vault import Vault

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rights:
    """On whose word a document is run: a key of the merchant's, or a person of its.

    `request_id` stands in the audit log beside what the document changes.
    """

    merchant_id: UUID
    key_prefix: str | None = None
    user_id: UUID | None = None
    request_id: str = ""


class NotAllowed(Exception):
    """Whoever asked for the work may not do it any more; `code` is of the closed list."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


RunDocument = Callable[[Rights, str, str | None, Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Runs an operation of a document with variables; its `data` and `errors` as a client gets them.

Raises: NotAllowed; Unavailable when another try may succeed.
"""


async def _no_documents(*_: object) -> dict[str, Any]:
    """Stand in where no schema is served. Raises: RuntimeError."""
    raise RuntimeError("this process runs no documents")


@dataclass(frozen=True, slots=True)
class Runtime:
    """The ways out of the process, and the settings that actors are given.

    `values` are settings by name, such as a folder or a number of days; never secrets. `webhooks`
    reaches the hosts that webhooks may be sent to, where those are others than feeds come from;
    `carriers` reaches carriers, and what stands in for them on the operator's network. `tills` are
    the providers of payments, the one for new payments first; `own_door` reaches our own API, for
    what the simulated one has to tell. `labels` issues labels under the platform's contracts,
    `payouts` brings money to people's banks.
    """

    http: Outbound
    redis: Redis
    values: Mapping[str, str | int | bool | None] = field(default_factory=dict)
    post: Post = field(default_factory=NoPost)
    vault: Vault = field(default_factory=Vault)
    webhooks: Outbound | None = None
    carriers: Outbound | None = None
    run_document: RunDocument = _no_documents
    tills: Mapping[Provider, ProviderTill] = field(default_factory=dict)
    own_door: Outbound | None = None
    labels: Desk | None = None
    payouts: PayoutProvider | None = None


class RuntimeMiddleware(dramatiq.Middleware):
    """Holds the process's Runtime. Stands after AsyncIO, whose loop it needs."""

    current: Runtime | None = None

    def __init__(self, open_runtime: Callable[[], AbstractAsyncContextManager[Runtime]]) -> None:
        self._manager = open_runtime()

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Open the Runtime. Raises: MiddlewareError, as any other exception would be ignored."""
        try:
            RuntimeMiddleware.current = _loop().run_coroutine(self._manager.__aenter__())
        except Exception as error:
            log.exception("worker.start_failed")
            _loop().stop()  # its thread would keep the process alive
            raise MiddlewareError("the worker cannot start") from error

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Close what the start opened."""
        RuntimeMiddleware.current = None
        _loop().run_coroutine(self._manager.__aexit__(None, None, None))

    def after_nack(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        """Set aside a job whose actor this worker does not know.

        A message that was given up because the database did not answer stays sent, and is sent
        again when its time comes.
        """
        if message.actor_name not in broker.get_declared_actors():
            reason = f"no actor named {message.actor_name}"
            _loop().run_coroutine(outbox.give_up(UUID(message.args[0]), reason))
            log.error("job.dead", job_id=message.args[0], job=message.actor_name, error=reason)


def runtime() -> Runtime:
    """The Runtime of this process; only inside an actor."""
    if RuntimeMiddleware.current is None:
        raise RuntimeError("the Runtime is open in worker processes only")
    return RuntimeMiddleware.current


def _loop() -> EventLoopThread:
    thread = get_event_loop_thread()
    if thread is None:
        raise MiddlewareError("add AsyncIO before RuntimeMiddleware")
    return thread
