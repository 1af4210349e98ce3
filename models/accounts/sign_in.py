"""Codes, failures, accounts and sessions: what a sign-in reads and writes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.accounts.roles import CallerKind, Role
from domain.accounts.sign_in import COUNTED_FOR, Tally
from models.accounts import Account, RefreshToken, Session, SignInCode, SignInFailure
from models.base import at_desk, execute, fetch, fetchrow, new_id

CODES_KEPT = timedelta(days=1)
SESSIONS_KEPT = timedelta(days=30)

_TALLIES = """
SELECT count(*) FILTER (WHERE email = $1) AS mine, max({at}) FILTER (WHERE email = $1) AS my_last,
       count(*) FILTER (WHERE place = $2) AS here, max({at}) FILTER (WHERE place = $2) AS here_last
FROM {table} WHERE (email = $1 OR place = $2) AND {at} > $3
"""
_FAILURES = _TALLIES.format(table="sign_in_failure", at="at")
_CODES = _TALLIES.format(table="sign_in_code", at="asked_at")


@dataclass(frozen=True, slots=True)
class Tallies:
    """What an address and a place did in the last 15 minutes."""

    address: Tally
    place: Tally


@dataclass(frozen=True, slots=True)
class Person:
    """A session that lasts, and whose it is.

    Of one that acts for an organisation `member_id` is the membership, and `sites` are those that
    it is limited to; None is all of them.
    """

    session_id: UUID | None
    account_id: UUID
    kind: CallerKind
    roles: tuple[str, ...]
    merchant_id: UUID | None
    organisation_id: UUID | None
    markets: frozenset[str] | None
    member_id: UUID | None = None
    sites: frozenset[UUID] | None = None


@at_desk
async def failures(email: str, place: str, now: datetime) -> Tallies:
    """The failed sign-ins for an address, and from a place."""
    return await _tallies(_FAILURES, email, place, now)


@at_desk
async def codes(email: str, place: str, now: datetime) -> Tallies:
    """The codes that were asked for an address, and from a place."""
    return await _tallies(_CODES, email, place, now)


async def _tallies(sql: str, email: str, place: str, now: datetime) -> Tallies:
    row = await fetchrow(sql, email, place, now - COUNTED_FOR)
    if row is None:
        return Tallies(Tally(0, None), Tally(0, None))
    return Tallies(Tally(row["mine"], row["my_last"]), Tally(row["here"], row["here_last"]))


@at_desk
async def fail(email: str, place: str, at: datetime) -> None:
    """Count a sign-in that failed."""
    await SignInFailure.create(email=email, place=place, at=at)


@at_desk
async def lock_code(code_id: UUID, email: str) -> SignInCode | None:
    """A challenge for this address, locked: tries of one code stand in a row."""
    return await SignInCode.filter(id=code_id, email=email).select_for_update().first()


@at_desk
async def customer(email: str, language: str) -> Account:
    """The account of an address; a customer's, made now, where there is none. It is locked."""
    sql = """
        INSERT INTO account (id, created_at, updated_at, issuer, subject, email, kind, roles,
          language)
        VALUES ($1, now(), now(), '', $2, $2, $3, $4, $5) ON CONFLICT DO NOTHING
        """
    roles = [Role.CUSTOMER.value]
    await execute(sql, new_id(), email, CallerKind.CUSTOMER.value, roles, language)
    return await Account.filter(issuer="", subject=email).select_for_update().get()


@at_desk
async def outsider(
    issuer: str, subject: str, email: str, kind: CallerKind, owners: tuple[UUID | None, UUID | None]
) -> Account:
    """The account of an outside issuer's subject, made at first sight."""
    sql = """
        INSERT INTO account (id, created_at, updated_at, issuer, subject, email, kind, roles,
          merchant_id, organisation_id, language)
        VALUES ($1, now(), now(), $2, $3, $4, $5, '{}', $6, $7, 'en') ON CONFLICT DO NOTHING
        """
    found = await Account.get_or_none(issuer=issuer, subject=subject)
    if found is None:
        await execute(sql, new_id(), issuer, subject, email, kind.value, *owners)
        found = await Account.get(issuer=issuer, subject=subject)
    return found


