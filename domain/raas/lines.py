"""What becomes of each line of a file that declares a fleet, and how an import may move.

Source: docs/fleets.md, "Outcomes".
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

MOST_LINES: Final = 100_000


class FleetOutcome(StrEnum):
    """What became of a line: each has exactly one."""

    ACCEPTED = "ACCEPTED"
    MATCHED_LOW_CONFIDENCE = "MATCHED_LOW_CONFIDENCE"
    UNKNOWN_MODEL = "UNKNOWN_MODEL"
    UNCHANGED = "UNCHANGED"
    DUPLICATE_ASSET = "DUPLICATE_ASSET"
    IMEI_INVALID = "IMEI_INVALID"
    SERIAL_INVALID = "SERIAL_INVALID"
    TAG_INVALID = "TAG_INVALID"
    IDENTITY_MISSING = "IDENTITY_MISSING"
    MISSING_COLUMN = "MISSING_COLUMN"
    DATE_INVALID = "DATE_INVALID"
    SITE_UNKNOWN = "SITE_UNKNOWN"
    CONDITION_UNKNOWN = "CONDITION_UNKNOWN"
    LINE_UNREADABLE = "LINE_UNREADABLE"
    NOT_APPLIED = "NOT_APPLIED"

    @property
    def stored(self) -> bool:
        """Whether the line made an asset, or stands for one that was there."""
        return self in STORED

    @property
    def rejected(self) -> bool:
        """Whether the line changed nothing because something is wrong with it."""
        return self not in STORED and self is not FleetOutcome.NOT_APPLIED

    @property
    def to_fix(self) -> bool:
        """Whether the line belongs into the file by which its organisation corrects it."""
        return self.rejected or self is FleetOutcome.UNKNOWN_MODEL


_O = FleetOutcome
STORED: Final = frozenset({_O.ACCEPTED, _O.MATCHED_LOW_CONFIDENCE, _O.UNKNOWN_MODEL, _O.UNCHANGED})


class FleetLineCode(StrEnum):
    """What exactly is said of a line."""

    LOW_CONFIDENCE = "LOW_CONFIDENCE"
    UNKNOWN_MODEL = "UNKNOWN_MODEL"
    TWICE_IN_FILE = "TWICE_IN_FILE"
    IN_THIS_FLEET = "IN_THIS_FLEET"
    IN_ANOTHER_FLEET = "IN_ANOTHER_FLEET"
    DECLARED_ELSEWHERE = "DECLARED_ELSEWHERE"
    TAG_TWICE_IN_FILE = "TAG_TWICE_IN_FILE"
    TAG_REUSED = "TAG_REUSED"
    IMEI_NOT_DIGITS = "IMEI_NOT_DIGITS"
    IMEI_LENGTH = "IMEI_LENGTH"
    IMEI_CHECK_DIGIT = "IMEI_CHECK_DIGIT"
    IMEI_CHECK_DIGIT_MISSING = "IMEI_CHECK_DIGIT_MISSING"
    IMEI_LOST_DIGITS = "IMEI_LOST_DIGITS"
    IMEI_FILLER = "IMEI_FILLER"
    SERIAL_CHARACTERS = "SERIAL_CHARACTERS"
    SERIAL_FILLER = "SERIAL_FILLER"
    SERIAL_LOST_DIGITS = "SERIAL_LOST_DIGITS"
    TAG_TOO_LONG = "TAG_TOO_LONG"
    IDENTITY_MISSING = "IDENTITY_MISSING"
    QUANTITY_LINE = "QUANTITY_LINE"
    MODEL_MISSING = "MODEL_MISSING"
    COLUMN_COUNT = "COLUMN_COUNT"
    FIELD_TOO_LONG = "FIELD_TOO_LONG"
    DATE_INVALID = "DATE_INVALID"
    DATE_IN_FUTURE = "DATE_IN_FUTURE"
    DATE_TOO_OLD = "DATE_TOO_OLD"
    SITE_UNKNOWN = "SITE_UNKNOWN"
    SITE_NOT_YOURS = "SITE_NOT_YOURS"
    CONDITION_UNKNOWN = "CONDITION_UNKNOWN"
    BAD_ENCODING = "BAD_ENCODING"
    BAD_QUOTES = "BAD_QUOTES"
    ALL_OR_NOTHING = "ALL_OR_NOTHING"


_C = FleetLineCode
OUTCOME_OF: Final[Mapping[FleetLineCode, FleetOutcome]] = {
    _C.LOW_CONFIDENCE: _O.MATCHED_LOW_CONFIDENCE,
    _C.UNKNOWN_MODEL: _O.UNKNOWN_MODEL,
    _C.TWICE_IN_FILE: _O.DUPLICATE_ASSET,
    _C.IN_THIS_FLEET: _O.DUPLICATE_ASSET,
    _C.IN_ANOTHER_FLEET: _O.DUPLICATE_ASSET,
    _C.DECLARED_ELSEWHERE: _O.DUPLICATE_ASSET,
    _C.TAG_TWICE_IN_FILE: _O.DUPLICATE_ASSET,
    _C.TAG_REUSED: _O.DUPLICATE_ASSET,
    _C.IMEI_NOT_DIGITS: _O.IMEI_INVALID,
    _C.IMEI_LENGTH: _O.IMEI_INVALID,
    _C.IMEI_CHECK_DIGIT: _O.IMEI_INVALID,
    _C.IMEI_CHECK_DIGIT_MISSING: _O.IMEI_INVALID,
    _C.IMEI_LOST_DIGITS: _O.IMEI_INVALID,
    _C.IMEI_FILLER: _O.IMEI_INVALID,
    _C.SERIAL_CHARACTERS: _O.SERIAL_INVALID,
    _C.SERIAL_FILLER: _O.SERIAL_INVALID,
    _C.SERIAL_LOST_DIGITS: _O.SERIAL_INVALID,
    _C.TAG_TOO_LONG: _O.TAG_INVALID,
    _C.IDENTITY_MISSING: _O.IDENTITY_MISSING,
    _C.QUANTITY_LINE: _O.IDENTITY_MISSING,
    _C.MODEL_MISSING: _O.MISSING_COLUMN,
    _C.COLUMN_COUNT: _O.MISSING_COLUMN,
    _C.FIELD_TOO_LONG: _O.LINE_UNREADABLE,
    _C.DATE_INVALID: _O.DATE_INVALID,
    _C.DATE_IN_FUTURE: _O.DATE_INVALID,
    _C.DATE_TOO_OLD: _O.DATE_INVALID,
    _C.SITE_UNKNOWN: _O.SITE_UNKNOWN,
    _C.SITE_NOT_YOURS: _O.SITE_UNKNOWN,
    _C.CONDITION_UNKNOWN: _O.CONDITION_UNKNOWN,
    _C.BAD_ENCODING: _O.LINE_UNREADABLE,
    _C.BAD_QUOTES: _O.LINE_UNREADABLE,
    _C.ALL_OR_NOTHING: _O.NOT_APPLIED,
}


class FleetImportState(StrEnum):
    """Where an import stands."""

    QUEUED = "QUEUED"
    READING = "READING"
    COMPLETED = "COMPLETED"
    PREVIEWED = "PREVIEWED"
    FAILED = "FAILED"

    @property
    def final(self) -> bool:
        """Whether nothing can follow."""
        return self not in {FleetImportState.QUEUED, FleetImportState.READING}
