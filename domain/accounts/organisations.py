"""Organisations: numbers for VAT, roles of members, when pickups may come, who may approve.

Source: docs/organisations.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from uuid import UUID

from stdnum.ch import vat as switzerland
from stdnum.eu import vat as union
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as britain
from stdnum.no import mva as norway

from domain.accounts.roles import Role

INVITED_FOR: Final = timedelta(days=14)
APPROVAL_LASTS: Final = timedelta(days=14)
INVITATION: Final = "invitation of an organisation"  # purpose of the secret that makes the links
MOST_ORGANISATIONS: Final = 10
MOST_SITES: Final = 500
MOST_MEMBERS: Final = 1_000

_UNION: Final = frozenset(
    ("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK").split()  # noqa: SIM905
)
_WRITTEN: Final = {"GR": "EL", "CH": "CHE"}
_ELSEWHERE: Final = {"GB": britain, "CH": switzerland, "NO": norway}
_LONGEST: Final = 20

MEMBER_ROLES: Final = frozenset(
    {
        Role.ORG_ADMIN,
        Role.ORG_REQUESTER,
        Role.ORG_APPROVER,
        Role.ORG_FINANCE,
        Role.ORG_AUDITOR,
    }
)
"""What an organisation gives its members itself; the other roles are the operator's to give."""
APPROVERS: Final = frozenset({Role.ORG_ADMIN, Role.ORG_APPROVER})


def vat_id(text: str, country: str) -> str | None:
    """A VAT number as it is written there, without separators; None for one that cannot be.

    The prefix of the country may be left out. Of countries of the Union, GB, CH and NO the form
    and the check digits are judged, offline; a number that passes may still be nobody's.
    """
    typed = "".join(c for c in text.upper() if c.isascii() and c.isalnum())
    if not 0 < len(typed) <= _LONGEST:
        return None
    if country not in _UNION and country not in _ELSEWHERE:
        return typed
    prefix = _WRITTEN.get(country, country)
    if typed.startswith(country) and prefix == "EL":
        typed = typed[2:]
    bare = typed.removeprefix(prefix)
    try:
        if country in _UNION:
            found: str = union.validate(prefix + bare)
        elif country == "NO":
            found = norway.validate(bare)
        else:
            found = _ELSEWHERE[country].validate(prefix + bare if country == "CH" else bare)
    except ValidationError:
        return None
    return found if found.startswith(prefix) else prefix + found


def fit_together(roles: Iterable[Role]) -> bool:
    """Whether one member may have these roles: an auditor has no other, for it only reads."""
    held = frozenset(roles)
    alone = Role.ORG_AUDITOR not in held or len(held) == 1
    return bool(held) and held <= MEMBER_ROLES and alone


class Because(StrEnum):
    """Why somebody else must agree."""

    LIMIT = "LIMIT"
    FOUR_EYES = "FOUR_EYES"


class ApprovalState(StrEnum):
    """Where an approval stands. `USED`: the change that needed it was made."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    USED = "USED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money. Units: minor units of the currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a member may do: its roles, in which sites, up to what. None: all sites, no limit."""

    roles: tuple[str, ...]
    sites: tuple[UUID, ...] | None = None
    limit: Amount | None = None


def within(limit: Amount | None, amount: Amount | None) -> bool:
    """Whether an amount is within a limit; None is no limit. Another currency never is."""
    if limit is None or amount is None:
        return True
    return limit.currency == amount.currency and amount.minor <= limit.minor


@dataclass(frozen=True, slots=True)
class Opening:
    """When pickups may come on a weekday, 1 Monday to 7 Sunday, in the site's own time."""

    weekday: int
    opens: time
    closes: time


def openings_clash(hours: Sequence[Opening]) -> bool:
    """Whether one is no time of a week, or two of a day overlap."""
    for each in hours:
        if not 1 <= each.weekday <= 7 or each.opens >= each.closes:
            return True
    ordered = sorted((each.weekday, each.opens, each.closes) for each in hours)
    pairs = pairwise(ordered)
    return any(one[0] == two[0] and two[1] < one[2] for one, two in pairs)
