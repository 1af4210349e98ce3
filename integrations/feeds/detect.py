"""Which family of formats a file belongs to, from how it starts."""

import re
from enum import StrEnum
from typing import Final

from domain.offers.lines import FeedFormat, FileCode
from integrations.feeds.blocks import Source, blocks
from integrations.feeds.contract import FileRefused

_START: Final = 65_536
_BINARY: Final = (b"PK\x03\x04", b"\x1f\x8b", b"%PDF", b"\xd0\xcf\x11\xe0", b"BZh", b"\xfd7zXZ")
_OBJECT: Final = re.compile(rb"\s*\{")
_MARKUP: Final = re.compile(rb"\s*<")


class Family(StrEnum):
    """How the records of a file are told apart."""

    DELIMITED = "DELIMITED"
    OBJECTS = "OBJECTS"
    XML = "XML"


_OF_FORMAT: Final = {
    FeedFormat.NATIVE_JSONL: Family.OBJECTS,
    FeedFormat.GOOGLE_XML: Family.XML,
}


def family(source: Source, chosen: FeedFormat | None) -> Family:
    """The family of a file, as the feed says or else as the file starts.

    Raises: FileRefused `FORMAT_UNKNOWN` for archives, spreadsheets and other binary files.
    """
    with source.path.open("rb") as file:
        start = file.read(8)
    if start.startswith(_BINARY):
        raise FileRefused(FileCode.FORMAT_UNKNOWN, "not a text file")
    if chosen is not None:
        return _OF_FORMAT.get(chosen, Family.DELIMITED)
    text = next(blocks(source, _START), b"")
    if _MARKUP.match(text):
        return Family.XML
    return Family.OBJECTS if _OBJECT.match(text) else Family.DELIMITED
