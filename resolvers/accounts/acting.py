"""A person acts for an organisation: in a session of its own, with a second factor where it must.

Source: docs/organisations.md, "Acting for an organisation".
"""

import base64
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.accounts import places
from domain.accounts import sign_in as rules
from domain.accounts.sign_in import TOTP_BYTES, totp_step, totp_uri
from domain.accounts.tokens import SESSION_LIFE
from models import audit
from models.accounts import Account, members, people, sign_in
from models.accounts.members import Membership
from models.base import DESK, Tenant, acting
from models.vault import Cell, SecretLost
from resolvers.accounts.house import house
from resolvers.accounts.sign_in import (
    NotOffered,
    SecondFactorNotSet,
    SecondFactorRequired,
    SignedIn,
    SignInRefused,
    closed_here,
    noted,
    second_factor,
    tokens,
    too_many,
)
from resolvers.context import Context, SignInFirst

OFFER_LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class NotAMember:
    """The caller is no member of such an organisation."""


@dataclass(frozen=True, slots=True)
class SecondFactorOffered:
    """A secret for an authenticator app, kept nowhere until its code is shown with `ticket`."""

    uri: str
    ticket: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SecondFactorSet:
    """The account has a second factor from now on."""


async def memberships(ctx: Context) -> list[Membership]:
    """The organisations that the person who asks acts for. Raises: SignInFirst."""
    return await members.memberships(_person(ctx))


async def act_for(
    ctx: Context, organisation_id: UUID, app_code: str | None
) -> SignedIn | NotAMember | SecondFactorRequired | SecondFactorNotSet | SignInRefused | NotOffered:
    """Begin a session that acts for an organisation; the session that asks goes on as it was.

    Refuses: an organisation of others, a second factor that is missing or wrong, whoever signed
    in elsewhere.
    Raises: SignInFirst; TooMany where failures slow the caller down.
    """
    user_id, place = _person(ctx), places.neighbourhood(ctx.caller.address)
    if (closed := _closed(ctx)) is not None:
        return closed
    await house().signing.ready(ctx.now)
    async with acting(Tenant(user_id=user_id, presented=DESK)):
        account = await sign_in.lock_account(user_id)
        member = await members.of_account(organisation_id, user_id)
        if account is None or member is None:
            return NotAMember()
        failed = await sign_in.failures(account.email, place, ctx.now)
        if wait := rules.wait_before(failed.address, failed.place, ctx.now):
            raise too_many(wait)
        match second_factor(account, member.terms.roles, app_code, ctx.now):
            case SecondFactorRequired() | SecondFactorNotSet() as lacking:
                return lacking
            case SignInRefused() as refused:
                await sign_in.fail(account.email, place, ctx.now)
                return refused
            case step:
                account.second_factor_step = step
                await account.save(update_fields=["second_factor_step", "updated_at"])
        ends = ctx.now + SESSION_LIFE
        session = await sign_in.open_session(account, ends, member.id)
        await noted(ctx, account, session.id, organisation_id)
        person = await sign_in.person(session.id, ctx.now)
        return NotAMember() if person is None else await tokens(ctx, person, ends)


async def offer_second_factor(
    ctx: Context, app_code: str | None
) -> SecondFactorOffered | SecondFactorRequired | SignInRefused | NotOffered:
    """Make a secret for the caller's authenticator app; it counts once its code was shown.

    Refuses: whoever has one already and does not show its code.
    Raises: SignInFirst; TooMany where failures slow the caller down.
    """
    user_id = _person(ctx)
    if (closed := _closed(ctx)) is not None:
        return closed
    async with acting(Tenant(user_id=user_id, presented=DESK)):
        account = await _account(user_id)
        if (lacking := await _shows(ctx, account, app_code)) is not None:
            return lacking
    secret, until = secrets.token_bytes(TOTP_BYTES), ctx.now + OFFER_LASTS
    sealed = struct.pack(">Q", int(until.timestamp())) + secret
    ticket = base64.urlsafe_b64encode(house().vault.close(sealed, _offer(user_id))).decode()
    return SecondFactorOffered(totp_uri(secret, account.email), ticket, until)


