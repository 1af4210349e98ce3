"""API keys, for the owner of a merchant or an organisation, and for staff.

A person makes keys, never a key: one that leaked cannot make itself a successor.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import structlog

from domain.accounts import (
    LONGEST_OVERLAP,
    PREFIX_BYTES,
    SECRET_BYTES,
    KeyState,
    make,
    scopes,
)
from domain.accounts.roles import (
    KEYS_READ,
    KEYS_WRITE,
    MERCHANT_SCOPES,
    ORGANISATION_SCOPES,
    CallerKind,
    Role,
)
from domain.accounts.scopes import Grants, MarketNotGranted, ScopeNotGranted
from models import once
from models.accounts import ApiKey
from models.accounts import keys as stored
from models.base import DESK, Tenant, acting
from models.offers.read import Position
from resolvers import paging
from resolvers.accounts.house import house
from resolvers.accounts.orders import KeyOrder, end_in, grants_in, name_in, networks_in
from resolvers.context import BadInput, Context, SignInFirst
from resolvers.effects import audited

log = structlog.get_logger()

MOST_KEYS = 100


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a key is: a merchant's or an organisation's."""

    merchant_id: UUID | None = None
    organisation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A key that was made. `secret` is its whole text, None where the call was repeated."""

    key: ApiKey
    secret: str | None


@dataclass(frozen=True, slots=True)
class OwnerUnknown:
    """There is no such merchant or organisation of the caller's."""


@dataclass(frozen=True, slots=True)
class TooManyKeys:
    """The owner has as many usable keys as one may have."""

    limit: int


@dataclass(frozen=True, slots=True)
class KeyUnknown:
    """There is no such key of the caller's."""


@dataclass(frozen=True, slots=True)
class KeyNotActive:
    """The key has a successor already, or has ended. `state` is where it stands."""

    state: KeyState


@dataclass(frozen=True, slots=True)
class Rotated:
    """The successor of a key, and the key."""

    key: ApiKey
    secret: str | None
    previous: ApiKey


Beyond = ScopeNotGranted | MarketNotGranted
CreateRefusal = Beyond | OwnerUnknown | TooManyKeys
RotateRefusal = Beyond | KeyUnknown | KeyNotActive
R = TypeVar("R", bound=Made | Rotated | ApiKey | CreateRefusal | RotateRefusal)
_REFUSALS: dict[str, Callable[..., Any]] = {
    kind.__name__: kind
    for kind in (ScopeNotGranted, MarketNotGranted, OwnerUnknown, TooManyKeys, KeyUnknown)
} | {"KeyNotActive": lambda state: KeyNotActive(KeyState(state))}


@dataclass(frozen=True, slots=True)
class _Maker:
    """The person who acts, for whom, and what it may pass on."""

    user_id: UUID
    owner: Owner
    held: Grants


async def keys(ctx: Context, owner: Owner, first: int, after: str | None) -> paging.Page[ApiKey]:
    """The keys of an owner, newest first; none of one that is not the caller's.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    found, markets = _readable(ctx, owner)
    size, of = paging.size(first), paging.fingerprint("keys", asdict(found))
    position = paging.opened(after, of, ctx.seal)
    rows: list[ApiKey] = []
    if await stored.owner_exists(found.merchant_id, found.organisation_id, _listed(markets)):
        before = position.id if position else None
        rows = await stored.owned(found.merchant_id, found.organisation_id, before, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def readable(ctx: Context, owner: Owner) -> Owner | None:
    """Whose keys the caller may look at; None for one that is not there, or not in its markets.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    found, markets = _readable(ctx, owner)
    if await stored.owner_exists(found.merchant_id, found.organisation_id, _listed(markets)):
        return found
    return None


async def key(ctx: Context, key_id: UUID) -> ApiKey | None:
    """One of the caller's keys; None for any other. Raises: SignInFirst, Forbidden."""
    row = await stored.read(key_id)
    named = Owner(row.merchant_id, row.organisation_id) if row else Owner(merchant_id=key_id)
    owner, markets = _readable(ctx, named)
    if row is None or named != owner:
        return None
    there = stored.owner_exists(owner.merchant_id, owner.organisation_id, _listed(markets))
    return row if await there else None


