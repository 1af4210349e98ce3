"""What buyers say of what they received: once for each line, and only when it was delivered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.base import fetchrow
from models.quality import SQL


@dataclass(frozen=True, slots=True)
class Review:
    """A buyer's word on a line. Units: 1 to 5 stars."""

    id: UUID
    line_id: UUID
    stars: int
    text: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewedBefore:
    """The line has a review, which stays."""

    review_id: UUID


class NotDelivered:
    """The line was not delivered, so nobody can judge it yet."""


async def review(
    line_id: UUID, customer_id: UUID, stars: int, text: str | None, at: datetime
) -> Review | ReviewedBefore | NotDelivered | None:
    """Add a review in the current transaction of the customer; None for a line of nobody's.

    Refuses: a line that was not delivered, or has a review.
    """
    made = await fetchrow(SQL["add_review"], line_id, customer_id, stars, text, at)
    if made is not None:
        return Review(**made)
    line = await fetchrow(SQL["reviewable"], line_id, customer_id)
    if line is None:
        return None
    if not line["delivered"]:
        return NotDelivered()
    before = await of_line(line_id)
    return None if before is None else ReviewedBefore(before.id)


async def of_line(line_id: UUID) -> Review | None:
    """The review of a line that the caller may see; None where there is none."""
    row = await fetchrow(SQL["review_of"], line_id)
    return None if row is None else Review(**row)
