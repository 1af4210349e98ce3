"""Google Merchant Center's XML, as RSS 2.0 or Atom, read item by item in little memory."""

import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from domain.offers.amounts import Mark, decimal_mark
from domain.offers.lines import FileCode, LineCode
from integrations.feeds.blocks import Source
from integrations.feeds.columns import field_of, require
from integrations.feeds.contract import VALUE_SHOWN, FileRefused, LineProblem, Raw, ReadSettings
from integrations.feeds.delimited import MONEY
from integrations.feeds.google import GOOGLE, UNUSED
from integrations.feeds.json_text import Row, frame_of
from integrations.feeds.one_thread import in_one_thread

GOOGLE_NS: Final = "http://base.google.com/ns/1.0"
ATOM_NS: Final = "http://www.w3.org/2005/Atom"
ITEMS: Final = ("item", f"{{{ATOM_NS}}}entry")
ROOTS: Final = frozenset({"rss", f"{{{ATOM_NS}}}feed"})
PLAIN: Final = frozenset({"title", "description", "link"})
BATCH: Final = 5_000
MOST_DEPTH: Final = 64
_DECLARED: Final = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)")
_CLOSED: Final = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed)\s*>\s*(?:<!--.*?-->\s*)*\Z", re.DOTALL)
_TAIL: Final = 4_096


@dataclass(slots=True)
class Items:
    """The items of a file; `names` leads the tags met to our fields."""

    source: Source
    settings: ReadSettings
    encoding: str | None
    declared: str | None = None
    names: dict[str, str | None] = field(default_factory=dict)
    marks: dict[str, Mark | None] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """Our fields, in the order in which they were met."""
        return tuple(dict.fromkeys(name for name in self.names.values() if name))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Attributes that we do not read."""
        tags = (etree.QName(tag) for tag, name in self.names.items() if name is None)
        return tuple(
            dict.fromkeys(
                tag.localname
                for tag in tags
                if tag.namespace == GOOGLE_NS and tag.localname not in UNUSED
            )
        )

    def raws(self) -> Generator[Raw]:
        """The records of the file in batches, all read in one thread.

        Raises: FileRefused, as `batches` does.
        """
        return in_one_thread(self.batches)

    def batches(self) -> Generator[Raw]:
        """The records of the file in batches; a record's number is its place among the items.

        Raises: FileRefused `FEED_TRUNCATED` for a file that is not closed, `FORMAT_UNKNOWN` for
        any other fault of the XML, with its line and column; `FEED_TOO_LARGE`.
        """
        rows: list[Row] = []
        problems: list[LineProblem] = []
        number = 0
        for number, found in enumerate(self._records(), 1):
            if number > self.settings.max_lines:
                detail = f"more than {self.settings.max_lines} items"
                raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=number)
            if isinstance(found, str):
                problem = LineProblem(
                    number, None, found, LineCode.FIELD_TOO_LONG, None, fatal=True
                )
                problems.append(problem)
            else:
                rows.append((number, found))
            if number % BATCH == 0:
                yield self._batch(rows, problems)
                rows, problems = [], []
        if rows or problems:
            yield self._batch(rows, problems)

    def _batch(self, rows: list[Row], problems: list[LineProblem]) -> Raw:
        return Raw(frame_of(rows, self.fields), problems, len(problems), 0, 0)

    def _records(self) -> Iterator[dict[str, str] | str]:
        try:
            with self.source.path.open("rb") as file:
                parser = etree.iterparse(
                    file,
                    events=("end",),
                    tag=ITEMS,
                    resolve_entities=False,
                    no_network=True,
                    load_dtd=False,
                    huge_tree=False,
                    remove_comments=True,
                    remove_pis=True,
                    encoding=self.encoding,
                )
                for _, item in parser:
                    yield self._record(item)
                    forget(item)
        except etree.XMLSyntaxError as error:
            raise _broken(self.source, error) from None

    def _record(self, item: etree._Element) -> dict[str, str] | str:
        """The fields of an item, the first of each; the name of one that is far too long."""
        found: dict[str, str] = {}
        names, most = self.names, self.settings.max_line_bytes
        for child in item:
            tag = child.tag
            name = names[tag] if tag in names else self._name(str(tag))
            if name is None or name in found:
                continue
            if text := _inner(child) if len(child) else child.text:
                if len(text) > most:
                    return name
                found[name] = text
        return found

    def _name(self, tag: str) -> str | None:
        """The field of a tag met for the first time."""
        qualified = etree.QName(tag)
        known = qualified.namespace == GOOGLE_NS or qualified.localname in PLAIN
        key = qualified.localname.lower()
        self.names[tag] = field_of(key, GOOGLE, self.settings) if known else None
        return self.names[tag]


def open_items(source: Source, settings: ReadSettings) -> Items:
    """Understand the root and the first items of an XML file.

    Raises: FileRefused `FORMAT_UNKNOWN`, `HEADER_MISSING`, `FEED_EMPTY`, `FEED_TRUNCATED`.
    """
    with source.path.open("rb") as file:
        declared = _DECLARED.search(file.read(1_024))
    named = declared[1].decode().lower() if declared else None
    legacy = source.encoding.startswith("utf") or named not in {None, "utf-8", "utf8"}
    items = Items(source, settings, None if legacy else source.encoding, named)
    _check_root(source, items.encoding)
    with closing(items.raws()) as raws:
        first = next(raws, None)
    if first is None:
        raise FileRefused(FileCode.FEED_EMPTY, "no item")
    require(items.fields, GOOGLE, settings)
    money = [name for name in items.fields if name in MONEY]
    sample = first.frame.head(1_000)
    items.marks = {name: decimal_mark(sample[name].drop_nulls().to_list()) for name in money}
    return items


def _check_root(source: Source, encoding: str | None) -> None:
    """Refuse a document type and a root that is no feed, before anything else is read."""
    try:
        with source.path.open("rb") as file:
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
        detail = f"the root is {etree.QName(root).localname}, not rss or feed"
        raise FileRefused(FileCode.FORMAT_UNKNOWN, detail[:VALUE_SHOWN], line=_line(root))


def _inner(child: etree._Element) -> str | None:
    """The text of an element with others in it. Raises: FileRefused for too many levels."""
    level, deepest = [child], 1
    while level := [inner for outer in level for inner in outer]:
        deepest += 1
        if deepest > MOST_DEPTH:
            detail = f"more than {MOST_DEPTH} levels"
            raise FileRefused(FileCode.FORMAT_UNKNOWN, detail, line=_line(child))
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
