"""A merchant's test space: made beside it, emptied, its clock set forward."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.accounts import PREFIX_BYTES, SECRET_BYTES, USUAL_LIFE, make
from domain.accounts.roles import MERCHANT_SCOPES
from models.accounts import ApiKey
from models.base import DESK, Tenant, acting, execute, new_id
from models.jobs import Job
from models.offers import sandbox as stored
from models.offers.sandbox import Sandbox
from models.outbox import enqueue
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, once_only

READ, WRITE = "offers:read", "offers:write"
FURTHEST = timedelta(days=400)
MOST_AT_ONCE = timedelta(days=90)
LEAST = timedelta(minutes=1)
KEY_NAME = "sandbox"


@dataclass(frozen=True, slots=True)
class Made:
    """A sandbox, and the whole text of its key: None where the call was repeated, or made none."""

    sandbox: Sandbox
    secret: str | None


@dataclass(frozen=True, slots=True)
class Exists:
    """The merchant has one already."""

    sandbox: Sandbox


@dataclass(frozen=True, slots=True)
class Missing:
    """The merchant has none."""


@dataclass(frozen=True, slots=True)
class TooFar:
    """Its clock would be further ahead than it may be. Units: `most` from now."""

    most: timedelta


async def sandbox(ctx: Context) -> Sandbox | None:
    """The caller's sandbox, or that which it is. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(READ) as merchant_id:
        return await stored.of(merchant_id)


async def create(ctx: Context, idempotency_key: str) -> Made | Exists:
    """Make the caller's sandbox, with a key of its own; its data follow within seconds.

    Refuses: a second one.
    Raises: SignInFirst, Forbidden.
    """
    secret: str | None = None

    async def act(merchant_id: UUID) -> Outcome:
        nonlocal secret
        if await stored.of(merchant_id) is not None:
            return {"exists": True}
        made = new_id()
        await stored.add(merchant_id, made)
        secret = await _key(ctx, made)
        await _prepare(merchant_id, reset=False)
        await audited(ctx, "createSandbox", "Merchant", made)
        return {}

    found = await once_only(ctx, WRITE, "createSandbox", idempotency_key, {}, act)
    row = await _own(ctx)
    return Exists(row) if "exists" in found else Made(row, secret)


async def reset(ctx: Context, idempotency_key: str, *, new_key: bool) -> Made | Missing:
    """Forget what the sandbox holds, set its clock to ours, and make its data anew.

    `new_key` also ends its keys and makes another, which a sandbox may not ask for itself.
    Refuses: a merchant without a sandbox.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    secret: str | None = None

    async def act(merchant_id: UUID) -> Outcome:
        nonlocal secret
        row = await stored.of(merchant_id, locked=True)
        if row is None:
            return {"missing": True}
        if new_key and row.merchant_id != merchant_id:
            message = "A sandbox makes no keys: ask with a key of the merchant."
            raise BadInput(message, argument="newKey")
        await stored.to_prepare(row.sandbox_id)
        if new_key:
            secret = await _key(ctx, row.sandbox_id)
        await _prepare(row.merchant_id, reset=True)
        await audited(ctx, "resetSandbox", "Merchant", row.sandbox_id, after={"newKey": new_key})
        return {}

    given = {"newKey": new_key}
    found = await once_only(ctx, WRITE, "resetSandbox", idempotency_key, given, act)
    return Missing() if "missing" in found else Made(await _own(ctx), secret)


async def advance(ctx: Context, by: timedelta, idempotency_key: str) -> Sandbox | Missing | TooFar:
    """Set the sandbox's clock forward, and have done what is due by then.

    Refuses: a merchant without a sandbox; more than 400 days in all.
    Raises: SignInFirst, Forbidden; BadInput for less than a minute or more than 90 days.
    """
    if not LEAST <= by <= MOST_AT_ONCE:
        raise BadInput("Advance the clock by 1 minute to 90 days.", argument="hours")

    async def act(merchant_id: UUID) -> Outcome:
        row = await stored.of(merchant_id, locked=True)
        if row is None:
            return {"missing": True}
        if row.ahead + by > FURTHEST:
            return {"most": (FURTHEST - row.ahead).total_seconds()}
        async with acting(Tenant(row.sandbox_id, presented=DESK)):
            await stored.advance(row.sandbox_id, by)
        await enqueue(
            Job.CATCH_UP_SANDBOX,
            dedup_key=f"catch-up:{row.sandbox_id}",
            sandbox_id=str(row.sandbox_id),
        )
        ahead = {"aheadSeconds": row.ahead.total_seconds()}
        after = {"aheadSeconds": (row.ahead + by).total_seconds()}
        name = "sandboxAdvanceClock"
        await audited(ctx, name, "Merchant", row.sandbox_id, before=ahead, after=after)
        return {}

    given = {"seconds": by.total_seconds()}
    found = await once_only(ctx, WRITE, "sandboxAdvanceClock", idempotency_key, given, act)
    if "missing" in found:
        return Missing()
    return TooFar(timedelta(seconds=found["most"])) if "most" in found else await _own(ctx)


async def _own(ctx: Context) -> Sandbox:
    async with ctx.acting(WRITE) as merchant_id:
        row = await stored.of(merchant_id)
    if row is None:
        raise LookupError(merchant_id)
    return row


async def _prepare(merchant_id: UUID, *, reset: bool) -> None:
    name = f"sandbox:{merchant_id}:{int(reset)}"
    job = Job.PREPARE_SANDBOX
    await enqueue(job, dedup_key=name, merchant_id=str(merchant_id), reset=int(reset))


async def _key(ctx: Context, sandbox_id: UUID) -> str:
    """The only key of a sandbox: its whole text. Those before it end."""
    made = make(secrets.token_bytes(PREFIX_BYTES), secrets.token_bytes(SECRET_BYTES), live=False)
    async with acting(Tenant(presented=DESK)):
        await execute(
            "UPDATE api_key SET revoked_at = $2 WHERE merchant_id = $1 AND revoked_at IS NULL",
            sandbox_id,
            ctx.now,
        )
        await ApiKey.create(
            prefix=made.prefix,
            secret_sha256=made.sha256,
            merchant_id=sandbox_id,
            name=KEY_NAME,
            scopes=sorted(MERCHANT_SCOPES),
            made_by=ctx.caller.user_id,
            expires_at=ctx.now + USUAL_LIFE,
        )
    return made.text
