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
_MESSAGES: Final = re.compile(rb'\A\s*\{\s*"(?:header"\s*:\s*\{|messages"\s*:\s*\[)')
_SHOP: Final = re.compile(rb'"__parentId"\s*:|"gid:\\?/\\?/shopify\\?/')
_MARKUP: Final = re.compile(rb"\s*<")


class Family(StrEnum):
    """How the records of a file are told apart."""

    DELIMITED = "DELIMITED"
    OBJECTS = "OBJECTS"
    SHOP = "SHOP"
    MESSAGES = "MESSAGES"
    XML = "XML"


_OF_FORMAT: Final = {
    FeedFormat.NATIVE_JSONL: Family.OBJECTS,
    FeedFormat.GOOGLE_XML: Family.XML,
    FeedFormat.SHOPIFY_JSONL: Family.SHOP,
    FeedFormat.AMAZON_JSON: Family.MESSAGES,
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
    if not _OBJECT.match(text):
        return Family.DELIMITED
    if _MESSAGES.search(text):
        return Family.MESSAGES
    return Family.SHOP if _SHOP.search(text.partition(b"\n")[0]) else Family.OBJECTS