@at_desk
async def account(account_id: UUID) -> Account | None:
    """An account by its id."""
    return await Account.get_or_none(id=account_id)


@at_desk
async def open_session(of: Account, expires_at: datetime, member_id: UUID | None = None) -> Session:
    """Begin a session of an account, for itself or by a membership of its."""
    return await Session.create(account=of, expires_at=expires_at, member_id=member_id)


@at_desk
async def lock_account(account_id: UUID) -> Account | None:
    """An account, locked until the transaction ends."""
    return await Account.filter(id=account_id).select_for_update().first()


@at_desk
async def session(session_id: UUID) -> Session | None:
    """A session by its id."""
    return await Session.get_or_none(id=session_id)


@at_desk
async def add_refresh_token(session_id: UUID, sha256: bytes, expires_at: datetime) -> None:
    """Store the hash of a token that renews the session once."""
    await RefreshToken.create(session_id=session_id, sha256=sha256, expires_at=expires_at)


@at_desk
async def lock_refresh_token(sha256: bytes) -> RefreshToken | None:
    """The token with this hash, locked: of two uses at once the second sees the first."""
    return await RefreshToken.filter(sha256=sha256).select_for_update().first()


@at_desk
async def person(session_id: UUID, now: datetime) -> Person | None:
    """Whose session this is; None where it ended, was revoked, or its account is closed."""
    row = await fetchrow(
        """
        SELECT a.id, a.kind, a.roles, a.merchant_id, a.organisation_id, a.markets,
          m.id AS member_id, m.organisation_id AS acts_for, m.roles AS held, m.sites
        FROM session s JOIN account a ON a.id = s.account_id
        LEFT JOIN organisation_member m ON m.account_id = a.id AND m.removed_at IS NULL
          AND CASE WHEN s.member_id IS NULL THEN m.organisation_id = a.organisation_id
            ELSE m.id = s.member_id END
        WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND a.closed_at IS NULL
          AND (s.member_id IS NULL OR m.id IS NOT NULL)
        """,
        session_id,
        now,
    )
    if row is None:
        return None
    if row["member_id"] is not None:
        return Person(
            session_id,
            row["id"],
            CallerKind.ORGANISATION,
            tuple(row["held"]),
            None,
            row["acts_for"],
            None,
            row["member_id"],
            None if row["sites"] is None else frozenset(row["sites"]),
        )
    return Person(
        session_id,
        row["id"],
        CallerKind(row["kind"]),
        tuple(row["roles"]),
        row["merchant_id"],
        row["organisation_id"],
        None if row["markets"] is None else frozenset(row["markets"]),
    )


@at_desk
async def revoke_sessions(
    account_id: UUID, at: datetime, session_id: UUID | None = None
) -> list[UUID]:
    """End one session of an account, or all of them; return which had not ended before."""
    rows = await fetch(
        """
        UPDATE session SET revoked_at = $2, updated_at = $2
        WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2
          AND ($3::uuid IS NULL OR id = $3) RETURNING id
        """,
        account_id,
        at,
        session_id,
    )
    return [row["id"] for row in rows]


@at_desk
async def forget(now: datetime) -> int:
    """Delete codes and failures after a day, ended sessions after 30; return how many rows."""
    gone = await execute("DELETE FROM sign_in_code WHERE asked_at < $1", now - CODES_KEPT)
    gone += await execute("DELETE FROM sign_in_failure WHERE at < $1", now - CODES_KEPT)
    return gone + await execute(
        "DELETE FROM session WHERE least(expires_at, revoked_at) < $1", now - SESSIONS_KEPT
    )
