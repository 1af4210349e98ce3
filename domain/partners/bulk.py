"""Bulk operations: one document over many lines, or a whole list; their states and bounds.

Source: docs/api.md, "Bulk".
"""

from enum import StrEnum
from typing import Final

from domain.accounts.roles import MERCHANT_SCOPES, ORGANISATION_SCOPES

RUNNING_AT_ONCE: Final = 5
MOST_WAITING: Final = 100
MOST_LINES: Final = 2_000_000
MOST_LINE_BYTES: Final = 256 * 1024
KEPT_DAYS: Final = 30
PAGE: Final = 100
SCOPES: Final = MERCHANT_SCOPES - ORGANISATION_SCOPES
"""Any of these, which merchants alone have, opens bulk operations; a document asks for its own."""


class BulkKind(StrEnum):
    """What is done many times: a mutation for each line of a file, or a list page by page."""

    MUTATION = "MUTATION"
    QUERY = "QUERY"


class BulkState(StrEnum):
    """Where a bulk operation stands. `RUNNING` has one of its merchant's places."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def final(self) -> bool:
        """Whether nothing of the operation can change any more."""
        return self in {BulkState.COMPLETED, BulkState.FAILED, BulkState.CANCELLED}


class BulkCode(StrEnum):
    """Why a bulk operation failed, beside the codes of errors."""

    FILE_NOT_KEPT = "FILE_NOT_KEPT"
    GIVEN_UP = "GIVEN_UP"


class LineReason(StrEnum):
    """Why a line was not run, beside the reasons of errors."""

    LINE_TOO_LARGE = "LINE_TOO_LARGE"
    NOT_JSON = "NOT_JSON"
    NOT_AN_OBJECT = "NOT_AN_OBJECT"
    DONE_UNTOLD = "DONE_UNTOLD"


def key_of_line(operation: str, line: int) -> str:
    """The idempotency key of a line: the same however often the line is run."""
    return f"bulk:{operation}:{line}"
