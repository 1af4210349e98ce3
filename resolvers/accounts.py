"""Who asks: from the header of a request to a caller."""

from datetime import UTC, datetime, timedelta

from domain.accounts import parse
from models import accounts
from models.accounts import ApiKey
from models.base import Tenant, acting
from resolvers.context import ANONYMOUS, Caller, CallerKind, SignInFirst

USE_NOTED_EVERY = timedelta(minutes=1)
_LONGEST = 512


async def caller_of(authorization: str | None) -> Caller:
    """The caller that a bearer key names; an anonymous one without the header.

    Raises: SignInFirst for a header that is not a bearer key, and for a key that is damaged,
    unknown, expired or revoked: to the outside these are one and the same.
    """
    if authorization is None:
        return ANONYMOUS
    scheme, _, text = authorization[:_LONGEST].partition(" ")
    sent = parse(text.strip()) if scheme.lower() == "bearer" else None
    if sent is None:
        raise _refused()
    stored = await accounts.find(sent.prefix)
    if stored is None or not sent.matches(bytes(stored.secret_sha256)):
        raise _refused()
    now = datetime.now(UTC)
    if not stored.usable(now):
        raise _refused()
    await _note_use(stored, now)
    return Caller(
        kind=CallerKind.MERCHANT,
        merchant_id=stored.merchant_id,
        key_prefix=stored.prefix,
        scopes=frozenset(stored.scopes),
    )


async def _note_use(key: ApiKey, now: datetime) -> None:
    if key.last_used_at is None or key.last_used_at <= now - USE_NOTED_EVERY:
        async with acting(Tenant(merchant_id=key.merchant_id)):
            await ApiKey.filter(id=key.id).update(last_used_at=now)


def _refused() -> SignInFirst:
    return SignInFirst("Send a valid API key as a bearer token.", reason="KEY_REFUSED")
