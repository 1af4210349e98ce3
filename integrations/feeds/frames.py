"""The rejected records of a file, kept as they came until their merchant asks for them.

What is kept needs no reader: a file that corrects them is made of the pieces as they are, whatever
has become of the feed's settings since. Sizes are bounded by those of a line.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from integrations.feeds.dialect import header_key

ERROR_LINE: Final = "error-line"
COLUMNS: Final = (ERROR_LINE, "error-code", "error-message", "error-suggestion")
MIRAKL_COLUMNS: Final = (ERROR_LINE, "error-message")
_KEYS: Final = frozenset(header_key(name) for name in COLUMNS)
_HEAD: Final = struct.Struct(">BII")


def is_ours(name: str) -> bool:
    """Whether a column is one that we added to a merchant's own, and read over when it returns."""
    return header_key(name) in _KEYS


class Kind(IntEnum):
    """What a piece is: facts about the file, text as it is, its header, a rejected record.

    A `BESIDE` is a record that was not rejected itself, without which a rejected one says less.
    """

    META = 0
    TEXT = 1
    HEADER = 2
    ROW = 3
    BESIDE = 4


class Family(IntEnum):
    """How records are written, so how errors are added to them."""

    DELIMITED = 0
    OBJECTS = 1
    MESSAGES = 2
    XML = 3
    WORKBOOK = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """A piece of the file. Shapes: `data` is UTF-8, bytes that are no letters among it."""

    kind: Kind
    line: int
    data: bytes

    def packed(self) -> bytes:
        """The bytes that `Unpacking` reads."""
        return _HEAD.pack(self.kind, self.line, len(self.data)) + self.data


@dataclass(frozen=True, slots=True)
class Meta:
    """How the file was written. Shapes: `mark` is its byte order mark, in hexadecimal digits."""

    family: Family
    encoding: str = "utf-8"
    mark: str = ""
    newline: str = "\n"
    separator: str = ""
    mirakl: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that say what is wrong."""
        return MIRAKL_COLUMNS if self.mirakl else COLUMNS

    def frame(self) -> Frame:
        """The first piece of what is kept."""
        said = {name: getattr(self, name) for name in self.__slots__}
        return Frame(Kind.META, 0, json.dumps(said).encode())

    @classmethod
    def of(cls, frame: Frame) -> "Meta":
        """Read from the first piece."""
        said: Mapping[str, Any] = json.loads(frame.data)
        return cls(**{**said, "family": Family(said["family"])})


@dataclass(slots=True)
class Unpacking:
    """Takes bytes as they come and gives the pieces that are whole."""

    held: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The pieces that these bytes complete."""
        self.held += data
        at = 0
        while len(self.held) - at >= _HEAD.size:
            kind, line, size = _HEAD.unpack_from(self.held, at)
            end = at + _HEAD.size + size
            if end > len(self.held):
                break
            yield Frame(Kind(kind), line, bytes(self.held[at + _HEAD.size : end]))
            at = end
        del self.held[:at]
