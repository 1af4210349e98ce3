"""People sign in with a mailed code, stay signed in by refresh tokens, and sign out.

An address that has an account and one that has none take the same path, statement by statement,
until the right code was sent. Source: docs/rules/identity.md, "Signing in".
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import structlog

from domain.accounts import places, wording
from domain.accounts import sign_in as rules
from domain.accounts.roles import CallerKind, needs_second_factor, roles, scopes_of
from domain.accounts.tokens import REFRESH_LIFE, SESSION_LIFE
from models import audit
from models.accounts import Account, SignInCode, people, sign_in
from models.accounts.sign_in import Person
from models.base import DESK, Tenant, acting, new_id
from models.jobs import Job
from models.outbox import enqueue
from models.vault import SecretLost
from resolvers.accounts.house import house
from resolvers.context import BadInput, Caller, Context, SignInFirst, TooMany

log = structlog.get_logger()

REFRESH_PREFIX = "bcr_"
_LONGEST_TOKEN = 256


class WhyEnded(StrEnum):
    """Why a refresh token opens nothing."""

    UNKNOWN = "UNKNOWN"
    ENDED = "ENDED"
    USED_TWICE = "USED_TWICE"


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """A code is on its way, if the address takes mail. Send `challenge` with the code."""

    challenge: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NotOffered:
    """People do not sign in here. `issuer` is where they do, None where nobody can."""

    issuer: str | None


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """The code is wrong, old, used, or was tried too often: nobody is told which."""


@dataclass(frozen=True, slots=True)
class SecondFactorRequired:
    """The mailed code is right and not used up; the one-time code of the app is missing."""


@dataclass(frozen=True, slots=True)
class SecondFactorNotSet:
    """The account's roles need an authenticator app, and none was set up."""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The refresh token opens nothing."""

    why: WhyEnded


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session's tokens: one to send, one to renew it with, once. `caller` is who signed in."""

    access_token: str
    expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime
    caller: Caller


async def request_code(ctx: Context, email: str, language: str) -> CodeAsked | NotOffered:
    """Have a code mailed; the answer is the same whether the address is known or not.

    After five in 15 minutes an address is mailed one a minute.
    Raises: BadInput for no address or language; TooMany for a place that asks too often.
    """
    address, place = _address(email), places.neighbourhood(ctx.caller.address)
    if language not in wording.LANGUAGES:
        raise BadInput("`locale` is `en` or `fr`.", argument="locale")
    if (closed := closed_here()) is not None:
        return closed
    challenge, expires_at = new_id(), ctx.now + rules.CODE_LIFE
    async with acting(Tenant(presented=DESK)):
        asked = await sign_in.codes(address, place, ctx.now)
        if wait := rules.wait_to_ask(asked.place, ctx.now):
            raise too_many(wait)
        if rules.may_mail(asked.address, ctx.now):
            await SignInCode.create(
                id=challenge, email=address, language=language, place=place, asked_at=ctx.now
            )
            await enqueue(Job.MAIL_SIGN_IN_CODE, code_id=str(challenge))
    return CodeAsked(challenge, expires_at)


async def sign_in_with(
    ctx: Context, email: str, code: str, challenge: UUID | None, app_code: str | None
) -> SignedIn | SignInRefused | SecondFactorRequired | SecondFactorNotSet | NotOffered:
    """Begin a session with the code of a challenge; a customer's account is made at the first.

    Refuses: a code that is wrong, over 10 minutes old, used, or tried five times.
    Raises: BadInput for no address; TooMany where failures slow the caller down.
    """
    address, place = _address(email), places.neighbourhood(ctx.caller.address)
    if (closed := closed_here()) is not None:
        return closed
    await house().signing.ready(ctx.now)
    async with acting(Tenant(presented=DESK)):
        failed = await sign_in.failures(address, place, ctx.now)
        if wait := rules.wait_before(failed.address, failed.place, ctx.now):
            raise too_many(wait)
        row = await sign_in.lock_code(challenge or new_id(), address)
        if row is None or not _right(row, code, ctx.now):
            return await _refused(row, address, place, ctx.now)
        account = await sign_in.customer(address, row.language)
        match second_factor(account, account.roles, app_code, ctx.now):
            case SecondFactorRequired() | SecondFactorNotSet() as lacking:
                return lacking
            case SignInRefused():
                return await _refused(row, address, place, ctx.now)
            case step:
                row.used_at, account.second_factor_step = ctx.now, step
                await row.save(update_fields=["used_at", "updated_at"])
                await account.save(update_fields=["second_factor_step", "updated_at"])
        ends = ctx.now + SESSION_LIFE
        session = await sign_in.open_session(account, ends)
        await noted(ctx, account, session.id)
        person = await sign_in.person(session.id, ctx.now)
        if person is None:
            return SignInRefused()
        return await tokens(ctx, person, ends)


async def refresh(ctx: Context, refresh_token: str) -> SignedIn | SessionEnded | NotOffered:
    """Renew a session with a refresh token, which works once.

    Refuses: a token that is unknown, expired or of an ended session. A second use ends the
    session, with all its tokens, and tells its owner by mail.
    """
    if (closed := closed_here()) is not None:
        return closed
    await house().signing.ready(ctx.now)
    async with acting(Tenant(presented=DESK)):
        row = await sign_in.lock_refresh_token(_hash(refresh_token))
        if row is None:
            return SessionEnded(WhyEnded.UNKNOWN)
        person = await sign_in.person(row.session_id, ctx.now)
        if person is None or row.expires_at <= ctx.now:
            return SessionEnded(WhyEnded.ENDED)
        if row.used_at is not None:
            await _revoke(person.account_id, ctx.now, row.session_id)
            await enqueue(Job.MAIL_SESSION_ENDED, session_id=str(row.session_id))
            log.warning("session.token_used_twice", session_id=str(row.session_id))
            return SessionEnded(WhyEnded.USED_TWICE)
        row.used_at = ctx.now
        await row.save(update_fields=["used_at", "updated_at"])
        session = await row.session
        return await tokens(ctx, person, session.expires_at)