async def create(
    ctx: Context, owner: Owner, order: KeyOrder, idempotency_key: str
) -> Made | CreateRefusal:
    """Make a key of the caller's merchant or organisation, or of the one that staff name.

    Refuses: more than the caller may do itself, an owner that is not there, the 101st key.
    Raises: SignInFirst, Forbidden; BadInput for an order that cannot be read.
    """
    maker = await _maker(ctx, owner)
    if maker is None:
        return OwnerUnknown()
    grants, networks = grants_in(order.scopes), networks_in(order.networks)
    name, expires_at = name_in(order.name), end_in(order.expires_at, ctx.now)
    given = {
        "owner": asdict(maker.owner),
        "name": name,
        "scopes": scopes.written(grants),
        "networks": networks,
        "expiresAt": order.expires_at,
    }

    async def act() -> Made | CreateRefusal:
        if refused := scopes.beyond(grants, maker.held) or await _full(maker.owner, ctx.now):
            return refused
        row = ApiKey(
            **asdict(maker.owner),
            name=name,
            scopes=scopes.written(grants),
            networks=networks or None,
            made_by=maker.user_id,
            expires_at=expires_at,
        )
        made = await _issued(row)
        await _noted(ctx, "createApiKey", row, _facts(row))
        return made

    found = await _once(maker.user_id, "createApiKey", idempotency_key, given, act)
    return Made(found, None) if isinstance(found, ApiKey) else found


