"""Endpoints of webhooks: made, changed, verified, given a new secret, deleted."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.partners import signing
from domain.partners.selections import Owner
from domain.partners.webhooks import EndpointState
from models.base import new_id
from models.jobs import Job
from models.offers.read import Position
from models.outbox import enqueue
from models.partners import endpoints as stored
from models.partners.endpoints import Endpoint
from resolvers import paging
from resolvers.accounts.house import house
from resolvers.context import Context
from resolvers.effects import Outcome, audited, owner_once
from resolvers.partners.orders import (
    Order,
    Refusal,
    SelectionRefused,
    TopicNotGranted,
    UrlRefused,
    fitting,
)

READ = "webhooks:read"
WRITE = "webhooks:write"
MOST_ENDPOINTS = 20
CHALLENGE_BYTES = 24
_SAID = ("url", "description", "topics", "selections")


@dataclass(frozen=True, slots=True)
class LimitReached:
    """The caller has as many endpoints as one may have."""

    limit: int


@dataclass(frozen=True, slots=True)
class WrongState:
    """The endpoint is not in a state from which this is possible."""

    state: EndpointState


@dataclass(frozen=True, slots=True)
class Made:
    """An endpoint and the text of its secret; None where the call was repeated."""

    endpoint: Endpoint
    secret: str | None
    old_until: datetime | None = None


_REFUSALS: dict[str, Any] = {
    kind.__name__: kind for kind in (LimitReached, UrlRefused, TopicNotGranted, SelectionRefused)
} | {"WrongState": lambda state: WrongState(EndpointState(state))}


async def endpoints(ctx: Context, first: int, after: str | None) -> paging.Page[Endpoint]:
    """The caller's endpoints, newest first. Raises: SignInFirst, Forbidden, BadInput."""
    owner_id = ctx.owner_id(READ)
    size, of = paging.size(first), paging.fingerprint("webhookEndpoints", owner_id)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.acting_owner(READ):
        rows = await stored.owned(owner_id, position.id if position else None, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def endpoint(ctx: Context, endpoint_id: UUID) -> Endpoint | None:
    """One of the caller's endpoints; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting_owner(READ) as owner_id:
        return await stored.one(owner_id, endpoint_id)


async def create(ctx: Context, order: Order, key: str) -> Made | Refusal | LimitReached:
    """Make an endpoint and have it challenged; it is sent nothing before it echoes.

    Refuses: a URL, a topic, a selection, the 21st endpoint.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    secret: str | None = None

    async def act(owner_id: UUID) -> Outcome:
        nonlocal secret
        given = fitting(ctx, order, None)
        if not isinstance(given, stored.Given):
            return _refused(given)
        if await stored.count(owner_id) >= MOST_ENDPOINTS:
            return _refused(LimitReached(MOST_ENDPOINTS))
        endpoint_id, made = new_id(), secrets.token_bytes(signing.SECRET_BYTES)
        closed = house().vault.close(made, stored.secret_cell(endpoint_id))
        owner = Owner(ctx.caller.merchant_id, ctx.caller.organisation_id)
        await stored.add(endpoint_id, owner, given, _challenge(), closed)
        await enqueue(Job.CHALLENGE_WEBHOOK, endpoint_id=str(endpoint_id))
        said = {"url": given.url, "topics": list(given.topics)}
        await audited(ctx, "createWebhookEndpoint", "WebhookEndpoint", endpoint_id, after=said)
        secret = signing.written(made)
        return {"id": str(endpoint_id)}

    outcome = await owner_once(ctx, WRITE, "createWebhookEndpoint", key, order.given(), act)
    found = await _found(ctx, outcome)
    return Made(found, secret) if isinstance(found, Endpoint) else found


async def update(
    ctx: Context, endpoint_id: UUID, order: Order, key: str
) -> Endpoint | Refusal | None:
    """Change an endpoint; another URL is challenged first, and what happens meanwhile is kept.

    None for one that is not the caller's. Refuses: a URL, a topic, a selection.
    Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(owner_id: UUID) -> Outcome:
        before = await stored.one(owner_id, endpoint_id, lock=True)
        if before is None:
            return {}
        given = fitting(ctx, order, before)
        if not isinstance(given, stored.Given):
            return _refused(given)
        await stored.change(endpoint_id, given)
        if given.url != before.url:
            await _challenge_again(endpoint_id)
        names = ("url", "description", "topics", "selections")
        await audited(
            ctx,
            "updateWebhookEndpoint",
            "WebhookEndpoint",
            endpoint_id,
            before={
                n: getattr(before, n) for n in names if getattr(before, n) != getattr(given, n)
            },
            after={n: getattr(given, n) for n in names if getattr(before, n) != getattr(given, n)},
        )
        return {"id": str(endpoint_id)}

    said = {"id": endpoint_id, **order.given()}
    outcome = await owner_once(ctx, WRITE, "updateWebhookEndpoint", key, said, act)
    found: Endpoint | Refusal | None = await _found(ctx, outcome)
    return found


async def delete(ctx: Context, endpoint_id: UUID, key: str) -> bool:
    """End an endpoint: what waits for it is cancelled. False for one that is not the caller's."""

    async def act(owner_id: UUID) -> Outcome:
        before = await stored.one(owner_id, endpoint_id, lock=True)
        if before is None:
            return {"deleted": False}
        await stored.delete(endpoint_id)
        said = {"url": before.url}
        await audited(ctx, "deleteWebhookEndpoint", "WebhookEndpoint", endpoint_id, before=said)
        return {"deleted": True}

    said = {"id": endpoint_id}
    outcome = await owner_once(ctx, WRITE, "deleteWebhookEndpoint", key, said, act)
    return bool(outcome["deleted"])


async def rotate(ctx: Context, endpoint_id: UUID, key: str) -> Made | None:
    """Give an endpoint a new secret; the one before signs too for 24 hours.

    None for one that is not the caller's. Raises: SignInFirst, Forbidden, BadInput.
    """
    secret: str | None = None

    async def act(owner_id: UUID) -> Outcome:
        nonlocal secret
        if await stored.one(owner_id, endpoint_id) is None:
            return {}
        made = secrets.token_bytes(signing.SECRET_BYTES)
        await stored.rotate(endpoint_id, house().vault, made)
        await audited(ctx, "rotateWebhookSecret", "WebhookEndpoint", endpoint_id)
        secret = signing.written(made)
        return {"id": str(endpoint_id)}

    said = {"id": endpoint_id}
    found = await _found(ctx, await owner_once(ctx, WRITE, "rotateWebhookSecret", key, said, act))
    return Made(found, secret, found.old_secret_until) if isinstance(found, Endpoint) else None


async def verify(ctx: Context, endpoint_id: UUID, key: str) -> Endpoint | WrongState | None:
    """Challenge an endpoint again that waits or was disabled; None for one not the caller's.

    Refuses: one that is sent events. Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(owner_id: UUID) -> Outcome:
        before = await stored.one(owner_id, endpoint_id, lock=True)
        if before is None:
            return {}
        if before.state not in {EndpointState.PENDING, EndpointState.DISABLED}:
            return _refused(WrongState(before.state))
        await _challenge_again(endpoint_id)
        said = {"state": before.state.value}
        await audited(ctx, "verifyWebhookEndpoint", "WebhookEndpoint", endpoint_id, before=said)
        return {"id": str(endpoint_id)}

    said = {"id": endpoint_id}
    outcome = await owner_once(ctx, WRITE, "verifyWebhookEndpoint", key, said, act)
    found: Endpoint | WrongState | None = await _found(ctx, outcome)
    return found


def _challenge() -> str:
    return secrets.token_urlsafe(CHALLENGE_BYTES)


async def _challenge_again(endpoint_id: UUID) -> None:
    await stored.challenge_again(endpoint_id, _challenge())
    await enqueue(Job.CHALLENGE_WEBHOOK, endpoint_id=str(endpoint_id))


def _refused(refusal: Refusal | LimitReached | WrongState) -> Outcome:
    return {"refused": type(refusal).__name__, "facts": asdict(refusal)}


async def _found(ctx: Context, outcome: Outcome) -> Any:
    """What an outcome says: the endpoint as it is now, a refusal, or None."""
    if name := outcome.get("refused"):
        return _REFUSALS[name](**outcome["facts"])
    if (endpoint_id := outcome.get("id")) is None:
        return None
    async with ctx.acting_owner(WRITE) as owner_id:
        return await stored.one(owner_id, UUID(endpoint_id))
