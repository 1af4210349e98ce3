"""Which records of a file were rejected, cut out of it as they came."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.offers.lines import FeedFormat
from integrations.feeds.amazon_json import Walk
from integrations.feeds.archive import is_workbook
from integrations.feeds.bad_items import bad_items
from integrations.feeds.bad_records import bad_records, mark_of, newline_of
from integrations.feeds.blocks import Source, inspect
from integrations.feeds.contract import Raw, ReadSettings
from integrations.feeds.detect import Family as Detected
from integrations.feeds.detect import family
from integrations.feeds.frames import Family, Frame, Kind, Meta, is_ours
from integrations.feeds.json_text import DECODER, frame_of
from integrations.feeds.pieces import Pieces
from integrations.feeds.sheet import open_sheet
from integrations.feeds.shopify_jsonl import PARENT, is_variant
from integrations.feeds.wanted import Wanted


def bad_rows(path: Path, settings: ReadSettings, lines: Sequence[int] | None) -> Iterator[Frame]:
    """The pieces of a file of which a correction is made; all records where `lines` is None.

    Shapes: `lines` are numbers of records as the reader gave them, ascending. To be walked in one
    thread.
    Raises: FileRefused for a file that no run could read either.
    """
    wanted = Wanted(lines)
    if is_workbook(path):
        return _cells(path, settings, wanted)
    source = inspect(path, settings)
    match family(source, settings.format):
        case Detected.XML:
            return bad_items(source, settings, wanted)
        case Detected.OBJECTS:
            return _objects(source, settings, wanted)
        case Detected.SHOP:
            return _shop(source, settings, wanted)
        case Detected.MESSAGES:
            return _messages(source, settings, wanted)
        case Detected.DELIMITED:
            return bad_records(source, settings, wanted)


def _of(source: Source, family: Family) -> Meta:
    return Meta(family, source.encoding, mark_of(source), newline_of(source))


def _objects(source: Source, settings: ReadSettings, wanted: Wanted) -> Iterator[Frame]:
    yield _of(source, Family.OBJECTS).frame()
    for number, line in _lines(source, settings, wanted):
        yield Frame(Kind.ROW, number, line)


def _lines(source: Source, settings: ReadSettings, wanted: Wanted) -> Iterator[tuple[int, bytes]]:
    """The wanted lines of a file of lines, with their numbers."""
    found: list[tuple[int, bytes]] = []

    def parse(piece: bytes, first_line: int, _final: bool) -> Raw:
        physical = piece.count(b"\n")
        numbers = wanted.within(first_line, first_line + physical)
        if numbers:
            lines = piece.split(b"\n")
            taken = ((number, lines[number - first_line]) for number in numbers)
            found.extend(each for each in taken if each[1].strip())
        return Raw(frame_of([], ()), [], 0, len(piece), physical)

    for _ in Pieces(source, settings).walk(parse):
        yield from found
        found.clear()


@dataclass(frozen=True, slots=True)
class _Kin:
    """The ids of nodes that were rejected, and those of their products."""

    bad: frozenset[str]
    products: frozenset[str]

    def beside(self, node: dict[str, object]) -> bool:
        """Whether a node says something of one of these, and is no variant itself."""
        parent = str(node.get(PARENT))
        near = parent in self.bad or parent in self.products or str(node.get("id")) in self.products
        return near and not is_variant(node)


def _shop(source: Source, settings: ReadSettings, wanted: Wanted) -> Iterator[Frame]:
    """Rejected variants, with their products and metafields, which say most of what they are."""
    yield _of(source, Family.OBJECTS).frame()
    nodes = [_node(line) for _, line in _lines(source, settings, wanted)]
    kin = _Kin(
        frozenset(str(node["id"]) for node in nodes if "id" in node),
        frozenset(str(node[PARENT]) for node in nodes if PARENT in node),
    )
    for number, line in _lines(source, settings, Wanted(None)):
        node = _node(line)
        if number in wanted and (is_variant(node) or not node):
            yield Frame(Kind.ROW, number, line)
        elif kin.beside(node):
            yield Frame(Kind.BESIDE, number, line)


def _node(line: bytes) -> dict[str, object]:
    try:
        found = DECODER.decode(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _messages(source: Source, settings: ReadSettings, wanted: Wanted) -> Iterator[Frame]:
    """The header of the document and its rejected messages, in their own words."""
    yield _of(source, Family.MESSAGES).frame()
    walk = Walk(source, settings, keeps=True)
    for number, _ in enumerate(walk.messages(), 1):
        if number in wanted:
            yield Frame(Kind.ROW, number, walk.raw.encode())
    yield Frame(Kind.HEADER, 0, walk.header.encode())


def _cells(path: Path, settings: ReadSettings, wanted: Wanted) -> Iterator[Frame]:
    """The header of the sheet and its rejected rows, cell by cell."""
    sheet = open_sheet(path, settings)
    own = [index for index, name in enumerate(sheet.header) if not is_ours(name)]
    yield Meta(Family.WORKBOOK, mirakl=sheet.format is FeedFormat.MIRAKL_XLSX).frame()
    header = [sheet.header[index] for index in own]
    yield Frame(Kind.HEADER, sheet.top, json.dumps([sheet.name, *header]).encode())
    for number, cells in sheet.rows():
        if number in wanted:
            kept = [cells[index] if index < len(cells) else None for index in own]
            yield Frame(Kind.ROW, number, json.dumps(kept).encode())
