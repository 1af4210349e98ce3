"""Accounts that an operator enters."""

from uuid import UUID

from domain.accounts.roles import Role, kind_of
from models.accounts import Account, Organisation
from models.base import at_desk
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
    return account


@at_desk
async def organisation(slug: str, name: str) -> Organisation:
    """The organisation with this slug, made now where there is none."""
    found, _ = await Organisation.get_or_create({"name": name}, slug=slug)
    return found


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
