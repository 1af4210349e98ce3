"""Google Merchant Center's XML, as RSS 2.0 or Atom, read item by item in little memory."""

import codecs
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO, Final, cast

from lxml import etree

from domain.offers.amounts import Mark, decimal_mark
from domain.offers.lines import FileCode, LineCode
from domain.offers.values import parse_sku
from integrations.feeds.blocks import Source
from integrations.feeds.columns import field_of, require
from integrations.feeds.contract import VALUE_SHOWN, FileRefused, LineProblem, Raw, ReadSettings
from integrations.feeds.delimited import MONEY, SAMPLE
from integrations.feeds.deliveries import PARTS, as_text
from integrations.feeds.frames import COLUMNS
from integrations.feeds.google import GOOGLE, UNUSED
from integrations.feeds.json_text import Row, frame_of
from integrations.feeds.one_thread import in_one_thread
from integrations.feeds.xml_pieces import ATOM_NS, GOOGLE_NS, ITEMS, Context, split_tag

ROOTS: Final = frozenset({"rss", f"{{{GOOGLE_NS}}}rss", f"{{{ATOM_NS}}}feed"})
PLAIN: Final = frozenset({"title", "description", "link"})
RSS: Final = frozenset({"guid", "pubDate", "category", "author", "comments", "enclosure", "source"})
SEVERAL: Final = "deliveries"
BATCH: Final = 5_000
LEAST_ITEM: Final = 131_072  # the parser reads ahead: a smaller limit could not be kept
MOST_DEPTH: Final = 64
_DECLARED: Final = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)")
_CLOSED: Final = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed)\s*>\s*(?:<!--.*?-->\s*)*\Z", re.DOTALL)
_TAIL: Final = 4_096
_REPLACED: Final = "\ufffd"


@dataclass(slots=True)
class Items:
    """The items of a file.

    Shapes: `names` leads the tags met to our fields; `context` is where the first item stands.
    """

    source: Source
    settings: ReadSettings
    encoding: str | None
    declared: str | None = None
    names: dict[str, str | None] = field(default_factory=dict)
    marks: dict[str, Mark | None] = field(default_factory=dict)
    context: Context | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Our fields, in the order in which they were met."""
        return tuple(dict.fromkeys(name for name in self.names.values() if name))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Attributes that we do not read."""
        tags = (split_tag(tag) for tag, name in self.names.items() if name is None)
        ours = (name for space, name in tags if space in {GOOGLE_NS, None})
        return tuple(name for name in dict.fromkeys(ours) if name not in UNUSED | RSS | {*COLUMNS})

    def parsed(self, done: int = 0, size: int = BATCH) -> Generator[Raw]:
        """The records behind the first `done` ones by the parser, all in one thread.

        Raises: FileRefused, as `batches` does.
        """
        return in_one_thread(partial(self.batches, done, size))

    def batches(self, done: int = 0, size: int = BATCH) -> Generator[Raw]:
        """The records of the file in batches; a record's number is its place among the items.

        Raises: FileRefused `FEED_TRUNCATED` for a file that is not closed, `FORMAT_UNKNOWN` for
        any other fault of the XML, with its line and column; `FEED_TOO_LARGE`.
        """
        rows: list[Row] = []
        problems: list[LineProblem] = []
        for number, found in enumerate(self._records(), 1):
            check_number(number, self.settings)
            if number <= done:
                continue
            if isinstance(found, LineProblem):
                problems.append(found)
            else:
                rows.append((number, found))
            if number % size == 0:
                yield self._batch(rows, problems)
                rows, problems = [], []
        if rows or problems:
            yield self._batch(rows, problems)

    def _batch(self, rows: list[Row], problems: list[LineProblem]) -> Raw:
        count = len(rows) + len(problems)
        return Raw(frame_of(rows, self.fields), problems, len(problems), 0, count)

    def _records(self) -> Iterator[dict[str, str] | LineProblem]:
        try:
            with opened(self.source) as file:
                metered = Metered(file, 4 * max(self.settings.max_line_bytes, LEAST_ITEM))
                for number, item in enumerate(items_in(metered, self.encoding), 1):
                    metered.since = 0
                    if self.context is None:
                        self.context = Context.of(item)
                    yield self.record(number, item)
                    forget(item)
        except etree.XMLSyntaxError as error:
            raise _broken(self.source, error) from None

    def record(self, number: int, item: etree._Element) -> dict[str, str] | LineProblem:
        """The fields of an item, the first of each, or why it is rejected.

        Raises: FileRefused for too many levels.
        """
        found: dict[str, str] = {}
        names, most = self.names, self.settings.max_line_bytes
        for child in item:
            tag = child.tag
            name = names[tag] if tag in names else self._name(str(tag), child)
            if name is None or (name in found and name != SEVERAL):
                continue
            if text := _inner(child, name) if len(child) else child.text:
                if name in found:
                    text = f"{found[name]},{text}"
                if len(text) > most:
                    return LineProblem(
                        number, None, name, LineCode.FIELD_TOO_LONG, None, fatal=True
                    )
                found[name] = text
        if not self.source.valid and (shown := _undecoded(item)):
            sku = parse_sku(found.get("sku", "")).value
            return LineProblem(number, sku, None, LineCode.BAD_ENCODING, shown, fatal=True)
        return found

    def _name(self, tag: str, child: etree._Element) -> str | None:
        """The field of a tag met for the first time.

        Shapes: attributes without a namespace are Google's where the file knows of no such space.
        """
        space, name = split_tag(tag)
        bare = space is None and GOOGLE_NS not in child.nsmap.values()
        known = bare or space == GOOGLE_NS or name in PLAIN
        if len(self.names) >= self.settings.max_columns:
            detail = f"more than {self.settings.max_columns} names of elements"
            raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=_line(child))
        key = name.lower().removeprefix("g:")
        self.names[tag] = field_of(key, GOOGLE, self.settings) if known else None
        return self.names[tag]


