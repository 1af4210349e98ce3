"""By which terms a market buys devices of people, from a day on.

Source: docs/rules/trade-in.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

EVERY_CATEGORY: Final = "*"
ADULT: Final = 18


class IdentityDocument(StrEnum):
    """What a person may have to show before being paid."""

    PASSPORT = "PASSPORT"
    ID_FRONT = "ID_FRONT"
    ID_BACK = "ID_BACK"
    DRIVING_LICENCE_FRONT = "DRIVING_LICENCE_FRONT"
    DRIVING_LICENCE_BACK = "DRIVING_LICENCE_BACK"
    BANK_STATEMENT = "BANK_STATEMENT"


class ProgrammeStatus(StrEnum):
    """Whether the terms were compared with their source."""

    VERIFIED = "VERIFIED"
    UNVERIFIED = "UNVERIFIED"


@dataclass(frozen=True, slots=True)
class Programme:
    """The terms of a category, or of every one (`*`), in a market from a day on.

    Units: `quote_days`, `label_days` and `decision_days` are calendar days: how long a quote
    stands, how long a label may wait for its parcel, how long a person has to answer a
    counter-offer or a suspension; an inspection takes `inspection_business_days` of the merchant.
    """

    market: str
    category: str
    valid_from: date
    revision: int
    open: bool
    minimum_age: int
    identity_documents: tuple[IdentityDocument, ...]
    quote_days: int
    label_days: int
    decision_days: int
    inspection_business_days: int
    source: str
    status: ProgrammeStatus


class ProgrammeFault(StrEnum):
    """What is wrong with terms that staff want."""

    AGE_TOO_LOW = "AGE_TOO_LOW"
    DAYS_INVALID = "DAYS_INVALID"
    SOURCE_REQUIRED = "SOURCE_REQUIRED"
    CATEGORY_UNKNOWN = "CATEGORY_UNKNOWN"
    VALID_FROM_PAST = "VALID_FROM_PAST"


def fault_of(wanted: Programme, today: date) -> ProgrammeFault | None:
    """Why terms cannot be set; None where they can. What was in force stays as it was."""
    days = (wanted.quote_days, wanted.label_days, wanted.decision_days)
    if wanted.minimum_age < ADULT or wanted.minimum_age > 99:
        return ProgrammeFault.AGE_TOO_LOW
    if not all(1 <= each <= 90 for each in days):
        return ProgrammeFault.DAYS_INVALID
    if not 1 <= wanted.inspection_business_days <= 30:
        return ProgrammeFault.DAYS_INVALID
    if not wanted.source.strip():
        return ProgrammeFault.SOURCE_REQUIRED
    return ProgrammeFault.VALID_FROM_PAST if wanted.valid_from < today else None


def in_force(rows: Iterable[Programme], market: str, category: str, on: date) -> Programme | None:
    """The terms of a day: the category's own before those of every one, then the latest.

    None where a market never began: then nothing is bought there.
    """
    held = [
        row
        for row in rows
        if row.market == market
        and row.category in {category, EVERY_CATEGORY}
        and row.valid_from <= on
    ]
    return max(
        held,
        key=lambda row: (row.category != EVERY_CATEGORY, row.valid_from, row.revision),
        default=None,
    )
