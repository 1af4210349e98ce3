"""Where organisations' people sign in, and the memberships that such a sign-in gives."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import orjson

from domain.accounts.company_tokens import Colleague, CompanyIssuer
from domain.accounts.roles import CallerKind
from models.accounts import members, people, sign_in
from models.accounts.members import Member
from models.base import at_desk, execute, fetch, fetchval

_COLUMNS = "organisation_id, issuer, audience, domains, role_claim, claims::text AS claims"


@at_desk
async def named(issuer: str) -> list[CompanyIssuer] | None:
    """What is known of an issuer, by audience; None where nothing is."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM organisation_issuer WHERE issuer = $1 LIMIT 1000",  # noqa: S608
        issuer,
    )
    return [_issuer(row) for row in rows] or None


@at_desk
async def connect(of: CompanyIssuer) -> UUID | None:
    """Store an issuer of an organisation, or what is now said of it.

    None where another organisation has the same issuer with the same audience.
    """
    found: UUID | None = await fetchval(
        "INSERT INTO organisation_issuer AS i (organisation_id, issuer, audience, domains, "
        "role_claim, claims) VALUES ($1, $2, $3, $4, $5, $6::text::jsonb) "
        "ON CONFLICT (issuer, audience) DO UPDATE SET domains = excluded.domains, "
        "role_claim = excluded.role_claim, claims = excluded.claims "
        "WHERE i.organisation_id = excluded.organisation_id RETURNING id",
        of.organisation_id,
        of.issuer,
        of.audience,
        list(of.domains),
        of.role_claim,
        orjson.dumps(dict(of.claims)).decode(),
    )
    return found


@at_desk
async def disconnect(organisation_id: UUID, issuer: str) -> int:
    """Believe an issuer no more for an organisation; return how many rows that were."""
    return await execute(
        "DELETE FROM organisation_issuer WHERE organisation_id = $1 AND issuer = $2",
        organisation_id,
        issuer,
    )


@at_desk
async def enter(of: CompanyIssuer, who: Colleague) -> Member | None:
    """The membership of whom an issuer names, with the roles that it says; made at first sight.

    None for somebody whom the organisation removed, or who is known for another organisation.
    """
    owners = (None, of.organisation_id)
    account = await sign_in.outsider(
        of.issuer, who.subject, who.email, CallerKind.ORGANISATION, owners
    )
    if account.closed_at is not None or account.organisation_id != of.organisation_id:
        return None
    known: Sequence[asyncpg.Record] = await fetch(
        "SELECT roles, removed_at FROM organisation_member "
        "WHERE organisation_id = $1 AND account_id = $2",
        of.organisation_id,
        account.id,
    )
    if known and known[0]["removed_at"] is not None:
        return None
    said = sorted(who.roles)
    if not known or list(known[0]["roles"]) != said:
        await people.join(of.organisation_id, account.id, said)
    return await members.of_account(of.organisation_id, account.id)


def _issuer(row: asyncpg.Record) -> CompanyIssuer:
    return CompanyIssuer(
        row["organisation_id"],
        row["issuer"],
        row["audience"],
        tuple(row["domains"]),
        row["role_claim"],
        orjson.loads(row["claims"]),
    )
