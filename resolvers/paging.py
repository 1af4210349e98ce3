"""Pages: how many rows, and opaque positions between them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import orjson

from models.offers.read import Position
from resolvers.context import BadInput, Seal

T = TypeVar("T")

DEFAULT = 24
MOST = 100


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """A row and its place in a list."""

    node: T
    place: "Place"

    @property
    def cursor(self) -> str:
        """The cursor to go on after it; closed when it is asked for."""
        return self.place.cursor


class Place(NamedTuple):
    """What the cursor of a row is made of; `position` finds the row's own."""

    of: str
    seal: Seal
    row: Any
    position: Callable[[Any], Position]

    @property
    def cursor(self) -> str:
        """The text that a client gives back."""
        return self.seal.close(_text(self.position(self.row)), self.of)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, in its order."""

    edges: Sequence[Edge[T]]
    has_next: bool


def size(first: int) -> int:
    """`first` as given. Raises: BadInput outside 1 to 100."""
    if not 1 <= first <= MOST:
        raise BadInput(f"`first` is {first}: ask for 1 to {MOST} items.", argument="first")
    return first


def fingerprint(*asked: Any) -> str:
    """A short hash of what a list was asked for: a cursor of another list is refused."""
    return hashlib.sha256(orjson.dumps(asked, default=str)).hexdigest()[:12]


def opened(after: str | None, of: str, seal: Seal) -> Position | None:
    """The position of a cursor.

    Raises: BadInput with reason CURSOR_EXPIRED for a text that is not a cursor of this list.
    """
    if after is None:
        return None
    text = seal.open(after, of)
    if text is None:
        raise _expired()
    key1, key2, row = orjson.loads(text)
    return Position(key1, key2, UUID(row))


def _expired() -> BadInput:
    return BadInput(
        "This cursor belongs to another list or filter: begin again without `after`.",
        reason="CURSOR_EXPIRED",
        argument="after",
    )


def page(rows: Sequence[tuple[T, Position]], first: int, of: str, seal: Seal) -> Page[T]:
    """The page of up to `first` rows, read with one row more to know whether others follow.

    A cursor is closed: the keys of an order would tell a merchant's merit.
    """
    edges = [Edge(row[0], Place(of, seal, row, _second)) for row in rows[:first]]
    return Page(edges, has_next=len(rows) > first)


def page_of(
    rows: Sequence[T], position: Callable[[T], Position], first: int, of: str, seal: Seal
) -> Page[T]:
    """The same of rows that know their positions."""
    edges = [Edge(row, Place(of, seal, row, position)) for row in rows[:first]]
    return Page(edges, has_next=len(rows) > first)


_second = itemgetter(1)


def _text(position: Position) -> bytes:
    return orjson.dumps([position.key1, position.key2, str(position.id)])
