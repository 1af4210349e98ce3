"""What a merchant's program says of one offer, field by field, and which of it is newer than known.

A field that is not sent is kept, one that is null is cleared. Each value is read by the rules of a
feed's line. A sequence counts for each field by itself, so that pushes of stock and of prices may
arrive in any order: every field ends with the value of its highest sequence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from domain.catalog import Grade
from domain.impact.linter import Readers
from domain.money import Currency
from domain.offers.codes import LineCode
from domain.offers.values import SKU_LENGTH, Parsed, clean_text, sku_key

MOST_ITEMS: Final = 1_000
MOST_SEQUENCE: Final = 10**17
EVERY: Final = "*"
"""Among sequences: that of the fields that have none of their own."""

Cell = Mapping[str, Any]
"""What a field puts into columns of the stage; an empty one clears the field."""


_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "battery": ("battery_new", "battery_health"),
    "min_price": ("min_price_minor",),
    "max_price": ("max_price_minor",),
}


class ItemCode(StrEnum):
    """What may be wrong with an item of a call, beside the codes of a feed's lines."""

    STALE_SEQUENCE = "STALE_SEQUENCE"
    CONFLICT = "CONFLICT"
    NOT_CHANGEABLE = "NOT_CHANGEABLE"


class ItemOutcome(StrEnum):
    """What became of an item of a call; every item has exactly one."""

    APPLIED = "APPLIED"
    UNCHANGED = "UNCHANGED"
    IGNORED_STALE = "IGNORED_STALE"
    PENDING_PRODUCT = "PENDING_PRODUCT"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Item:
    """What is said of one offer.

    Shapes: `sent` leads fields, by their names in a native feed, to their values; None clears.
    `prices` leads markets to the fields of a price; None clears those of all. `if_quantity` is the
    stock that the caller believes in, `as_of` the moment at which its own stock was counted. These
    two and `sequence` are as they were sent until `item_values.plain` has read them.
    """

    sku: str
    sent: Mapping[str, Any] = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, Any]] | None = field(default_factory=dict)
    if_quantity: Any = None
    sequence: Any = None
    as_of: Any = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides how a merchant's values are read.

    Shapes: `now` is when they were sent; `currencies` leads markets to theirs, `grades` folded
    words to grades; `new_allowed` are the folded brands that may sell new goods; `claims` tells
    which notes make a claim that may not be made.
    """

    now: datetime
    currency: Currency
    currencies: Mapping[str, Currency]
    grades: Mapping[str, Grade]
    new_allowed: frozenset[str] = frozenset()
    allow_restricted_gtins: bool = False
    claims: Readers | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A stored offer, as far as a new word about it needs it.

    Shapes: `prices` are those of single markets as they are stored.
    """

    quantity: int
    currency: Currency
    brand: str | None = None
    sequence: int | None = None
    sequences: Mapping[str, int] = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with an item: a code, the field, the value that was sent, what is known."""

    code: LineCode | ItemCode
    field: str | None = None
    value: str | None = None
    current: int | None = None

    @property
    def ignored(self) -> bool:
        """Whether the item is merely older than what is known."""
        return self.code is ItemCode.STALE_SEQUENCE


@dataclass(slots=True)
class Line:
    """All items of a call about one offer, as one line for the stage.

    Shapes: `troubles` leads the number of an item that is not part of the line to why not;
    `warnings` what was set aside. `cells` are the fields to write, `prices` the prices of single
    markets to store, if any of them changed. `sequences` are those to remember.
    """

    sku: str
    known: Known | None
    cells: dict[str, Cell] = field(default_factory=dict)
    prices: dict[str, dict[str, Any]] | None = None
    deleted: bool = False
    as_of: datetime | None = None
    sequences: dict[str, int] = field(default_factory=dict)
    sequence: int | None = None
    taken: list[int] = field(default_factory=list)
    troubles: dict[int, Trouble] = field(default_factory=dict)
    warnings: dict[int, list[str]] = field(default_factory=dict)

    @property
    def cleared(self) -> list[str]:
        """The columns to empty."""
        emptied = [name for name, cell in self.cells.items() if not cell]
        return [column for name in emptied for column in _COLUMNS.get(name, (name,))]

    @property
    def quantity(self) -> int:
        """The stock after the items so far."""
        said = self.cells.get("quantity")
        if said:
            stock: int = said["quantity"]
            return stock
        return 0 if self.deleted or self.known is None else self.known.quantity

    def newest(self, name: str) -> int | None:
        """The sequence of a field's last write; None where it never had one."""
        return self.sequences.get(name, self.sequences.get(EVERY))


def line_of(sku: str, known: Known | None) -> Line:
    """The line of an offer before any item."""
    line = Line(sku, known)
    if known is not None:
        line.sequence = known.sequence
        line.sequences = dict(known.sequences)
        if known.sequence is not None and not line.sequences:
            line.sequences[EVERY] = known.sequence
    return line


def key_of(sku: str) -> Parsed[str]:
    """The form under which SKUs are compared. Refuses: none, or more than 64 characters."""
    plain = clean_text(sku)
    if not plain:
        return Parsed(None, LineCode.SKU_MISSING, fatal=True)
    if len(plain) > SKU_LENGTH:
        return Parsed(None, LineCode.SKU_TOO_LONG, fatal=True)
    return Parsed(sku_key(plain))


def conflict(line: Line, item: Item) -> Trouble | None:
    """A stock that is not the one which the caller believes in."""
    if item.if_quantity is None or (line.known and item.if_quantity == line.quantity):
        return None
    sent, current = str(item.if_quantity), line.quantity if line.known else None
    return Trouble(ItemCode.CONFLICT, "if_quantity", sent, current)


def newer(line: Line, item: Item, names: Sequence[str]) -> list[str]:
    """Those of an item's fields about which nothing newer is known."""
    if item.sequence is None:
        return list(names)
    known = ((name, line.newest(name)) for name in names)
    return [name for name, last in known if last is None or item.sequence > last]


def stale(line: Line, item: Item, names: Sequence[str]) -> Trouble:
    """Why an item whose every field is older than what is known is ignored."""
    current = max((n for name in names if (n := line.newest(name)) is not None), default=None)
    return Trouble(ItemCode.STALE_SEQUENCE, "sequence", str(item.sequence), current)


def remember(line: Line, item: Item, names: Sequence[str]) -> None:
    """Keep the sequence of the fields that an item wrote."""
    if item.sequence is None:
        return
    if item.deleted:
        line.sequences = {EVERY: item.sequence}
    else:
        line.sequences |= dict.fromkeys(names, item.sequence)
    line.sequence = max(item.sequence, line.sequence or 0)
