"""A merchant's own accounts with carriers: set, listed, removed. A secret is never told back."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from domain.shipments.carriers import SecretsWrong, TrackingApi, check_secrets
from models.base import new_id
from models.shipments import accounts as stored
from models.shipments.accounts import Listed
from resolvers.accounts.house import house
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, once_only

READ = "shipments:read"
WRITE = "shipments:write"
MOST_SECRET = 4_000
MOST_NAME = 100
FASTEST, MOST_A_DAY = Decimal(1_000), 100_000_000


@dataclass(frozen=True, slots=True)
class Given:
    """What a merchant says of its account. `push_secret` None: the one it has, and none at first.

    Units: `per_second` and `per_day` are what its contract allows; None: what everybody may.
    """

    api: TrackingApi
    secrets: Mapping[str, str] = field(repr=False)
    push_secret: str | None = field(default=None, repr=False)
    name: str = ""
    per_second: Decimal | None = None
    per_day: int | None = None


async def accounts(ctx: Context) -> list[Listed]:
    """The caller's accounts, one of an API. Raises: SignInFirst, Forbidden."""
    async with ctx.acting(READ) as merchant_id:
        return await stored.owned(merchant_id)


async def set_account(ctx: Context, given: Given, key: str) -> Listed | SecretsWrong:
    """Make the caller's account with an API, or give it other secrets: it works again.

    Parcels that waited for it are asked about. Refuses: secrets that are missing or not known.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    _check(given)

    async def act(merchant_id: UUID) -> Outcome:
        if wrong := check_secrets(given.api, given.secrets):
            return {"wrong": asdict(wrong)}
        before = await _of_api(merchant_id, given.api)
        account_id = before.id if before else new_id()
        await stored.store(account_id, _as_stored(merchant_id, given, before), house().vault)
        said = {"api": given.api, "name": given.name, "pushes": given.push_secret is not None}
        await audited(ctx, "setCarrierAccount", "CarrierAccount", account_id, after=said)
        return {"id": str(account_id)}

    outcome = await once_only(ctx, WRITE, "setCarrierAccount", key, _said(given), act)
    if wrong := outcome.get("wrong"):
        return SecretsWrong(tuple(wrong["missing"]), tuple(wrong["unknown"]))
    async with ctx.acting(WRITE) as merchant_id:
        [found] = await stored.owned(merchant_id, UUID(outcome["id"]))
    return found


async def remove_account(ctx: Context, api: TrackingApi, key: str) -> bool:
    """Forget the caller's account with an API: its parcels are followed by the platform's.

    False where there is none. Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(merchant_id: UUID) -> Outcome:
        before = await _of_api(merchant_id, api)
        if before is None:
            return {"removed": False}
        await stored.remove(before.id)
        said = {"api": api, "name": before.name}
        await audited(ctx, "removeCarrierAccount", "CarrierAccount", before.id, before=said)
        return {"removed": True}

    outcome = await once_only(ctx, WRITE, "removeCarrierAccount", key, {"api": api}, act)
    return bool(outcome["removed"])


async def _of_api(merchant_id: UUID, api: TrackingApi) -> Listed | None:
    return next((row for row in await stored.owned(merchant_id) if row.api is api), None)


def _as_stored(merchant_id: UUID, given: Given, before: Listed | None) -> stored.Set:
    """A new push secret; the address is always the API's own, never one of the merchant's."""
    pushed = given.push_secret is not None or (before is not None and before.pushes)
    return stored.Set(
        given.api,
        merchant_id,
        name=given.name,
        secrets=given.secrets,
        push_secrets=None if given.push_secret is None else [given.push_secret],
        pushes=pushed,
        per_second=given.per_second,
        per_day=given.per_day,
    )


def _check(given: Given) -> None:
    stored_text(given.name, "name")
    if len(given.name) > MOST_NAME:
        raise BadInput(f"`name` is over {MOST_NAME} characters.", argument="name")
    for value in (*given.secrets.values(), given.push_secret or ""):
        stored_text(value, "secrets")
        if len(value) > MOST_SECRET:
            raise BadInput(f"A secret is over {MOST_SECRET} characters.", argument="secrets")
    if given.push_secret is not None and len(given.push_secret) < 8:
        raise BadInput("`pushSecret` has at least 8 characters.", argument="pushSecret")
    if given.per_second is not None and not 0 < given.per_second <= FASTEST:
        raise BadInput("`perSecond` is above 0 and at most 1,000.", argument="perSecond")
    if given.per_day is not None and not 0 < given.per_day <= MOST_A_DAY:
        raise BadInput("`perDay` is 1 to 100,000,000.", argument="perDay")


def _said(given: Given) -> dict[str, Any]:
    """The input for its idempotency key: of secrets a hash that is worth nothing without a key."""
    [pepper, *_] = house().vault.secrets("carrier accounts")
    text = orjson.dumps([dict(given.secrets), given.push_secret], option=orjson.OPT_SORT_KEYS)
    said = {"api": given.api, "name": given.name, "perDay": given.per_day}
    secrets = hashlib.blake2b(text, key=pepper, digest_size=16).hexdigest()
    return {**said, "perSecond": str(given.per_second), "secrets": secrets}
