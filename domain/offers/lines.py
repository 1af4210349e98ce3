"""What a feed is, what becomes of its lines, and how a run over it may move."""

from collections.abc import Mapping
from enum import StrEnum

from domain import InvalidTransition, move
from domain.offers.codes import FileCode, LineCode, Severity
from domain.offers.messages import explain, explain_file
from domain.offers.policy import FeedPolicy

__all__ = [
    "RUN_MOVES",
    "FeedFormat",
    "FeedMode",
    "FeedPolicy",
    "FeedRunState",
    "FileCode",
    "ImportStatus",
    "LineCode",
    "LineOutcome",
    "Severity",
    "explain",
    "explain_file",
    "move_run",
]


class FeedFormat(StrEnum):
    """How a feed is written."""

    NATIVE_CSV = "NATIVE_CSV"
    NATIVE_TSV = "NATIVE_TSV"
    NATIVE_JSONL = "NATIVE_JSONL"
    GOOGLE_XML = "GOOGLE_XML"
    GOOGLE_TSV = "GOOGLE_TSV"
    META_CSV = "META_CSV"
    MIRAKL_CSV = "MIRAKL_CSV"
    MIRAKL_XLSX = "MIRAKL_XLSX"
    LISTINGS_CSV = "LISTINGS_CSV"
    SPREADSHEET = "SPREADSHEET"
    SHOPIFY_JSONL = "SHOPIFY_JSONL"
    SHOPIFY_CSV = "SHOPIFY_CSV"
    AMAZON_TSV = "AMAZON_TSV"
    AMAZON_JSON = "AMAZON_JSON"

    @property
    def of_google(self) -> bool:
        """Whether the fields are those of Google Merchant Center, which Meta shares."""
        return self in {FeedFormat.GOOGLE_XML, FeedFormat.GOOGLE_TSV, FeedFormat.META_CSV}


class FeedMode(StrEnum):
    """What the lines of a feed mean for the offers that are not in it."""

    FULL = "FULL"
    DELTA = "DELTA"
    STOCK = "STOCK"
    PRICES = "PRICES"


class ImportStatus(StrEnum):
    """How far a run is, in the words of Mirakl."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"


class LineOutcome(StrEnum):
    """What became of a line; every line has exactly one."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    DELETED = "DELETED"
    IGNORED_STALE = "IGNORED_STALE"
    PENDING_PRODUCT = "PENDING_PRODUCT"
    REJECTED = "REJECTED"


class FeedRunState(StrEnum):
    """Where a run over a feed stands."""

    QUEUED = "QUEUED"
    FETCHING = "FETCHING"
    READING = "READING"
    STAGED = "STAGED"
    HELD = "HELD"
    PREVIEWED = "PREVIEWED"
    APPLYING = "APPLYING"
    COMPLETED = "COMPLETED"
    UNCHANGED = "UNCHANGED"
    SUPERSEDED = "SUPERSEDED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"

    @property
    def final(self) -> bool:
        """Whether nothing can follow."""
        return self not in RUN_MOVES

    @property
    def import_status(self) -> ImportStatus:
        """The same in Mirakl's words; a run that was given up has failed there."""
        return _IMPORT_STATUS.get(self, ImportStatus.FAILED)


_IMPORT_STATUS: Mapping[FeedRunState, ImportStatus] = {
    **dict.fromkeys((FeedRunState.QUEUED, FeedRunState.FETCHING), ImportStatus.WAITING),
    **dict.fromkeys(
        (
            *(FeedRunState.READING, FeedRunState.STAGED),
            *(FeedRunState.HELD, FeedRunState.APPLYING),
        ),
        ImportStatus.RUNNING,
    ),
    **dict.fromkeys(
        (FeedRunState.COMPLETED, FeedRunState.UNCHANGED, FeedRunState.PREVIEWED),
        ImportStatus.COMPLETE,
    ),
}


def _or_failed(*states: FeedRunState) -> frozenset[FeedRunState]:
    return frozenset(states) | {FeedRunState.FAILED}


RUN_MOVES: Mapping[FeedRunState, frozenset[FeedRunState]] = {
    FeedRunState.QUEUED: _or_failed(
        FeedRunState.FETCHING, FeedRunState.SUPERSEDED, FeedRunState.CANCELLED
    ),
    FeedRunState.FETCHING: _or_failed(FeedRunState.READING, FeedRunState.UNCHANGED),
    FeedRunState.READING: _or_failed(FeedRunState.STAGED),
    FeedRunState.STAGED: _or_failed(
        FeedRunState.APPLYING, FeedRunState.HELD, FeedRunState.PREVIEWED
    ),
    FeedRunState.HELD: _or_failed(FeedRunState.APPLYING, FeedRunState.CANCELLED),
    FeedRunState.PREVIEWED: _or_failed(FeedRunState.APPLYING, FeedRunState.EXPIRED),
    FeedRunState.APPLYING: _or_failed(FeedRunState.COMPLETED),
}


def move_run(from_state: FeedRunState, to_state: FeedRunState) -> FeedRunState | InvalidTransition:
    """The state a run moves to. Refuses: every move that is not in `RUN_MOVES`."""
    return move(RUN_MOVES, from_state, to_state)
