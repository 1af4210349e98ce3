"""Who acts for an organisation, and who was asked to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from domain.accounts.organisations import Amount, Terms
from domain.accounts.roles import CallerKind, Role
from models.accounts import Account
from models.base import at_desk, execute, fetch, fetchrow, fetchval

_COLUMNS = (
    "m.id, m.organisation_id, m.account_id, m.roles, m.sites, m.limit_minor, m.limit_currency, "
    "m.version, m.created_at"
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who acts for an organisation."""

    id: UUID
    organisation_id: UUID
    account_id: UUID
    terms: Terms
    version: int
    created_at: datetime
    email: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody who was asked to join."""

    id: UUID
    organisation_id: UUID
    email: str
    language: str
    terms: Terms
    expires_at: datetime
    created_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None

    def open_at(self, now: datetime) -> bool:
        """Whether it may still be accepted."""
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Membership:
    """An organisation that a person acts for, and as what."""

    id: UUID
    organisation_id: UUID
    name: str
    roles: tuple[str, ...]


async def listed(organisation_id: UUID, before: UUID | None, limit: int) -> list[Member]:
    """The members of an organisation, newest first, with their addresses."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM organisation_member m "  # noqa: S608  # names of ours
        "WHERE m.organisation_id = $1 AND m.removed_at IS NULL "
        "AND ($2::uuid IS NULL OR m.id < $2) ORDER BY m.id DESC LIMIT $3",
        organisation_id,
        before,
        limit,
    )
    return await _with_addresses([_member(row) for row in rows])


async def one(organisation_id: UUID, member_id: UUID, *, lock: bool = False) -> Member | None:
    """A member of an organisation; None for any other."""
    row = await fetchrow(
        f"SELECT {_COLUMNS} FROM organisation_member m "  # noqa: S608  # names of ours
        "WHERE m.organisation_id = $1 AND m.id = $2 AND m.removed_at IS NULL"
        f"{' FOR UPDATE' * lock}",
        organisation_id,
        member_id,
    )
    return None if row is None else (await _with_addresses([_member(row)]))[0]


async def of_account(organisation_id: UUID, account_id: UUID) -> Member | None:
    """The membership of a person in an organisation."""
    row = await fetchrow(
        f"SELECT {_COLUMNS} FROM organisation_member m "  # noqa: S608  # names of ours
        "WHERE m.organisation_id = $1 AND m.account_id = $2 AND m.removed_at IS NULL",
        organisation_id,
        account_id,
    )
    return None if row is None else _member(row)


async def of_key(organisation_id: UUID, prefix: str) -> Member | None:
    """The membership of whoever made a key; None where that person has left."""
    row = await fetchrow(
        f"SELECT {_COLUMNS} FROM api_key k "  # noqa: S608  # names of ours
        "JOIN organisation_member m ON m.account_id = k.made_by "
        "AND m.organisation_id = k.organisation_id "
        "WHERE k.organisation_id = $1 AND k.prefix = $2 AND m.removed_at IS NULL",
        organisation_id,
        prefix,
    )
    return None if row is None else _member(row)


async def lock_all(organisation_id: UUID) -> None:
    """Let nobody else change who its administrators are until the transaction ends."""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 30))", str(organisation_id))


async def administrators(organisation_id: UUID, but: UUID | None = None) -> int:
    """How many administrators an organisation has, `but` one member."""
    found: int = await fetchval(
        "SELECT count(*) FROM organisation_member WHERE organisation_id = $1 "
        "AND removed_at IS NULL AND $2 = ANY (roles) AND id IS DISTINCT FROM $3",
        organisation_id,
        Role.ORG_ADMIN.value,
        but,
    )
    return found


async def count(organisation_id: UUID) -> int:
    """How many people act for an organisation, or were asked to and may still accept."""
    found: int = await fetchval(
        "SELECT (SELECT count(*) FROM organisation_member WHERE organisation_id = $1 "
        "AND removed_at IS NULL) + (SELECT count(*) FROM organisation_invitation "
        "WHERE organisation_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL)",
        organisation_id,
    )
    return found


async def join(organisation_id: UUID, account_id: UUID, terms: Terms) -> UUID:
    """Make somebody a member on these terms; who is one already has them from now on."""
    found: UUID = await fetchval(
        "INSERT INTO organisation_member AS m (organisation_id, account_id, roles, sites, "
        "limit_minor, limit_currency) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (organisation_id, account_id) DO UPDATE SET roles = excluded.roles, "
        "sites = excluded.sites, limit_minor = excluded.limit_minor, "
        "limit_currency = excluded.limit_currency, removed_at = NULL, "
        "version = m.version + 1, updated_at = now() RETURNING id",
        organisation_id,
        account_id,
        *_written(terms),
    )
    return found


async def change(member: Member, terms: Terms) -> None:
    """Write what a member may do from now on."""
    await execute(
        "UPDATE organisation_member SET roles = $2, sites = $3, limit_minor = $4, "
        "limit_currency = $5, version = version + 1, updated_at = now() WHERE id = $1",
        member.id,
        *_written(terms),
    )
    await _account_follows(member, terms.roles)


async def remove(member: Member, at: datetime) -> list[UUID]:
    """End a membership and what acts by it; return the sessions that ended.

    An account that was for this organisation alone is a customer's from now on.
    """
    await execute(
        "UPDATE organisation_member SET removed_at = $2, version = version + 1, "
        "updated_at = now() WHERE id = $1",
        member.id,
        at,
    )
    return await _leave(member, at)