async def rotate(
    ctx: Context,
    key_id: UUID,
    overlap: timedelta,
    expires_at: datetime | None,
    idempotency_key: str,
) -> Rotated | RotateRefusal:
    """Make a key that may do what another may, which goes on working for the overlap.

    Refuses: a key that is not the caller's, one that has ended or has a successor, one that may
    do more than the caller.
    Raises: SignInFirst, Forbidden; BadInput for an overlap over 7 days or an end out of bounds.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise BadInput("`overlapHours` must be 0 to 168.", argument="overlapHours")
    ends = end_in(expires_at, ctx.now)
    maker = await _maker_of(ctx, key_id)
    if maker is None:
        return KeyUnknown()
    given = {"key": key_id, "overlap": overlap.total_seconds(), "expiresAt": expires_at}

    async def act() -> Rotated | RotateRefusal:
        old = await stored.lock(key_id)
        if old is None:
            return KeyUnknown()
        if (state := old.state(ctx.now)) is not KeyState.ACTIVE:
            return KeyNotActive(state)
        if refused := scopes.beyond(grants_in(old.scopes), maker.held):
            return refused
        row = ApiKey(
            **asdict(maker.owner),
            name=old.name,
            scopes=old.scopes,
            networks=old.networks,
            made_by=maker.user_id,
            expires_at=ends,
        )
        made = await _issued(row)
        old.successor_id, old.expires_at = row.id, min(old.expires_at, ctx.now + overlap)
        await old.save(update_fields=["successor_id", "expires_at", "updated_at"])
        house().keys.drop(old.prefix)
        after = _facts(row) | {"previous": old.prefix, "previousExpiresAt": old.expires_at}
        await _noted(ctx, "rotateApiKey", row, after)
        return Rotated(row, made.secret, old)

    found = await _once(maker.user_id, "rotateApiKey", idempotency_key, given, act)
    if isinstance(found, ApiKey):
        old = await stored.read(key_id)
        return Rotated(found, None, old or found)
    return found


async def revoke(ctx: Context, key_id: UUID, idempotency_key: str) -> ApiKey | KeyUnknown:
    """End a key now; every process refuses it 5 seconds later at the latest.

    Refuses: a key that is not the caller's.
    Raises: SignInFirst, Forbidden.
    """
    maker = await _maker_of(ctx, key_id)
    if maker is None:
        return KeyUnknown()

    async def act() -> ApiKey:
        before = await ApiKey.get(id=key_id)
        await stored.revoke(key_id, ctx.now)
        after = await ApiKey.get(id=key_id)
        if before.revoked_at is None:
            told = {"prefix": after.prefix, "revokedAt": after.revoked_at}
            await _noted(ctx, "revokeApiKey", after, told)
        return after

    row = await _once(maker.user_id, "revokeApiKey", idempotency_key, {"key": key_id}, act)
    house().keys.drop(row.prefix)
    log.info("api_key.revoked", key_id=str(key_id), by=str(maker.user_id))
    return row


def issue(row: ApiKey) -> str:
    """Give a row, not yet stored, its prefix and the hash of its secret; return the whole text."""
    issued = make(secrets.token_bytes(PREFIX_BYTES), secrets.token_bytes(SECRET_BYTES), live=True)
    row.prefix, row.secret_sha256 = issued.prefix, issued.sha256
    return issued.text


async def _noted(ctx: Context, action: str, row: ApiKey, after: Mapping[str, Any]) -> None:
    of = Tenant(row.merchant_id, row.organisation_id)
    await audited(ctx, action, "ApiKey", row.id, after=after, of=of)


def _facts(row: ApiKey) -> dict[str, Any]:
    """What the audit log keeps of a key that was made."""
    return {
        "prefix": row.prefix,
        "name": row.name,
        "scopes": row.scopes,
        "networks": row.networks,
        "expiresAt": row.expires_at,
    }


async def _issued(row: ApiKey) -> Made:
    secret = issue(row)
    await row.save(force_create=True)
    log.info("api_key.made", key_id=str(row.id), by=str(row.made_by))
    return Made(row, secret)


async def _once(
    user_id: UUID,
    name: str,
    key: str,
    given: Mapping[str, Any],
    act: Callable[[], Awaitable[R]],
) -> R | ApiKey:
    """Act once for one idempotency key; a repeated call reads what the first one made.

    The secret of a key is not kept, so a repeated call cannot tell it.
    Raises: BadInput with reason IDEMPOTENCY_KEY_REUSED.
    """
    caller = f"user:{user_id}"
    async with acting(Tenant(user_id=user_id, presented=DESK)):
        match await once.ask(caller, key, once.digest(name, given)):
            case once.AnsweredBefore(outcome):
                if name_of_refusal := outcome.get("refused"):
                    refused: R = _REFUSALS[name_of_refusal](**outcome["facts"])
                    return refused
                return await ApiKey.get(id=outcome["id"])
            case once.KeyReused():
                raise BadInput(
                    "This idempotency key was used for another request.",
                    reason="IDEMPOTENCY_KEY_REUSED",
                    argument="idempotencyKey",
                )
            case None:
                found = await act()
                await once.answer(caller, key, _kept(found))
                return found


def _kept(found: Made | Rotated | ApiKey | CreateRefusal | RotateRefusal) -> dict[str, Any]:
    match found:
        case Made(key=row) | Rotated(key=row):
            return {"id": str(row.id)}
        case ApiKey():
            return {"id": str(found.id)}
        case refusal:
            return {"refused": type(refusal).__name__, "facts": asdict(refusal)}


def _readable(ctx: Context, owner: Owner) -> tuple[Owner, frozenset[str] | None]:
    """Whose keys may be read, and in which markets staff may look; None is all."""
    match ctx.caller.kind:
        case CallerKind.MERCHANT:
            return Owner(merchant_id=ctx.merchant_id(KEYS_READ)), None
        case CallerKind.ORGANISATION:
            return Owner(organisation_id=ctx.organisation_id(KEYS_READ)), None
        case CallerKind.STAFF:
            _, markets = ctx.staff_markets(Role.COUNTRY_TEAM)
            return one_owner(owner), markets
        case CallerKind.ANONYMOUS | CallerKind.CUSTOMER:
            raise SignInFirst("Sign in as the owner of a merchant or an organisation, or as staff.")


async def _maker(ctx: Context, owner: Owner) -> _Maker | None:
    """The person who may make keys, and for whom; None for an owner that is not the caller's."""
    mine, everyone = Owner(ctx.caller.merchant_id, ctx.caller.organisation_id), Owner()
    match ctx.caller.kind:
        case CallerKind.MERCHANT | CallerKind.ORGANISATION:
            of = ctx.merchant_id if mine.merchant_id else ctx.organisation_id
            of(KEYS_WRITE)
            if ctx.caller.user_id is None or owner not in {mine, everyone}:
                return None
            held = dict.fromkeys(ctx.caller.scopes - {KEYS_WRITE})
            return _Maker(ctx.caller.user_id, mine, held)
        case CallerKind.STAFF:
            user_id, markets = ctx.staff_markets(Role.COUNTRY_TEAM)
            named = one_owner(owner)
            there = stored.owner_exists(named.merchant_id, named.organisation_id, _listed(markets))
            if not await there:
                return None
            passed = MERCHANT_SCOPES if named.merchant_id else ORGANISATION_SCOPES
            return _Maker(user_id, named, dict.fromkeys(passed, markets))
        case CallerKind.ANONYMOUS | CallerKind.CUSTOMER:
            raise SignInFirst("Sign in as the owner of a merchant or an organisation, or as staff.")


async def _maker_of(ctx: Context, key_id: UUID) -> _Maker | None:
    """The person who may change this key; None where it is not the caller's, or not there."""
    row = await stored.read(key_id)
    owner = Owner(row.merchant_id, row.organisation_id) if row else Owner(merchant_id=key_id)
    return await _maker(ctx, owner)


def one_owner(owner: Owner) -> Owner:
    """The owner that staff name. Raises: BadInput unless it is one."""
    if (owner.merchant_id is None) == (owner.organisation_id is None):
        raise BadInput("Name a merchant or an organisation, and not both.", argument="merchant")
    return owner


def _listed(markets: frozenset[str] | None) -> list[str] | None:
    return None if markets is None else sorted(markets)


async def _full(owner: Owner, now: datetime) -> TooManyKeys | None:
    count = await stored.usable_count(owner.merchant_id, owner.organisation_id, now)
    return TooManyKeys(MOST_KEYS) if count >= MOST_KEYS else None
