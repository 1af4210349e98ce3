"""An XML feed cut into its items without a parser, where a parser says that it may be.

A file is cut behind each end tag of an item. That is right as long as every such text is an end
tag indeed, and no part of a comment or of character data. So no piece is believed: what is not of
the plainest form is parsed, in the place where it stands, and must hold just its own items.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self
from xml.sax.saxutils import quoteattr

from lxml import etree

from integrations.feeds.blocks import Source

GOOGLE_NS: Final = "http://base.google.com/ns/1.0"
ATOM_NS: Final = "http://www.w3.org/2005/Atom"
ITEMS: Final = ("item", f"{{{GOOGLE_NS}}}item", f"{{{ATOM_NS}}}entry")


class NotPlain(Exception):
    """The items of a file cannot be told apart without a parser."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where the items of a file stand.

    Shapes: `tag` is the name of an item and `around` those of the elements around it, outermost
    first, as written; `spaces` are the namespaces there, by prefix.
    """

    tag: str
    around: tuple[str, ...]
    spaces: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, item: etree._Element) -> Self:
        """The context of an item within its file."""
        parents = list(item.iterancestors())[::-1]
        return cls(raw_name(item), tuple(raw_name(each) for each in parents), _spaces(parents[-1]))

    @property
    def ends(self) -> str:
        """The end tag of an item."""
        return f"</{self.tag}>"

    @property
    def opening(self) -> str:
        """Start tags that lead to where items stand."""
        first, *rest = self.around
        named = "".join(
            f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}"
            for prefix, uri in self.spaces
        )
        return f"<{first}{named}>" + "".join(f"<{name}>" for name in rest)

    @property
    def closing(self) -> str:
        """End tags that lead back."""
        return "".join(f"</{name}>" for name in reversed(self.around))

    def items(self, pieces: list[str]) -> list[etree._Element]:
        """The items of pieces that each end before the end tag of an item.

        Raises: NotPlain unless each piece is one item at its place, to its end.
        """
        if any(f"<{self.tag}/" in piece for piece in pieces):
            raise NotPlain
        text = "".join([f"{piece}{self.ends}" for piece in pieces])
        root = _parsed(f"{self.opening}{text}{self.closing}")
        found, place = list(root.iter(*ITEMS)), self._place(root, 0)
        if len(found) != len(pieces) or any(item.getparent() is not place for item in found):
            raise NotPlain
        return found

    def check_start(self, text: str) -> None:
        """Whether the text before the first item leads to where it stands. Raises: NotPlain."""
        root = _parsed(text + self.closing)
        place = self._place(root, -1)
        if next(root.iter(*ITEMS), None) is not None or _spaces(place) != self.spaces:
            raise NotPlain

    def check_end(self, text: str) -> None:
        """Whether the text behind the last item ends the file. Raises: NotPlain."""
        if next(_parsed(self.opening + text).iter(*ITEMS), None) is not None:
            raise NotPlain

    def _place(self, root: etree._Element, at: int) -> etree._Element:
        place = root
        for name in self.around[1:]:
            if not len(place):
                raise NotPlain
            place = place[at]
            if raw_name(place) != name:
                raise NotPlain
        return place


def parser() -> etree.XMLParser:
    """A parser that expands nothing, loads nothing and keeps neither comments nor instructions."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def split_tag(tag: object) -> tuple[str | None, str]:
    """The namespace of a tag and its name there, which a prefix that nobody declared is part of."""
    space, _, name = str(tag).rpartition("}")
    return space.removeprefix("{") or None, name


def raw_name(element: etree._Element) -> str:
    """The name of an element as written."""
    name = split_tag(element.tag)[1]
    return f"{element.prefix}:{name}" if element.prefix else name


def _spaces(element: etree._Element) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((prefix or "", uri) for prefix, uri in element.nsmap.items()))


def _parsed(text: str) -> etree._Element:
    try:
        return etree.fromstring(text.encode(), parser())
    except (etree.XMLSyntaxError, ValueError):
        raise NotPlain from None


def cut(source: Source, context: Context, size: int, most: int) -> Iterator[list[str]]:
    """The pieces of a file, one for each item, each up to the item's end tag.

    Shapes: what stands before the first item is left out; `most` is the letters of a piece.
    Raises: NotPlain where the file does not begin, go on or end as such a file does.
    """
    held, started = "", False
    for text in _texts(source, size):
        *pieces, held = (held + text).split(context.ends)
        if max(map(len, [held, *pieces])) > most:
            raise NotPlain
        if pieces and not started:
            pieces[0], started = _begun(pieces[0], context), True
        if pieces:
            yield pieces
    if not started:
        raise NotPlain
    context.check_end(held)


def _begun(piece: str, context: Context) -> str:
    at = piece.find(f"<{context.tag}")
    if at < 0:
        raise NotPlain
    context.check_start(piece[:at])
    return piece[at:]


def _texts(source: Source, size: int) -> Iterator[str]:
    """The letters of a file in UTF-8, every line end a line feed. Raises: NotPlain for a NUL."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict" if source.valid else "replace")
    held = ""
    with source.path.open("rb", buffering=0) as file:
        file.seek(source.skip)
        while block := file.read(size):
            if b"\0" in block:
                raise NotPlain
            text = held + decoder.decode(block)
            held = "\r" if text.endswith("\r") else ""
            text = text[: len(text) - len(held)]
            yield text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    if rest := held + decoder.decode(b"", final=True):
        yield rest.replace("\r", "\n")
