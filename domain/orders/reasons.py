"""Why lines are refused and cancelled: closed lists of codes, and what each does.

Source: docs/orders.md, "Cancellation".
"""

from enum import StrEnum
from typing import Final


class RefusalReason(StrEnum):
    """Why a merchant does not accept a line."""

    OUT_OF_STOCK = "OUT_OF_STOCK"
    DEVICE_FAILED_TESTS = "DEVICE_FAILED_TESTS"
    PRICE_MISTAKE = "PRICE_MISTAKE"
    ADDRESS_NOT_SERVED = "ADDRESS_NOT_SERVED"
    SUSPECTED_FRAUD = "SUSPECTED_FRAUD"
    OTHER = "OTHER"


class CancelReason(StrEnum):
    """Why an accepted line is not shipped; `CUSTOMER_ASKED` is what a merchant agreed to."""

    OUT_OF_STOCK = "OUT_OF_STOCK"
    DEVICE_FAILED_TESTS = "DEVICE_FAILED_TESTS"
    CANNOT_DELIVER = "CANNOT_DELIVER"
    CUSTOMER_ASKED = "CUSTOMER_ASKED"
    CUSTOMER_WITHDREW = "CUSTOMER_WITHDREW"
    NOT_ACCEPTED_IN_TIME = "NOT_ACCEPTED_IN_TIME"
    NOT_SHIPPED = "NOT_SHIPPED"
    OTHER = "OTHER"


NOT_THERE: Final = frozenset({RefusalReason.OUT_OF_STOCK, RefusalReason.DEVICE_FAILED_TESTS})
"""Reasons that say that the piece is no stock: it is not offered again."""

BY_MERCHANT: Final = frozenset(
    {
        CancelReason.OUT_OF_STOCK,
        CancelReason.DEVICE_FAILED_TESTS,
        CancelReason.CANNOT_DELIVER,
        CancelReason.OTHER,
    }
)
"""What a merchant may name. All of them count against it."""


def still_there(reason: str) -> bool:
    """Whether the piece of a line that ends for this reason can be sold to others."""
    return reason not in {each.value for each in NOT_THERE}
