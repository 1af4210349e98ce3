"""The closed lists of what may be wrong with a line of a feed, or with the whole feed."""

from enum import StrEnum


class Severity(StrEnum):
    """Whether a problem rejects its line."""

    ERROR = "ERROR"
    WARNING = "WARNING"


class LineCode(StrEnum):
    """What is wrong with one line of a feed."""

    BAD_ENCODING = "BAD_ENCODING"
    BAD_QUOTES = "BAD_QUOTES"
    COLUMN_COUNT = "COLUMN_COUNT"
    SKU_MISSING = "SKU_MISSING"
    SKU_TOO_LONG = "SKU_TOO_LONG"
    DUPLICATE_SKU = "DUPLICATE_SKU"
    UNKNOWN_SKU = "UNKNOWN_SKU"
    PRODUCT_UNKNOWN = "PRODUCT_UNKNOWN"
    GTIN_INVALID = "GTIN_INVALID"
    GTIN_LOST_DIGITS = "GTIN_LOST_DIGITS"
    PRICE_MISSING = "PRICE_MISSING"
    PRICE_INVALID = "PRICE_INVALID"
    PRICE_AMBIGUOUS = "PRICE_AMBIGUOUS"
    PRICE_OUTLIER = "PRICE_OUTLIER"
    PRICE_BELOW_FLOOR = "PRICE_BELOW_FLOOR"
    CURRENCY_UNKNOWN = "CURRENCY_UNKNOWN"
    CURRENCY_NOT_ALLOWED = "CURRENCY_NOT_ALLOWED"
    QUANTITY_INVALID = "QUANTITY_INVALID"
    GRADE_MISSING = "GRADE_MISSING"
    GRADE_UNKNOWN = "GRADE_UNKNOWN"
    GRADE_NOT_ALLOWED = "GRADE_NOT_ALLOWED"
    CONDITION_NEW = "CONDITION_NEW"
    CATEGORY_NOT_ALLOWED = "CATEGORY_NOT_ALLOWED"
    BRAND_NOT_ALLOWED = "BRAND_NOT_ALLOWED"
    MARKET_NOT_ALLOWED = "MARKET_NOT_ALLOWED"
    CAP_REACHED = "CAP_REACHED"
    WARRANTY_TOO_SHORT = "WARRANTY_TOO_SHORT"
    TITLE_TOO_LONG = "TITLE_TOO_LONG"
    NOTE_FORBIDDEN = "NOTE_FORBIDDEN"
    DATE_INVALID = "DATE_INVALID"
    STALE_LINE = "STALE_LINE"
    FIELD_TOO_LONG = "FIELD_TOO_LONG"
    COMPLIANCE_FACT_MISSING = "COMPLIANCE_FACT_MISSING"

    @property
    def severity(self) -> Severity:
        """How this code is meant when nothing else is said.

        A reader may still report `PRICE_INVALID` or `GTIN_INVALID` as a warning, where it could
        read a value after all: a rounded price, a number used inside a company.
        """
        return Severity.WARNING if self is LineCode.STALE_LINE else Severity.ERROR

    @property
    def keeps_price(self) -> bool:
        """Whether a live offer is paused only when this repeats for three runs."""
        return self.name.startswith("PRICE_") or self is LineCode.QUANTITY_INVALID


class FileCode(StrEnum):
    """Why a whole feed changed no offer."""

    FEED_EMPTY = "FEED_EMPTY"
    FEED_TRUNCATED = "FEED_TRUNCATED"
    FEED_TOO_LARGE = "FEED_TOO_LARGE"
    ARCHIVE_BOMB = "ARCHIVE_BOMB"
    FORMAT_UNKNOWN = "FORMAT_UNKNOWN"
    HEADER_MISSING = "HEADER_MISSING"
    GUARD_HELD = "GUARD_HELD"
    AUTH_FAILED = "AUTH_FAILED"
    NOT_FOUND = "NOT_FOUND"
    TIMEOUT = "TIMEOUT"
