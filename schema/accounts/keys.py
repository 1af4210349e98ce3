"""API keys: made, listed, given a successor, revoked."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from domain.accounts import KeyState
from domain.accounts.roles import Role
from domain.accounts.scopes import MarketNotGranted as Outside
from domain.accounts.scopes import ScopeNotGranted as Beyond
from resolvers.accounts import keys as resolvers
from resolvers.accounts.keys import Owner
from resolvers.accounts.orders import KeyOrder
from schema.accounts import told
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Node,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.rules import AnyOf, Scope, Staff, ruled

if TYPE_CHECKING:
    from models.accounts import ApiKey as Row

strawberry.enum(KeyState, description="Where an API key stands.")

_MOST_HOURS = 168
NOBODY = UUID(int=0)
OfMerchant = Annotated[
    strawberry.ID | None, strawberry.argument(description="Staff name whose keys; others need not.")
]
OfOrganisation = Annotated[
    strawberry.ID | None, strawberry.argument(description="Staff name whose keys; others need not.")
]

COUNTRY = Staff(frozenset({Role.COUNTRY_TEAM}))
READ = AnyOf((COUNTRY, Scope("keys:read")))
WRITE = AnyOf((COUNTRY, Scope("keys:write")))


@ruled(READ)
@strawberry.type
class ApiKey(Node):
    """A key of a merchant or an organisation. Of its secret only a hash is kept."""

    prefix: str = strawberry.field(description="Its public part: `bcl_live_` and then this.")
    name: str = strawberry.field(description="What you called it.")
    state: KeyState = strawberry.field(description="Where it stands.")
    scopes: list[str] = strawberry.field(
        description="What it may do: `offers:read`, or `offers:write@FR,DE`. At most 50."
    )
    networks: list[str] = strawberry.field(
        description="Where it may be used from; an empty list is everywhere. At most 50."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="When it ends.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")
    last_used_at: datetime | None = strawberry.field(description="Last use, to the minute.")
    successor: strawberry.relay.GlobalID | None = strawberry.field(
        description="Id of the key that `rotateApiKey` made in its place."
    )

    @classmethod
    def of(cls, row: "Row", now: datetime) -> Self:
        return cls(
            id=global_id("ApiKey", row.id),
            prefix=row.prefix,
            name=row.name,
            state=row.state(now),
            scopes=list(row.scopes),
            networks=list(row.networks or ()),
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            last_used_at=row.last_used_at,
            successor=global_id("ApiKey", row.successor_id) if row.successor_id else None,
        )


@ruled(READ)
@strawberry.type
class ApiKeyConnection:
    """Keys, page by page, newest first."""

    edges: list[Edge[ApiKey]] = strawberry.field(description="The keys of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.input
class CreateApiKeyInput:
    """What the key shall be."""

    scopes: list[str] = strawberry.field(
        description="1 to 50: `offers:read`, or `offers:write@FR,DE` for some markets only."
    )
    idempotency_key: str = strawberry.field(description=ONCE)
    name: str = strawberry.field(default="", description="Your name for it, 100 characters.")
    networks: list[str] | None = strawberry.field(
        default=None, description="Up to 50 IP addresses or CIDR networks; none is everywhere."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Within a year; 90 days from now if not given."
    )
    merchant: strawberry.ID | None = strawberry.field(
        default=None, description="Staff name whose key it is; others need not."
    )
    organisation: strawberry.ID | None = strawberry.field(
        default=None, description="Staff name whose key it is; others need not."
    )


@strawberry.input
class RotateApiKeyInput:
    """Which key gets a successor."""

    id: strawberry.ID = strawberry.field(description="Id of the `ApiKey`.")
    idempotency_key: str = strawberry.field(description=ONCE)
    overlap_hours: int = strawberry.field(
        default=24, description="How long the old key goes on working: 0 to 168 hours."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="End of the new key, within a year; 90 days if not given."
    )


@strawberry.input
class RevokeApiKeyInput:
    """Which key ends."""

    id: strawberry.ID = strawberry.field(description="Id of the `ApiKey`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(WRITE)
@strawberry.type
class ApiKeyCreated:
    """The key, and its secret for the only time."""

    api_key: ApiKey = strawberry.field(description="The key.")
    secret: str | None = strawberry.field(
        description="Send it as a bearer token. Shown once: `null` where the call was repeated, "
        "as it is not kept. If the first answer was lost, revoke the key and make another."
    )


@ruled(WRITE)
@strawberry.type
class ApiKeyRotated:
    """The successor, its secret for the only time, and the key that it succeeds."""

    api_key: ApiKey = strawberry.field(description="The new key.")
    secret: str | None = strawberry.field(
        description="Shown once: `null` where the call was repeated, as it is not kept."
    )
    previous: ApiKey = strawberry.field(
        description="The old key: works until `expiresAt`; `lastUsedAt` tells who lags behind."
    )


@ruled(WRITE)
@strawberry.type
class ApiKeyRevoked:
    """The key opens nothing 5 seconds later, on any server."""

    api_key: ApiKey = strawberry.field(description="The key.")


@ruled(WRITE)
@strawberry.type
class ScopeNotGranted(Problem):
    """You may not do this yourself, so the key may not either."""

    scope: str = strawberry.field(description="The scope that is too much.")


@ruled(WRITE)
@strawberry.type
class MarketNotGranted(Problem):
    """You may do this, but not in this market; so the key may not either."""

    scope: str = strawberry.field(description="The scope.")
    market: str | None = strawberry.field(description="The market; `null` where all were asked.")


@ruled(WRITE)
@strawberry.type
class ApiKeyOwnerUnknown(Problem):
    """There is no such merchant or organisation of yours."""


@ruled(WRITE)
@strawberry.type
class ApiKeyLimitReached(Problem):
    """There are as many usable keys as there may be."""

    limit: int = strawberry.field(description="How many there may be.")


@ruled(WRITE)
@strawberry.type
class ApiKeyUnknown(Problem):
    """There is no such key of yours."""


@ruled(WRITE)
@strawberry.type
class ApiKeyNotActive(Problem):
    """The key has ended, or has a successor already."""

    state: KeyState = strawberry.field(description="Where it stands.")


CreateApiKeyResult = Annotated[
    ApiKeyCreated | ScopeNotGranted | MarketNotGranted | ApiKeyOwnerUnknown | ApiKeyLimitReached,
    strawberry.union("CreateApiKeyResult", description="The key, or a refusal."),
]
RotateApiKeyResult = Annotated[
    ApiKeyRotated | ScopeNotGranted | MarketNotGranted | ApiKeyUnknown | ApiKeyNotActive,
    strawberry.union("RotateApiKeyResult", description="The successor, or a refusal."),
]
RevokeApiKeyResult = Annotated[
    ApiKeyRevoked | ApiKeyUnknown,
    strawberry.union("RevokeApiKeyResult", description="The key, or a refusal."),
]


@strawberry.type
class KeysQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def api_keys(
        self,
        info: Info,
        merchant: OfMerchant = None,
        organisation: OfOrganisation = None,
        first: First = 24,
        after: After = None,
    ) -> ApiKeyConnection:
        """Your API keys, newest first. Needs `keys:read`, or a role of staff."""
        owner = owner_of(merchant, organisation)
        page = await resolvers.keys(info.context, owner, first, after)
        now = info.context.now
        return ApiKeyConnection(
            edges=edges(page, lambda row: ApiKey.of(row, now)), page_info=page_info(page, after)
        )


@strawberry.type
class KeysMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def create_api_key(
        self,
        info: Info,
        input: Annotated[CreateApiKeyInput, strawberry.argument(description="What it shall be.")],
    ) -> CreateApiKeyResult:
        """Make an API key. Needs an owner's or staff's token: a key makes no keys."""
        key = idempotency_key(input.idempotency_key)
        owner = owner_of(input.merchant, input.organisation)
        order = KeyOrder(input.name, input.scopes, input.networks or (), input.expires_at)
        match await resolvers.create(info.context, owner, order, key):
            case resolvers.OwnerUnknown():
                return ApiKeyOwnerUnknown(**told(info, *_OWNER))
            case resolvers.TooManyKeys(limit):
                return ApiKeyLimitReached(**told(info, *_FULL), limit=limit)
            case Beyond(scope):
                return ScopeNotGranted(**told(info, *_SCOPE), scope=scope)
            case Outside(scope, market):
                return _outside(info, scope, market)
            case made:
                now = info.context.now
                return ApiKeyCreated(api_key=ApiKey.of(made.key, now), secret=made.secret)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def rotate_api_key(
        self,
        info: Info,
        input: Annotated[RotateApiKeyInput, strawberry.argument(description="Which key.")],
    ) -> RotateApiKeyResult:
        """Make a key that may do what another may. Needs an owner's or staff's token."""
        key = idempotency_key(input.idempotency_key)
        hours = input.overlap_hours
        overlap = timedelta(hours=hours) if 0 <= hours <= _MOST_HOURS else -timedelta(hours=1)
        asked = (row_id(input.id, "ApiKey", "id") or NOBODY, overlap, input.expires_at)
        match await resolvers.rotate(info.context, *asked, key):
            case resolvers.KeyUnknown():
                return ApiKeyUnknown(**told(info, *_UNKNOWN))
            case resolvers.KeyNotActive(state):
                return ApiKeyNotActive(**told(info, *_NOT_ACTIVE), state=state)
            case Beyond(scope):
                return ScopeNotGranted(**told(info, *_SCOPE), scope=scope)
            case Outside(scope, market):
                return _outside(info, scope, market)
            case made:
                now = info.context.now
                return ApiKeyRotated(
                    api_key=ApiKey.of(made.key, now),
                    secret=made.secret,
                    previous=ApiKey.of(made.previous, now),
                )

    @strawberry.mutation(metadata={"rule": WRITE})
    async def revoke_api_key(
        self,
        info: Info,
        input: Annotated[RevokeApiKeyInput, strawberry.argument(description="Which key.")],
    ) -> RevokeApiKeyResult:
        """End an API key now. Needs an owner's or staff's token."""
        key = idempotency_key(input.idempotency_key)
        key_id = row_id(input.id, "ApiKey", "id") or NOBODY
        match await resolvers.revoke(info.context, key_id, key):
            case resolvers.KeyUnknown():
                return ApiKeyUnknown(**told(info, *_UNKNOWN))
            case row:
                return ApiKeyRevoked(api_key=ApiKey.of(row, info.context.now))


_Words = tuple[str, str, list[str], str]
_OWNER: _Words = (
    "API_KEY_OWNER_UNKNOWN",
    "There is no such merchant or organisation of yours.",
    ["input"],
    "Owners name none; staff name one of their markets.",
)
_FULL: _Words = (
    "API_KEY_LIMIT_REACHED",
    "There are as many usable keys as there may be.",
    ["input"],
    "Revoke keys that are not used: `lastUsedAt` tells which.",
)
_SCOPE: _Words = (
    "SCOPE_NOT_GRANTED",
    "You may not do this yourself, so the key may not either.",
    ["input", "scopes"],
    "`viewer` tells your scopes.",
)
_OUTSIDE: _Words = (
    "MARKET_NOT_GRANTED",
    "You may do this, but not in this market.",
    ["input", "scopes"],
    "Name your markets with each scope, as in `offers:read@FR`.",
)
_UNKNOWN: _Words = (
    "API_KEY_UNKNOWN",
    "There is no such key.",
    ["input", "id"],
    "`apiKeys` lists yours.",
)
_NOT_ACTIVE: _Words = (
    "API_KEY_NOT_ACTIVE",
    "The key has ended, or has a successor already.",
    ["input", "id"],
    "Make a new key with `createApiKey`.",
)


def _outside(info: Info, scope: str, market: str) -> MarketNotGranted:
    return MarketNotGranted(**told(info, *_OUTSIDE), scope=scope, market=market or None)


def owner_of(merchant: strawberry.ID | None, organisation: strawberry.ID | None) -> Owner:
    """The owner that staff name; others name none. Raises: BadInput for what is no id."""
    return Owner(
        row_id(merchant, "Merchant", "merchant") if merchant is not None else None,
        row_id(organisation, "Organisation", "organisation") if organisation is not None else None,
    )