def items_in(
    file: "BinaryIO | Metered", encoding: str | None, *, remarks: bool = False
) -> Iterator[etree._Element]:
    """The items of a file as they end: nothing is expanded, nothing is loaded.

    Shapes: `remarks` keeps comments and instructions. Raises: etree.XMLSyntaxError.
    """
    parser = etree.iterparse(
        file,
        events=("end",),
        tag=ITEMS,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=not remarks,
        remove_pis=not remarks,
        encoding=encoding,
    )
    for _, item in parser:
        yield item


def check_number(number: int, settings: ReadSettings) -> None:
    """Refuse more items than a file may have. Raises: FileRefused `FEED_TOO_LARGE`."""
    if number > settings.max_lines:
        detail = f"more than {settings.max_lines} items"
        raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=settings.max_lines + 1)


def open_items(source: Source, settings: ReadSettings) -> Items:
    """Understand the root and the first items of an XML file.

    Raises: FileRefused `FORMAT_UNKNOWN`, `HEADER_MISSING`, `FEED_EMPTY`, `FEED_TRUNCATED`.
    """
    with source.path.open("rb") as file:
        declared = _DECLARED.search(file.read(1_024))
    named = declared[1].decode().lower() if declared else None
    if named in {"utf-8", "utf8"} and not source.encoding.startswith("utf"):
        source = replace(source, encoding="utf-8", valid=False)
    told = source.encoding.startswith("utf") or named is not None
    source = replace(source, valid=source.valid or source.encoding != "utf-8")
    items = Items(source, settings, None if told else source.encoding, named)
    _check_root(source, items.encoding)
    with closing(items.parsed(size=SAMPLE)) as raws:
        first = next(raws, None)
    if first is None:
        raise FileRefused(FileCode.FEED_EMPTY, "no item")
    require(items.fields, GOOGLE, settings)
    money = [name for name in items.fields if name in MONEY]
    items.marks = {name: decimal_mark(first.frame[name].drop_nulls().to_list()) for name in money}
    return items


def _check_root(source: Source, encoding: str | None) -> None:
    """Refuse a document type and a root that is no feed, before anything else is read."""
    try:
        with opened(source) as file:
            parser = etree.iterparse(
                file,
                events=("start",),
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                encoding=encoding,
            )
            _, root = next(iter(parser))
    except etree.XMLSyntaxError as error:
        raise _broken(source, error) from None
    if root.getroottree().docinfo.doctype:
        raise FileRefused(FileCode.FORMAT_UNKNOWN, "a document type is not allowed", line=1)
    if root.tag not in ROOTS:
        detail = f"the root is {split_tag(root.tag)[1]}, not rss or feed"
        raise FileRefused(FileCode.FORMAT_UNKNOWN, detail[:VALUE_SHOWN], line=_line(root))


@dataclass(slots=True)
class Metered:
    """A file that counts what was read since its last item, which is all held in memory."""

    file: BinaryIO
    most: int
    since: int = 0

    def read(self, size: int) -> bytes:
        """The next bytes. Raises: FileRefused `FEED_TOO_LARGE`."""
        block = self.file.read(size)
        self.since += len(block)
        if self.since > self.most:
            raise FileRefused(FileCode.FEED_TOO_LARGE, f"an item of more than {self.most} bytes")
        return block


def opened(source: Source) -> BinaryIO:
    """The bytes of a file; in one that should be UTF-8 and is not, with signs for what is none."""
    if source.valid:
        return source.path.open("rb")
    mended = codecs.EncodedFile(source.path.open("rb"), "utf-8", "utf-8", "replace")
    return cast("BinaryIO", mended)


def _undecoded(item: etree._Element) -> str | None:
    """The part of an item with a sign for bytes that are no letters."""
    text = etree.tostring(item, encoding="unicode", with_tail=False)
    at = text.find(_REPLACED)
    return text[max(0, at - VALUE_SHOWN // 2) :][:VALUE_SHOWN] if at >= 0 else None


def _inner(child: etree._Element, name: str) -> str | None:
    """The text of an element with others in it. Raises: FileRefused for too many levels."""
    level, deepest = [child], 1
    while level := [inner for outer in level for inner in outer]:
        deepest += 1
        if deepest > MOST_DEPTH:
            detail = f"more than {MOST_DEPTH} levels"
            raise FileRefused(FileCode.FORMAT_UNKNOWN, detail, line=_line(child))
    if name == SEVERAL:
        parts = {split_tag(inner.tag)[1]: inner.text or "" for inner in child}
        return as_text(parts) if parts.keys() & {*PARTS} else None
    return "".join(str(text) for text in child.itertext())


def _line(element: etree._Element) -> int | None:
    line: object = element.sourceline
    return line if isinstance(line, int) else None


def forget(item: etree._Element) -> None:
    """Free what was read of a document up to an item that was used."""
    item.clear()
    parent = item.getparent()
    while parent is not None and item.getprevious() is not None:
        del parent[0]


def _broken(source: Source, error: etree.XMLSyntaxError) -> FileRefused:
    size = source.path.stat().st_size
    with source.path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read().replace(b"\0", b"")
    closed = _CLOSED.search(tail) is not None
    code = FileCode.FORMAT_UNKNOWN if closed else FileCode.FEED_TRUNCATED
    line, column = error.position
    return FileRefused(code, str(error.msg)[:200], line=line, column=column)
