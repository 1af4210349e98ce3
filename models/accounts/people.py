"""Accounts that an operator enters."""

from collections.abc import Sequence
from uuid import UUID

from domain.accounts.roles import Role, kind_of
from models.accounts import Account, Organisation
from models.base import at_desk, fetch, fetchval
from models.vault import Cell


@at_desk
async def enter(
    email: str,
    roles: frozenset[Role],
    *,
    merchant_id: UUID | None = None,
    organisation_id: UUID | None = None,
    markets: list[str] | None = None,
) -> Account:
    """Write an account, or give the one that is there these roles and no other.

    Raises: ValueError for roles of two kinds; IntegrityError for a kind without its owner.
    """
    kind = kind_of(roles)
    if kind is None:
        raise ValueError("the roles belong to different kinds of callers")
    facts = {
        "kind": kind,
        "roles": sorted(roles),
        "merchant_id": merchant_id,
        "organisation_id": organisation_id,
        "markets": markets,
        "email": email,
    }
    account, _ = await Account.update_or_create(facts, issuer="", subject=email)
    if organisation_id is not None:
        await join(organisation_id, account.id, sorted(roles))
    return account


@at_desk
async def join(organisation_id: UUID, account_id: UUID, roles: Sequence[str]) -> UUID:
    """Make somebody a member with these roles, or give the member these; the membership's id."""
    found: UUID = await fetchval(
        "INSERT INTO organisation_member AS m (organisation_id, account_id, roles) "
        "VALUES ($1, $2, $3) ON CONFLICT (organisation_id, account_id) DO UPDATE "
        "SET roles = excluded.roles, removed_at = NULL, version = m.version + 1, "
        "updated_at = now() RETURNING id",
        organisation_id,
        account_id,
        list(roles),
    )
    return found


@at_desk
async def organisation(slug: str, name: str) -> Organisation:
    """The organisation with this slug, made now where there is none."""
    found, _ = await Organisation.get_or_create({"name": name}, slug=slug)
    return found


@at_desk
async def told_of_endpoints(
    merchant_id: UUID | None, organisation_id: UUID | None
) -> list[Account]:
    """Who answers for the endpoints of a merchant, or of an organisation: it has administrators."""
    if merchant_id is not None:
        return await owners_of(merchant_id)
    rows = await fetch(
        "SELECT account_id FROM organisation_member WHERE organisation_id = $1 "
        "AND $2 = ANY (roles) AND removed_at IS NULL",
        organisation_id,
        Role.ORG_ADMIN.value,
    )
    known = [row["account_id"] for row in rows]
    return await Account.filter(id__in=known, closed_at=None, email__not="").order_by("id")


@at_desk
async def organisation_of(organisation_id: UUID) -> Organisation:
    """An organisation, by its id. Raises: tortoise.exceptions.DoesNotExist."""
    return await Organisation.get(id=organisation_id)


def cell(account: Account) -> Cell:
    """Where the secret of an account's second factor stands."""
    return Cell("account", "second_factor", account.id)


@at_desk
async def owners_of(merchant_id: UUID) -> list[Account]:
    """The people who own a merchant and can be written to."""
    return await Account.filter(
        merchant_id=merchant_id,
        roles__contains=[Role.MERCHANT_OWNER.value],
        closed_at=None,
        email__not="",
    ).order_by("id")