async def set_second_factor(
    ctx: Context, ticket: str, new_code: str, app_code: str | None
) -> SecondFactorSet | SecondFactorRequired | SignInRefused | NotOffered:
    """Store the secret of a ticket, whose app shows `new_code`.

    Refuses: a ticket that is old or not the caller's, a wrong code, and whoever has a second
    factor already and does not show its code.
    Raises: SignInFirst; TooMany where failures slow the caller down.
    """
    user_id = _person(ctx)
    if (closed := _closed(ctx)) is not None:
        return closed
    secret = _secret_in(ticket, user_id, ctx.now)
    step = None if secret is None else totp_step(new_code, secret, ctx.now, None)
    async with acting(Tenant(user_id=user_id, presented=DESK)):
        account = await _account(user_id)
        if (lacking := await _shows(ctx, account, app_code)) is not None:
            return lacking
        if secret is None or step is None:
            await _failed(ctx, account)
            return SignInRefused()
        account.second_factor = house().vault.close(secret, people.cell(account))
        account.second_factor_step = step
        await account.save(update_fields=["second_factor", "second_factor_step", "updated_at"])
        await _audited(ctx, account)
        return SecondFactorSet()


async def _shows(
    ctx: Context, account: Account, app_code: str | None
) -> SecondFactorRequired | SignInRefused | None:
    """Why somebody who has a second factor may not replace it; None where it may."""
    place = places.neighbourhood(ctx.caller.address)
    failed = await sign_in.failures(account.email, place, ctx.now)
    if wait := rules.wait_before(failed.address, failed.place, ctx.now):
        raise too_many(wait)
    if account.second_factor is None:
        return None
    if app_code is None:
        return SecondFactorRequired()
    try:
        secret = house().vault.open(bytes(account.second_factor), people.cell(account))
    except SecretLost:
        return SignInRefused()
    step = totp_step(app_code, secret, ctx.now, account.second_factor_step)
    if step is None:
        await _failed(ctx, account)
        return SignInRefused()
    account.second_factor_step = step
    await account.save(update_fields=["second_factor_step", "updated_at"])
    return None


async def _failed(ctx: Context, account: Account) -> None:
    await sign_in.fail(account.email, places.neighbourhood(ctx.caller.address), ctx.now)


async def _audited(ctx: Context, account: Account) -> None:
    entry = audit.Entry(
        action="confirmSecondFactor",
        object_type="Account",
        object_id=account.id,
        actor_kind=ctx.caller.kind.value,
        merchant_id=account.merchant_id,
        organisation_id=account.organisation_id,
        user_id=account.id,
        request_id=ctx.request_id,
    )
    await audit.record(entry)


async def _account(user_id: UUID) -> Account:
    found = await sign_in.lock_account(user_id)
    if found is None or found.closed_at is not None:
        raise SignInFirst("Sign in again.")
    return found


def _offer(user_id: UUID) -> Cell:
    """What a ticket is encrypted for: one account's offer, and no column."""
    return Cell("account", "second_factor_offer", user_id)


def _secret_in(ticket: str, user_id: UUID, now: datetime) -> bytes | None:
    try:
        closed = base64.urlsafe_b64decode(ticket[:1_024].encode())
        found = house().vault.open(closed, _offer(user_id))
    except (ValueError, IndexError, SecretLost):
        return None
    until = datetime.fromtimestamp(struct.unpack(">Q", found[:8])[0], UTC)
    return found[8:] if now < until else None


def _closed(ctx: Context) -> NotOffered | None:
    """Why whoever asks does not act by sessions of this server; None where it does."""
    if ctx.caller.session_id is None:
        return closed_here() or NotOffered(None)
    return closed_here()


def _person(ctx: Context) -> UUID:
    if ctx.caller.user_id is None:
        raise SignInFirst("Sign in, and send the access token as a bearer token.")
    return ctx.caller.user_id
