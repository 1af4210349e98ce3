"""Amazon's JSON listings feed: one document, a message per offer, read message by message."""

import codecs
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from domain.offers.amounts import Mark, decimal_mark
from domain.offers.lines import FileCode, LineCode
from integrations.feeds.blocks import Source, blocks
from integrations.feeds.columns import require
from integrations.feeds.contract import VALUE_SHOWN, FileRefused, LineProblem, Raw, ReadSettings
from integrations.feeds.delimited import SAMPLE
from integrations.feeds.json_text import DECODER, Row, as_text, frame_of, is_text
from integrations.feeds.native import NATIVE

BATCH: Final = 5_000
_OPERATIONS: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(("UPDATE", "PARTIAL_UPDATE", "PATCH", "None"), None),
    "DELETE": "delete",
}
_LONGEST_WORD: Final = 16
_BARCODES: Final = frozenset({"ean", "upc", "gtin", "jan"})


@dataclass(slots=True)
class Document:
    """A feed of messages; `fields` grow as messages are met."""

    source: Source
    settings: ReadSettings
    fields: tuple[str, ...] = ()
    marks: dict[str, Mark | None] = field(default_factory=dict)

    def raws(self) -> Iterator[Raw]:
        """The messages in batches; a record's number is its place among the messages.

        Raises: FileRefused `FEED_TRUNCATED`, `FORMAT_UNKNOWN`, `FEED_TOO_LARGE`.
        """
        rows: list[Row] = []
        problems: list[LineProblem] = []
        for number, message in enumerate(Walk(self.source, self.settings).messages(), 1):
            if number > self.settings.max_lines:
                detail = f"more than {self.settings.max_lines} messages"
                raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=number)
            found = _offer(message) if isinstance(message, dict) else None
            if found is None or not is_text(found):
                problems.append(_faulty(number, message))
            else:
                rows.append((number, found))
            if number % BATCH == 0:
                yield self._batch(rows, problems)
                rows, problems = [], []
        if rows or problems:
            yield self._batch(rows, problems)

    def _batch(self, rows: list[Row], problems: list[LineProblem]) -> Raw:
        sent = (name for _, held in rows for name, text in held.items() if text is not None)
        self.fields = tuple(dict.fromkeys([*self.fields, *sent]))
        return Raw(frame_of(rows, self.fields), problems, len(problems), 0, 0)


@dataclass(slots=True)
class Walk:
    """A document read as far as needed; what was used is forgotten.

    Shapes: one that `keeps` has the text of the value read last as `raw`, and that of the header.
    """

    source: Source
    settings: ReadSettings
    keeps: bool = False
    raw: str = ""
    header: str = ""
    text: str = ""
    at: int = 0
    ended: bool = False
    coming: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self.coming = _letters(self.source, self.settings)

    def messages(self) -> Iterator[object]:
        """The members of `messages`, wherever they stand in the document."""
        self._take("{")
        while self._next() != "}":
            key = self._value()
            self._take(":")
            if key != "messages":
                self._value()
                self.header = self.raw if key == "header" else self.header
            else:
                yield from self._list()
            if self._next() == ",":
                self._take(",")
        self._take("}")
        if self._next():
            raise FileRefused(FileCode.FORMAT_UNKNOWN, "more than one document")

    def _list(self) -> Iterator[object]:
        self._take("[")
        while self._next() != "]":
            yield self._value()
            if self._next() == ",":
                self._take(",")
            elif self._next() != "]":
                raise self._broken()
        self._take("]")

    def _next(self) -> str:
        """The next sign that is no space, or nothing at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
                self.at += 1
            if self.at < len(self.text) or not self._more():
                return self.text[self.at : self.at + 1]

    def _take(self, sign: str) -> None:
        if self._next() != sign:
            raise self._broken()
        self.at += 1

    def _value(self) -> object:
        """The next value, whole. A number may go on in the next piece, so it needs a sign after."""
        self._next()
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if not self._may_go_on(error) or not self._more():
                    raise self._broken() from None
                continue
            except RecursionError:
                raise FileRefused(FileCode.FORMAT_UNKNOWN, "too many levels") from None
            if end == len(self.text) and self._more():
                continue
            if self.keeps:
                self.raw = self.text[self.at : end]
            self.at = end
            return value

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Whether a fault is only where the text read so far ends."""
        open_text = error.msg.startswith("Unterminated string")
        return open_text or error.pos > len(self.text) - _LONGEST_WORD

    def _more(self) -> bool:
        """Read on. Raises: FileRefused `FEED_TOO_LARGE` for a value over the limit of a line."""
        most = self.settings.max_line_bytes
        if len(self.text) - self.at > most + self.settings.block_bytes:
            raise FileRefused(FileCode.FEED_TOO_LARGE, f"a message of more than {most} bytes")
        piece = next(self.coming, None)
        if piece is None:
            self.ended = True
            return False
        self.text, self.at = self.text[self.at :] + piece, 0
        return True

    def _broken(self) -> FileRefused:
        if self.ended and not self.text[self.at :].rstrip().endswith("}"):
            return FileRefused(FileCode.FEED_TRUNCATED, "the document ends early")
        shown = self.text[self.at : self.at + 40]
        return FileRefused(FileCode.FORMAT_UNKNOWN, f"no JSON from here: {shown}")


