"""Kinds and states of reports of a period.

Source: docs/rules/reports.md.
"""

from enum import StrEnum


class ReportKind(StrEnum):
    """What a report is of."""

    MARGIN = "MARGIN"
    LEVY = "LEVY"
    SELLERS = "SELLERS"


class ReportState(StrEnum):
    """Whether a report can be read yet."""

    REQUESTED = "REQUESTED"
    READY = "READY"