@at_desk
async def _leave(member: Member, at: datetime) -> list[UUID]:
    alone = await execute(
        "UPDATE account SET kind = $3, roles = $4, organisation_id = NULL, updated_at = $5 "
        "WHERE id = $1 AND organisation_id = $2 AND issuer = ''",
        member.account_id,
        member.organisation_id,
        CallerKind.CUSTOMER.value,
        [Role.CUSTOMER.value],
        at,
    )
    rows = await fetch(
        "UPDATE session SET revoked_at = $3, updated_at = $3 WHERE account_id = $1 "
        "AND ($4 OR member_id = $2) AND revoked_at IS NULL AND expires_at > $3 RETURNING id",
        member.account_id,
        member.id,
        at,
        bool(alone),
    )
    return [row["id"] for row in rows]


@at_desk
async def _account_follows(member: Member, roles: Sequence[str]) -> None:
    """An account that is for this organisation alone has the roles of its membership."""
    await execute(
        "UPDATE account SET roles = $3, updated_at = now() "
        "WHERE id = $1 AND organisation_id = $2 AND issuer = ''",
        member.account_id,
        member.organisation_id,
        list(roles),
    )


@at_desk
async def _with_addresses(members: list[Member]) -> list[Member]:
    ids = [each.account_id for each in members]
    found = await Account.filter(id__in=ids).values_list("id", "email") if ids else []
    emails: dict[Any, Any] = dict(found)
    return [replace(each, email=emails.get(each.account_id, "")) for each in members]


@at_desk
async def memberships(account_id: UUID) -> list[Membership]:
    """The organisations that a person acts for, by name."""
    rows = await fetch(
        "SELECT m.id, m.organisation_id, o.name, m.roles FROM organisation_member m "
        "JOIN organisation o ON o.id = m.organisation_id "
        "WHERE m.account_id = $1 AND m.removed_at IS NULL ORDER BY o.name, m.id LIMIT 100",
        account_id,
    )
    return [
        Membership(row["id"], row["organisation_id"], row["name"], tuple(row["roles"]))
        for row in rows
    ]


_INVITATION = (
    "id, organisation_id, email, language, roles, sites, limit_minor, limit_currency, "
    "expires_at, created_at, accepted_at, revoked_at"
)


async def invite(
    organisation_id: UUID, email: str, language: str, terms: Terms, by: UUID | None, until: datetime
) -> UUID:
    """Write an invitation in the place of one to the same address; return its id."""
    await execute(
        "UPDATE organisation_invitation SET revoked_at = now() WHERE organisation_id = $1 "
        "AND email = $2 AND accepted_at IS NULL AND revoked_at IS NULL",
        organisation_id,
        email,
    )
    made: UUID = await fetchval(
        "INSERT INTO organisation_invitation (organisation_id, email, language, invited_by, "
        "expires_at, roles, sites, limit_minor, limit_currency) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        organisation_id,
        email,
        language,
        by,
        until,
        *_written(terms),
    )
    return made


async def invitations(organisation_id: UUID, before: UUID | None, limit: int) -> list[Invitation]:
    """The invitations of an organisation that nobody accepted or took back, newest first."""
    rows = await fetch(
        f"SELECT {_INVITATION} FROM organisation_invitation "  # noqa: S608  # names of ours
        "WHERE organisation_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL "
        "AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        organisation_id,
        before,
        limit,
    )
    return [_invitation(row) for row in rows]


async def invitation(invitation_id: UUID, *, lock: bool = False) -> Invitation | None:
    """An invitation by its id, among those that the transaction sees."""
    row = await fetchrow(
        f"SELECT {_INVITATION} FROM organisation_invitation "  # noqa: S608  # names of ours
        f"WHERE id = $1{' FOR UPDATE' * lock}",
        invitation_id,
    )
    return None if row is None else _invitation(row)


async def end_invitation(invitation_id: UUID, *, accepted: bool, at: datetime) -> None:
    """Note that an invitation was accepted, or taken back."""
    column = "accepted_at" if accepted else "revoked_at"
    await execute(
        f"UPDATE organisation_invitation SET {column} = $2 WHERE id = $1",  # noqa: S608  # ours
        invitation_id,
        at,
    )


def _written(terms: Terms) -> tuple[Any, ...]:
    sites = None if terms.sites is None else list(terms.sites)
    limit = terms.limit
    return list(terms.roles), sites, limit and limit.minor, limit and limit.currency


def _terms(row: asyncpg.Record) -> Terms:
    minor = row["limit_minor"]
    return Terms(
        tuple(row["roles"]),
        None if row["sites"] is None else tuple(row["sites"]),
        None if minor is None else Amount(minor, row["limit_currency"]),
    )


def _member(row: asyncpg.Record) -> Member:
    return Member(
        row["id"],
        row["organisation_id"],
        row["account_id"],
        _terms(row),
        row["version"],
        row["created_at"],
    )


def _invitation(row: asyncpg.Record) -> Invitation:
    return Invitation(
        row["id"],
        row["organisation_id"],
        row["email"],
        row["language"],
        _terms(row),
        row["expires_at"],
        row["created_at"],
        row["accepted_at"],
        row["revoked_at"],
    )
