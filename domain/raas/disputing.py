"""What one side of a lot may not agree to, and how that ends.

Source: docs/fleets.md, "Disputes".
"""

from enum import StrEnum


class About(StrEnum):
    """What is disputed."""

    RECONCILIATION = "RECONCILIATION"
    SETTLEMENT = "SETTLEMENT"


class DisputeState(StrEnum):
    """Where a dispute stands; `UPHELD` is for the organisation, `REJECTED` for the merchant."""

    OPEN = "OPEN"
    CONTESTED = "CONTESTED"
    UPHELD = "UPHELD"
    REJECTED = "REJECTED"


class DecidedBy(StrEnum):
    """Who ended a dispute."""

    MERCHANT = "MERCHANT"
    RULE = "RULE"
    STAFF = "STAFF"
