"""A product that the catalogue does not know: where a proposal of it stands, and by when.

Source: docs/catalogue.md, "Proposals".
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final


class ProposalState(StrEnum):
    """Where a proposal stands. `PUBLISHED` made a variant, `MERGED` found it to be there."""

    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    PUBLISHED = "PUBLISHED"
    MERGED = "MERGED"
    REJECTED = "REJECTED"


class RejectionReason(StrEnum):
    """Why a proposal is not taken into the catalogue."""

    MISSING_REQUIREMENTS = "MISSING_REQUIREMENTS"
    DOES_NOT_EXIST = "DOES_NOT_EXIST"
    NOT_ALLOWED = "NOT_ALLOWED"
    NO_LONGER_SOLD = "NO_LONGER_SOLD"
    PROPERTY_NOT_ALLOWED = "PROPERTY_NOT_ALLOWED"


PROPOSAL_MOVES: Final[Mapping[ProposalState, frozenset[ProposalState]]] = {
    ProposalState.SUBMITTED: frozenset({ProposalState.IN_REVIEW}),
    ProposalState.IN_REVIEW: frozenset(
        {ProposalState.PUBLISHED, ProposalState.MERGED, ProposalState.REJECTED}
    ),
}
OPEN: Final = frozenset({ProposalState.SUBMITTED, ProposalState.IN_REVIEW})

DUE_WITHIN: Final = timedelta(hours=12)
"""Working hours in which a proposal is answered."""
OPENS: Final = time(9)
CLOSES: Final = time(18)
_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)


def _day(at: datetime) -> tuple[datetime, datetime]:
    """When work begins and ends on the day of a moment, in its zone; on a weekend, at once."""
    opens = datetime.combine(at.date(), OPENS, at.tzinfo)
    closes = datetime.combine(at.date(), CLOSES, at.tzinfo)
    return opens, closes if at.weekday() < _SATURDAY else opens


def due_at(begun: datetime, work: timedelta = DUE_WITHIN) -> datetime:
    """The moment by which so much working time has passed: Monday to Friday, 9 to 18.

    Shapes: `begun` is in the zone whose days count. Public holidays count as days.
    """
    at, left = begun, work
    while True:
        opens, closes = _day(at)
        start = max(at, opens)
        if start < closes and left <= closes - start:
            return start + left
        left -= max(closes - start, timedelta())
        at = datetime.combine(at.date() + _DAY, time(), at.tzinfo)


def working_time(begun: datetime, ended: datetime) -> timedelta:
    """How much working time lies between two moments of one zone; negative if they are turned."""
    if ended < begun:
        return -working_time(ended, begun)
    at, found = begun, timedelta()
    while at < ended:
        opens, closes = _day(at)
        found += max(min(closes, ended) - max(at, opens), timedelta())
        at = datetime.combine(at.date() + _DAY, time(), at.tzinfo)
    return found
