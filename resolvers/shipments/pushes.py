"""What carriers push: proved, stored raw and once, read by a worker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import orjson
import structlog

from domain.shipments.carriers import TrackingApi
from integrations.carriers.base import BadSignature
from integrations.carriers.registry import PUSHES
from integrations.carriers.signatures import check_one_of
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
_SMALL = 4_096
_NOWHERE = UUID(int=0)


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
    api: TrackingApi | None, account_id: UUID | None, headers: Mapping[str, str], body: bytes
) -> Stored | Confirmed | BadProof | UnknownAccount:
    """Prove a push, then store it with the job that reads it, in one transaction.

    Nothing of the body is read before its proof fits. Shapes: header names are lower case.
    Refuses: a bad proof; an address of nobody, which takes as long.
    """
    named = account_id or _NOWHERE
    async with acting(Tenant(presented=f"carrier:{named}")):
        of = await pushes.pushed_to(named)
        known = of if of is not None and of.api == api else None
        proved = _proved(api, known, headers, body)
        if known is None or api is None or api not in PUSHES:
            return UnknownAccount()
        if not proved:
            return BadProof()
        if secret := _asked_to_confirm(api, known, body):
            return Confirmed(secret)
        stored = await pushes.store(known, PUSHES[api].delivery_key(headers, body), body)
        if stored is not None:
            await enqueue(Job.READ_PUSH, delivery_id=str(stored))
        return Stored()


def _proved(
    api: TrackingApi | None, of: PushedTo | None, headers: Mapping[str, str], body: bytes
) -> bool:
    """Whether a valid secret of the account made the proof; computed for nobody's account too."""
    reader = PUSHES.get(api) if api else None
    reader = reader or PUSHES[TrackingApi.AFTERSHIP]
    secrets = _secrets(of) if of else []
    try:
        reader.verify(headers, body, secrets or _NOBODYS)
    except BadSignature:
        return bool(secrets) and _confirms(api, body, secrets) is not None
    return bool(secrets)


def _secrets(of: PushedTo) -> list[str]:
    try:
        return accounts.push_secrets(of.stored, house().vault, of.id)
    except SecretLost:
        log.error("carrier.push_secret_lost", account_id=str(of.id))
        return []


def _asked_to_confirm(api: TrackingApi, of: PushedTo, body: bytes) -> str | None:
    return _confirms(api, body, _secrets(of))


def _confirms(api: TrackingApi | None, body: bytes, secrets: list[str]) -> str | None:
    """The secret that DHL wants to hear again before it pushes, if it is one of ours."""
    if api is not TrackingApi.DHL_UNIFIED or len(body) > _SMALL:
        return None
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    given = said.get("secret") if isinstance(said, dict) and "shipments" not in said else None
    if not isinstance(given, str):
        return None
    try:
        check_one_of(given, secrets)
    except BadSignature:
        return None
    return given


def log_refused(api: TrackingApi | None, address: str | None) -> None:
    """Note a push whose proof did not fit: somebody guesses, or a secret was changed."""
    log.warning("carrier.push_refused", api=api, address=address)
