"""What a use case is told about the request it serves."""

import asyncio
import base64
import hashlib
import math
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from strawberry.dataloader import DataLoader

from domain.accounts.roles import CallerKind, Role
from models.base import Tenant, acting, acts_for

if TYPE_CHECKING:
    from integrations.bus import Bus
    from resolvers.partners.documents import Documents

K = TypeVar("K")
V = TypeVar("V")


class Refused(Exception):
    """A request that must not be served: `code` of the closed list, a finer `reason`.

    The message is for people; `argument` names what to change.
    """

    code = "BAD_USER_INPUT"

    def __init__(
        self, message: str, *, reason: str | None = None, argument: str | None = None, **facts: Any
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.argument = argument
        self.facts = facts

    def extensions(self) -> dict[str, Any]:
        """What the client's program reads."""
        named = {"reason": self.reason, "argument": self.argument, **self.facts}
        return {"code": self.code, **{k: v for k, v in named.items() if v is not None}}


class BadInput(Refused):
    """An argument cannot be used as it is."""


def stored_text(text: str, argument: str) -> str:
    """A text that the database can hold. Raises: BadInput for U+0000 and half surrogate pairs."""
    if "\0" in text or (not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)):
        raise BadInput(
            f"`{argument}` holds a character that cannot be stored.",
            reason="BAD_TEXT",
            argument=argument,
        )
    return text


class SignInFirst(Refused):
    """The use case needs a caller who says who it is."""

    code = "UNAUTHENTICATED"


class Forbidden(Refused):
    """The caller may not do this."""

    code = "FORBIDDEN"


class TooMany(Refused):
    """The caller must wait. Units: `seconds` to wait, 1 at least."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, *, reason: str, seconds: float) -> None:
        super().__init__(message, reason=reason, retryAfter=max(1, math.ceil(seconds)))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an anonymous visitor, an API key, or a person who signed in.

    `markets` None: all. `limits` names the scopes of a key that hold in some markets only.
    `address` is the IP address of the request; `user_id` and `session_id` are a person's. Of one
    who acts for an organisation `member_id` is the membership, and `sites` are those whose assets
    it sees; None: all.
    """

    kind: CallerKind = CallerKind.ANONYMOUS
    merchant_id: UUID | None = None
    organisation_id: UUID | None = None
    user_id: UUID | None = None
    session_id: UUID | None = None
    key_prefix: str | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    markets: frozenset[str] | None = None
    expires_at: datetime | None = None
    limits: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    address: str | None = None
    member_id: UUID | None = None
    sites: frozenset[UUID] | None = None

    @property
    def tenant(self) -> Tenant:
        """Whose private rows the caller may reach at all."""
        return Tenant(self.merchant_id, self.organisation_id, self.user_id)

    def markets_for(self, scope: str) -> frozenset[str] | None:
        """The markets in which a scope holds; None for all."""
        limit = self.limits.get(scope)
        if limit is None or self.markets is None:
            return limit if self.markets is None else self.markets
        return limit & self.markets


ANONYMOUS = Caller()


class Seal:
    """Closes a text so that its reader learns nothing from it and can change nothing in it.

    The same text for the same list is the same token. Source: RFC 5297 (AES-SIV).
    """

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(hashlib.sha512(b"boucle cursor" + secret).digest())

    def close(self, text: bytes, of: str) -> str:
        """The token of a text in the list `of`."""
        return (
            base64.urlsafe_b64encode(self._cipher.encrypt(text, [of.encode()])).decode().rstrip("=")
        )

    def open(self, token: str, of: str) -> bytes | None:
        """The text of a token; None for one that was not made here, or for another list."""
        try:
            closed = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
            return self._cipher.decrypt(closed, [of.encode()])
        except (ValueError, UnicodeEncodeError, InvalidTag):
            return None


PROCESS_SEAL = Seal(secrets.token_bytes(32))

NOT_KEPT = "!"  # among the tags of an answer: it holds for its caller and its moment alone
_tags: ContextVar[set[str] | None] = ContextVar("tags", default=None)


def depends(*tags: str) -> None:
    """Note what the answer of this request depends on, by the topics that announce its change."""
    known = _tags.get()
    if known is not None:
        known.update(tags)


@dataclass(frozen=True, slots=True)
class Level:
    """How full a bucket of points is. Units: points, and points a second."""

    limit: float
    remaining: float
    restores_per_second: float