async def sign_out(ctx: Context, *, everywhere: bool) -> int:
    """End the caller's session, or all of its account; return how many ended.

    Sessions of an outside issuer end there: of these none is ended here.
    Raises: SignInFirst for a caller who did not sign in.
    """
    if ctx.caller.user_id is None:
        raise SignInFirst("Sign in, and send the access token as a bearer token.")
    if ctx.caller.session_id is None:
        return 0
    return await _revoke(ctx.caller.user_id, ctx.now, None if everywhere else ctx.caller.session_id)


async def email_of(ctx: Context) -> str | None:
    """The address of the person who asks; None for a key, and where the issuer tells none."""
    if ctx.caller.user_id is None:
        return None
    account = await sign_in.account(ctx.caller.user_id)
    return (account.email or None) if account else None


async def noted(
    ctx: Context, account: Account, session_id: UUID, acts_for: UUID | None = None
) -> None:
    """Note the sign-in of whoever acts for others, or now begins to, for an organisation."""
    if account.kind == CallerKind.CUSTOMER and acts_for is None:
        return
    kind = CallerKind(account.kind) if acts_for is None else CallerKind.ORGANISATION
    await audit.record(
        audit.Entry(
            action="signIn",
            object_type="Session",
            object_id=session_id,
            actor_kind=kind.value,
            merchant_id=account.merchant_id if acts_for is None else None,
            organisation_id=acts_for or account.organisation_id,
            user_id=account.id,
            after={"roles": list(account.roles)},
            request_id=ctx.request_id,
        )
    )


def _right(row: SignInCode, code: str, now: datetime) -> bool:
    usable = row.used_at is None and row.tries < rules.TRIES
    in_time = now < row.asked_at + rules.CODE_LIFE
    return rules.is_code(code, house().vault.secrets(rules.PURPOSE), row.id) and usable and in_time


async def _refused(
    row: SignInCode | None, address: str, place: str, now: datetime
) -> SignInRefused:
    if row is not None:
        row.tries += 1
        await row.save(update_fields=["tries", "updated_at"])
    await sign_in.fail(address, place, now)
    return SignInRefused()


def second_factor(
    account: Account, held: Iterable[str], text: str | None, now: datetime
) -> int | SecondFactorRequired | SecondFactorNotSet | SignInRefused | None:
    """The step of the app's code, or why it does not do; no code where these roles need none."""
    last: int | None = account.second_factor_step
    if account.closed_at is not None:
        return SignInRefused()
    if not needs_second_factor(roles(held)):
        return last
    if account.second_factor is None:
        return SecondFactorNotSet()
    if text is None:
        return SecondFactorRequired()
    try:
        secret = house().vault.open(bytes(account.second_factor), people.cell(account))
    except SecretLost as error:
        log.error("second_factor.lost", account_id=str(account.id), error=str(error))
        return SecondFactorNotSet()
    step = rules.totp_step(text, secret, now, last)
    return SignInRefused() if step is None else step


async def tokens(ctx: Context, person: Person, session_ends: datetime) -> SignedIn:
    """New tokens of a session; the refresh token never outlives it."""
    if person.session_id is None:
        raise ValueError("a session is needed")
    text = REFRESH_PREFIX + secrets.token_urlsafe(32)
    until = min(ctx.now + REFRESH_LIFE, session_ends)
    await sign_in.add_refresh_token(person.session_id, _hash(text), until)
    access, ends = await house().signing.sign(person.account_id, person.session_id, ctx.now)
    return SignedIn(access, ends, text, until, person_caller(person, ends, ctx.caller.address))


def person_caller(person: Person, expires_at: datetime, address: str | None) -> Caller:
    """The caller that a person with a session is."""
    return Caller(
        kind=person.kind,
        merchant_id=person.merchant_id,
        organisation_id=person.organisation_id,
        user_id=person.account_id,
        session_id=person.session_id,
        roles=frozenset(person.roles),
        scopes=scopes_of(roles(person.roles)),
        markets=person.markets,
        expires_at=expires_at,
        address=address,
        member_id=person.member_id,
        sites=person.sites,
    )


async def _revoke(account_id: UUID, now: datetime, session_id: UUID | None) -> int:
    ended = await sign_in.revoke_sessions(account_id, now, session_id)
    for each in ended:
        house().people.drop(each)
    return len(ended)


def closed_here() -> NotOffered | None:
    """Why people do not sign in at this server; None where they do."""
    here = house()
    if here.outside is not None:
        return NotOffered(here.outside.url)
    return None if here.mails else NotOffered(None)


def _address(text: str) -> str:
    address = places.email(text) if len(text) <= _LONGEST_TOKEN * 2 else None
    if address is None:
        raise BadInput("`email` is not an e-mail address.", argument="email")
    return address


def _hash(token: str) -> bytes:
    return hashlib.sha256(token[:_LONGEST_TOKEN].encode()).digest()


def too_many(wait: timedelta) -> TooMany:
    """The refusal of whoever must wait before the next try."""
    message = "Too many tries: wait a moment, then try again."
    return TooMany(message, reason="SIGN_IN_TOO_OFTEN", seconds=wait.total_seconds())