def _letters(source: Source, settings: ReadSettings) -> Iterator[str]:
    """The letters of a file. JSON is UTF-8: a byte that is not one breaks the file."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in blocks(source, settings.block_bytes):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FileRefused(FileCode.FORMAT_UNKNOWN, "the document is not UTF-8") from error


def open_messages(source: Source, settings: ReadSettings) -> Document:
    """Understand the first messages of a document.

    Raises: FileRefused `FEED_EMPTY`, `HEADER_MISSING`, `FORMAT_UNKNOWN`, `FEED_TRUNCATED`.
    """
    document = Document(source, settings)
    first = next(document.raws(), None)
    if first is None:
        raise FileRefused(FileCode.FEED_EMPTY, "no message")
    require(document.fields, NATIVE, settings)
    texts = islice(first.frame["price"].drop_nulls(), SAMPLE) if "price" in document.fields else ()
    document.marks = {"price": decimal_mark(list(texts))}
    return document


def _faulty(number: int, message: object) -> LineProblem:
    """The problem of what is no message, or holds half a letter."""
    code = LineCode.BAD_ENCODING if isinstance(message, dict) else LineCode.BAD_QUOTES
    shown = str(as_text(message)).encode("utf-8", "replace").decode()[:VALUE_SHOWN]
    return LineProblem(number, None, None, code, shown, fatal=True)


def _offer(message: Mapping[str, object]) -> dict[str, str | None]:
    """The parts of a message under the names of the inventory loader's fields."""
    told = message.get("attributes")
    attributes: Mapping[str, object] = told if isinstance(told, dict) else _patched(message)
    offer = _first(attributes, "purchasable_offer")
    stock = _first(attributes, "fulfillment_availability")
    found = {
        "sku": as_text(message.get("sku")),
        "update": _deletion(message.get("operationType")),
        "grade": as_text(_first(attributes, "condition_type").get("value")),
        "note": as_text(_first(attributes, "condition_note").get("value")),
        "price": _price(offer, "our_price"),
        "min_price": _price(offer, "minimum_seller_allowed_price"),
        "max_price": _price(offer, "maximum_seller_allowed_price"),
        "currency": as_text(offer.get("currency")),
        "quantity": as_text(stock.get("quantity")),
        "leadtime": as_text(stock.get("lead_time_to_ship_max_days")),
        "title": as_text(_first(attributes, "item_name").get("value")),
        "brand": as_text(_first(attributes, "brand").get("value")),
        "mpn": as_text(_first(attributes, "part_number").get("value")),
    }
    return found | _barcode(_first(attributes, "externally_assigned_product_identifier"))


def _deletion(operation: object) -> str | None:
    """The word of a deletion; an operation that nobody knows stays, to be refused."""
    return _OPERATIONS.get(str(operation), str(operation))


def _barcode(identifier: Mapping[str, object]) -> dict[str, str | None]:
    known = str(identifier.get("type")).lower() in _BARCODES
    return {"gtin": as_text(identifier.get("value")) if known else None}


def _patched(message: Mapping[str, object]) -> dict[str, object]:
    """The attributes that a list of patches puts in place, by the last part of their path."""
    patches = message.get("patches")
    listed = patches if isinstance(patches, list) else []
    return {
        str(patch.get("path")).rpartition("/")[2]: patch.get("value")
        for patch in listed
        if isinstance(patch, dict) and patch.get("op") in {"add", "replace", "merge"}
    }


def _first(attributes: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The first of an attribute's values that is an object."""
    values = attributes.get(name)
    listed = values if isinstance(values, list) else [values]
    return next((one for one in listed if isinstance(one, dict)), {})


def _price(offer: Mapping[str, object], name: str) -> str | None:
    return as_text(_first(_first(offer, name), "schedule").get("value_with_tax"))