@dataclass(slots=True)
class Context:
    """One per request: the caller, the time it began, its id, and its batch loaders.

    `seal` closes cursors: processes that share a key read each other's. `tags` are the topics of
    `models.announce` whose events make the answer old; `depends` adds to them. Of a subscription:
    `levels` tells what is left in the bucket of a key, by its prefix and role.
    `bus` tells that something changed, `after` is the last event that the client knows, `event_id`
    that of the event about to be sent. `documents` reads documents that callers hand in.
    """

    caller: Caller = ANONYMOUS
    request_id: str = ""
    seal: Seal = PROCESS_SEAL
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    tags: set[str] = field(default_factory=set)
    bus: "Bus | None" = None
    after: str | None = None
    event_id: str | None = None
    levels: Callable[[str, str], Awaitable[Level | None]] | None = None
    documents: "Documents | None" = None
    _loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)
    _private: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        _tags.set(self.tags)

    def merchant_id(self, scope: str, market: str | None = None) -> UUID:
        """The merchant on whose behalf the caller acts; `market` None: in all of its markets.

        Raises: SignInFirst for another caller; Forbidden where `scope` or the market is lacking.
        """
        self.tags.add(NOT_KEPT)
        if self.caller.merchant_id is None:
            raise SignInFirst("Send a merchant's API key or token as a bearer token.")
        self._grant(scope, market)
        return self.caller.merchant_id

    @asynccontextmanager
    async def private(self, presented: str | None = None) -> AsyncGenerator[None]:
        """A transaction in which the caller's private rows are seen, and nobody else's.

        A request has one at a time, and so no more than one connection. `presented` opens more, to
        a use case that has asked for the role that may see it.
        """
        tenant = replace(self.caller.tenant, presented=presented)
        if acts_for(tenant):
            yield
            return
        async with self._private, acting(tenant):
            yield

    @asynccontextmanager
    async def acting(self, scope: str) -> AsyncGenerator[UUID]:
        """The same, for the caller's merchant: its id. Raises: SignInFirst, Forbidden."""
        merchant_id = self.merchant_id(scope)
        async with self.private():
            yield merchant_id

    @asynccontextmanager
    async def acting_organisation(self, scope: str) -> AsyncGenerator[UUID]:
        """The same, for the caller's organisation: its id. Raises: SignInFirst, Forbidden."""
        organisation_id = self.organisation_id(scope)
        async with self.private():
            yield organisation_id

    def owner_id(self, scope: str) -> UUID:
        """The merchant or the organisation on whose behalf the caller acts, in all markets.

        Raises: SignInFirst for another caller; Forbidden where `scope` is lacking.
        """
        if self.caller.organisation_id is not None:
            return self.organisation_id(scope)
        return self.merchant_id(scope)

    @asynccontextmanager
    async def acting_owner(self, scope: str) -> AsyncGenerator[UUID]:
        """The same, in a transaction that reaches its rows. Raises: SignInFirst, Forbidden."""
        owner_id = self.owner_id(scope)
        async with self.private():
            yield owner_id

    def fresh(self) -> "Context":
        """The same caller at this moment, with loaders of its own: one event of a subscription."""
        return replace(
            self, now=datetime.now(UTC), tags=set(), _loaders={}, _private=asyncio.Lock()
        )

    def organisation_id(self, scope: str, market: str | None = None) -> UUID:
        """The organisation on whose behalf the caller acts; `market` None: in all markets.

        Raises: SignInFirst for another caller; Forbidden where `scope` or the market is lacking.
        """
        if self.caller.organisation_id is None:
            raise SignInFirst("Send an organisation's API key or token as a bearer token.")
        self._grant(scope, market)
        return self.caller.organisation_id

    def customer_id(self) -> UUID:
        """The customer who signed in. Raises: SignInFirst for any other caller."""
        if self.caller.user_id is None or self.caller.kind is not CallerKind.CUSTOMER:
            raise SignInFirst("Sign in as a customer.")
        return self.caller.user_id

    def staff(self, role: Role, market: str | None = None) -> UUID:
        """The member of staff with this role; `market` None: in every market.

        Raises: SignInFirst for another caller; Forbidden where the role or the market is lacking.
        """
        user_id, markets = self.staff_markets(role)
        _within(markets, market)
        return user_id

    def staff_markets(self, role: Role) -> tuple[UUID, frozenset[str] | None]:
        """The member of staff with this role, and the markets it acts in; None is all.

        `STAFF_ADMIN` has every role of staff.
        Raises: SignInFirst for another caller; Forbidden where the role is lacking.
        """
        if self.caller.user_id is None or self.caller.kind is not CallerKind.STAFF:
            raise SignInFirst("Sign in as a member of staff.")
        if self.caller.roles.isdisjoint({role, Role.STAFF_ADMIN}):
            message = f"Your roles do not include {role}."
            raise Forbidden(message, reason="ROLE_NOT_GRANTED", role=role.value)
        return self.caller.user_id, self.caller.markets

    async def level(self, prefix: str, role: str) -> Level | None:
        """What is left in the bucket of a key; None where nothing is counted."""
        return None if self.levels is None else await self.levels(prefix, role)

    def _grant(self, scope: str, market: str | None) -> None:
        if scope not in self.caller.scopes:
            message = f"What you sent lacks the scope {scope}."
            raise Forbidden(message, reason="SCOPE_NOT_GRANTED", scope=scope)
        _within(self.caller.markets_for(scope), market)

    def loader(
        self,
        batch: Callable[[list[K]], Awaitable[Sequence[V | BaseException]]],
        key: Any = None,
    ) -> DataLoader[K, V]:
        """The request's own loader around `batch`, made at first use; `key` tells two apart."""
        return self._loaders.setdefault(key or batch, DataLoader(load_fn=batch))


def _within(markets: frozenset[str] | None, market: str | None) -> None:
    """Raises: Forbidden for a market that is not among these, and for all where these are some."""
    if markets is None or market in markets:
        return
    what = f"the market {market}" if market else "all markets, which this needs"
    message = f"What you sent does not open {what}."
    raise Forbidden(message, reason="MARKET_NOT_GRANTED", market=market)
