"""Who may ask: kinds of callers, their roles, and the scopes that a role opens.

Source: docs/rules/identity.md, "Roles".
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class CallerKind(StrEnum):
    """On whose behalf a request is made."""

    ANONYMOUS = "ANONYMOUS"
    CUSTOMER = "CUSTOMER"
    MERCHANT = "MERCHANT"
    ORGANISATION = "ORGANISATION"
    STAFF = "STAFF"


class Role(StrEnum):
    """What a person may do. Every role belongs to one kind of caller."""

    CUSTOMER = "CUSTOMER"
    MERCHANT_OWNER = "MERCHANT_OWNER"
    MERCHANT_OPS = "MERCHANT_OPS"
    MERCHANT_CARE = "MERCHANT_CARE"
    MERCHANT_FINANCE = "MERCHANT_FINANCE"
    REPAIRER = "REPAIRER"
    BRAND = "BRAND"
    ORG_ADMIN = "ORG_ADMIN"
    ORG_REQUESTER = "ORG_REQUESTER"
    ORG_APPROVER = "ORG_APPROVER"
    ORG_FINANCE = "ORG_FINANCE"
    ORG_AUDITOR = "ORG_AUDITOR"
    ECO_ORGANISATION = "ECO_ORGANISATION"
    OPERATOR = "OPERATOR"
    RECYCLER = "RECYCLER"
    REFINER = "REFINER"
    REUSE_NETWORK = "REUSE_NETWORK"
    COUNTRY_TEAM = "COUNTRY_TEAM"
    ACCOUNT_MANAGER = "ACCOUNT_MANAGER"
    LAB = "LAB"
    AUDITOR = "AUDITOR"
    MISSION_COMMITTEE = "MISSION_COMMITTEE"
    STAFF_ADMIN = "STAFF_ADMIN"
    STAFF_MODERATION = "STAFF_MODERATION"
    STAFF_DECISIONS = "STAFF_DECISIONS"
    STAFF_FINANCE = "STAFF_FINANCE"
    STAFF_SUPPORT = "STAFF_SUPPORT"


_KINDS: Final[Mapping[CallerKind, str]] = {
    CallerKind.CUSTOMER: "CUSTOMER",
    CallerKind.MERCHANT: (
        "MERCHANT_OWNER MERCHANT_OPS MERCHANT_CARE MERCHANT_FINANCE REPAIRER BRAND"
    ),
    CallerKind.ORGANISATION: (
        "ORG_ADMIN ORG_REQUESTER ORG_APPROVER ORG_FINANCE ORG_AUDITOR ECO_ORGANISATION OPERATOR "
        "RECYCLER REFINER REUSE_NETWORK"
    ),
    CallerKind.STAFF: (
        "COUNTRY_TEAM ACCOUNT_MANAGER LAB AUDITOR MISSION_COMMITTEE STAFF_ADMIN STAFF_MODERATION "
        "STAFF_DECISIONS STAFF_FINANCE STAFF_SUPPORT"
    ),
}
KIND_OF: Final[Mapping[Role, CallerKind]] = {
    Role(name): kind for kind, names in _KINDS.items() for name in names.split()
}
SECOND_FACTOR: Final = frozenset(
    {Role.ORG_ADMIN, *(role for role, kind in KIND_OF.items() if kind is CallerKind.STAFF)}
)
"""Roles that a mailed code alone does not open."""

KEYS_WRITE: Final = "keys:write"
KEYS_READ: Final = "keys:read"
SCHEMA_READ: Final = "schema:read"
AUDIT_READ: Final = "audit:read"
APPROVALS_READ: Final = "approvals:read"
APPROVALS_WRITE: Final = "approvals:write"
MEMBERS_READ: Final = "members:read"
MEMBERS_WRITE: Final = "members:write"

_BOTH: Final = ("read", "write")


def _scopes(*areas: str, verbs: Iterable[str] = _BOTH) -> frozenset[str]:
    return frozenset(f"{area}:{verb}" for area in areas for verb in verbs)


MERCHANT_SCOPES: Final = _scopes(
    *("feeds", "offers", "orders", "shipments", "cases", "trade_in", "lots", "webhooks")
) | {"quality:read", "finance:read", AUDIT_READ, KEYS_READ, SCHEMA_READ}
"""What a merchant's API key may hold."""

ORGANISATION_SCOPES: Final = _scopes(*("fleets", "lots", "purchases", "members", "webhooks")) | {
    "finance:read",
    "reports:read",
    APPROVALS_READ,
    AUDIT_READ,
    KEYS_READ,
    SCHEMA_READ,
}
"""What an organisation's API key may hold."""

_EVERYBODY: Final = frozenset({MEMBERS_READ, APPROVALS_READ})
"""What every member of an organisation may read."""

_OPENS: Final[Mapping[Role, frozenset[str]]] = {
    Role.MERCHANT_OWNER: MERCHANT_SCOPES | {KEYS_WRITE},
    Role.MERCHANT_OPS: _scopes("feeds", "offers", "orders", "shipments", "trade_in", "lots")
    | {"quality:read"},
    Role.MERCHANT_CARE: _scopes("cases") | {"orders:read", "shipments:read"},
    Role.MERCHANT_FINANCE: frozenset({"finance:read", "orders:read"}),
    Role.ORG_ADMIN: ORGANISATION_SCOPES | {KEYS_WRITE, APPROVALS_WRITE},
    Role.ORG_REQUESTER: _scopes("fleets", "lots", "purchases") | _EVERYBODY,
    Role.ORG_APPROVER: _scopes("lots", "purchases") | _EVERYBODY | {"fleets:read", APPROVALS_WRITE},
    Role.ORG_FINANCE: _EVERYBODY | {"finance:read", "purchases:read", "reports:read"},
    Role.ORG_AUDITOR: frozenset(s for s in ORGANISATION_SCOPES if s.endswith(":read")),
}


def roles(texts: Iterable[str]) -> frozenset[Role]:
    """The roles among these words; a word that is none is left out: it opens nothing."""
    return frozenset(Role(text) for text in texts if text in Role.__members__)


def kind_of(held: Iterable[Role]) -> CallerKind | None:
    """The one kind of caller that these roles belong to; None for no role and for a mixture."""
    kinds = {KIND_OF[role] for role in held}
    return kinds.pop() if len(kinds) == 1 else None


def scopes_of(held: Iterable[Role]) -> frozenset[str]:
    """The scopes that a person with these roles has. Staff act by role, not by scope."""
    return frozenset().union(*(_OPENS.get(role, frozenset()) for role in held))


def needs_second_factor(held: Iterable[Role]) -> bool:
    """Whether a person with these roles must show more than a mailed code."""
    return not SECOND_FACTOR.isdisjoint(held)
