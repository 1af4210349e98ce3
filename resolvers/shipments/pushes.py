"""What carriers push: proved, stored raw and once, read by a worker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import structlog

from domain.shipments.carriers import TrackingApi
from models.base import Tenant, acting
from models.jobs import Job
from models.outbox import enqueue
from models.shipments import accounts, pushes
from models.shipments.pushes import PushedTo
from models.vault import SecretLost
from resolvers.accounts.house import house

log = structlog.get_logger()

_NOBODYS = ["0" * 64]
"""What the proof of a push to nobody is compared with: that takes as long as for somebody."""
_NOWHERE = UUID(int=0)


class Pushed(Protocol):
    """A push as it came; `known` says that its API is one that pushes."""

    api: TrackingApi | None
    body: bytes
    known: bool

    def proved(self, secrets: Sequence[str]) -> bool:
        """Whether one of these secrets made its proof."""

    def key(self) -> str:
        """What tells it from others."""

    def asked_to_confirm(self, secrets: Sequence[str]) -> str | None:
        """The secret that its sender wants to hear again, if it is one of these."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The push is stored, now or by an earlier copy of it."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The sender asked whether we share its secret; this is it."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadProof:
    """No valid secret made the proof: nothing was stored."""


@dataclass(frozen=True, slots=True)
class UnknownAccount:
    """Nothing is pushed there."""


async def take(
    account_id: UUID | None, pushed: Pushed
) -> Stored | Confirmed | BadProof | UnknownAccount:
    """Prove a push, then store it with the job that reads it, in one transaction.

    Nothing of the body is read before its proof fits.
    Refuses: a bad proof; an address of nobody, which takes as long.
    """
    named = account_id or _NOWHERE
    async with acting(Tenant(presented=f"carrier:{named}")):
        found = await pushes.pushed_to(named)
        of = found if found is not None and found.api == pushed.api and pushed.known else None
        secrets = _secrets(of) if of else []
        proved = pushed.proved(secrets or _NOBODYS) and bool(secrets)
        if of is None:
            return UnknownAccount()
        if not proved:
            return BadProof()
        if secret := pushed.asked_to_confirm(secrets):
            return Confirmed(secret)
        stored = await pushes.store(of, pushed.key(), pushed.body)
        if stored is not None:
            await enqueue(Job.READ_PUSH, delivery_id=str(stored))
        return Stored()


def _secrets(of: PushedTo) -> list[str]:
    try:
        return accounts.push_secrets(of.stored, house().vault, of.id)
    except SecretLost:
        log.error("carrier.push_secret_lost", account_id=str(of.id))
        return []
