"""Rejected items of an XML feed, under the root of their own file."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Final

from lxml import etree

from integrations.feeds.blocks import Source
from integrations.feeds.contract import ReadSettings
from integrations.feeds.frames import Family, Frame, Kind, Meta, is_ours
from integrations.feeds.google_xml import forget, items_in, open_items
from integrations.feeds.wanted import Wanted

_PLACE: Final = "items"
_PLACED: Final = f"<!--{_PLACE}-->"


def bad_items(source: Source, settings: ReadSettings, wanted: Wanted) -> Iterator[Frame]:
    """The root with what it says of the feed, then the wanted items. To be walked in one thread.

    Raises: FileRefused for a file that cannot be read as a feed.
    """
    items = open_items(source, settings)
    encoding = items.declared or source.encoding
    yield Meta(Family.XML, encoding).frame()
    tail = ""
    known: tuple[str, ...] = ()
    with source.path.open("rb") as file:
        for number, item in enumerate(items_in(file, items.encoding, remarks=True), 1):
            if not tail:
                head, tail = _around(item)
                known = _declared(item)
                yield Frame(Kind.TEXT, 0, f"{_declaration(encoding)}{head}\n".encode())
            if number in wanted:
                yield Frame(Kind.ROW, number, _text(item, known).encode())
            forget(item)
    yield Frame(Kind.TEXT, 0, f"{tail}\n".encode())


def _declaration(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n'


def _around(item: etree._Element) -> tuple[str, str]:
    """The text before and after the items: their parents, with what stands above the first."""
    inner: etree._Element = etree.Comment(_PLACE)
    child = item
    for parent in item.iterancestors():
        shell = etree.Element(parent.tag, parent.attrib, nsmap=parent.nsmap)  # type: ignore[arg-type]
        shell.text = parent.text
        for before in child.itersiblings(preceding=True):
            shell.insert(0, deepcopy(before))
        shell.append(inner)
        inner, child = shell, parent
    head, _, tail = etree.tostring(inner, encoding="unicode").partition(_PLACED)
    return head.rstrip(), tail


def _declared(item: etree._Element) -> tuple[str, ...]:
    """The declarations of namespaces that the item's parents hold already."""
    parent = item.getparent()
    spaces = {} if parent is None else parent.nsmap
    return tuple(f' xmlns{f":{name}" if name else ""}="{uri}"' for name, uri in spaces.items())


def _text(item: etree._Element, known: tuple[str, ...]) -> str:
    """An item as text, without what its parents declare and without errors of an earlier time."""
    for child in [each for each in item if isinstance(each.tag, str)]:
        if is_ours(etree.QName(child).localname):
            item.remove(child)
    text: str = etree.tostring(item, encoding="unicode", with_tail=False)
    start, end, rest = text.partition(">")
    for declaration in known:
        start = start.replace(declaration, "")
    return start + end + rest
