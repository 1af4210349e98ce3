"""Items of XML in their plainest form, read as columns.

Plain is an item whose elements are known by name, have no attributes, and hold a text, one section
of character data, or, where they are known to, elements that hold a text. What a name means is
learned from items that the parser has read. Each expression answers as the parser would.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl
from lxml import etree

from integrations.feeds.texts import each
from integrations.feeds.xml_pieces import Context, raw_name

MOST_NAMES: Final = 100
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?", re.ASCII)
# What XML forbids, and what stands for bytes that are no letters.
_BAD: Final = r"\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFD}\x{FFFE}\x{FFFF}"
_ENTITIES: Final = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
# Without the end of a section of character data, which no text may hold.
_TEXT: Final = rf"(?:[^<&\]{_BAD}]|\][^\]<&{_BAD}]|&(?:amp|lt|gt|quot|apos);)*\]?"
_SECTION: Final = rf"<!\[CDATA\[[^\]{_BAD}]*\]\]>"
_BLANK: Final = r"[ \t\n]*"
Several = Callable[[str], str | None]


@dataclass(slots=True)
class Plain:
    """What plain items look like, as far as it is learned.

    Shapes: `fields` lead names as written to our fields, or to nothing; `parts` to the names of
    the elements within them. `several` names the field whose elements are read together, and
    `read_several` reads them.
    """

    context: Context
    several: str
    read_several: Several
    fields: dict[str, str | None] = field(default_factory=dict)
    parts: dict[str, set[str]] = field(default_factory=dict)
    _form: str | None = None

    def learn(self, items: Iterable[etree._Element], names: Mapping[str, str | None]) -> None:
        """Learn the elements of items that a parser has read; `names` lead their tags to fields."""
        for item in items:
            spaces = item.nsmap
            for child in item:
                tag, raw = str(child.tag), raw_name(child)
                if child.nsmap == spaces and tag in names and _NAME.fullmatch(raw):
                    self._note(raw, names[tag], child)

    def _note(self, raw: str, name: str | None, child: etree._Element) -> None:
        inner = {raw_name(each) for each in child if not len(each) and not each.attrib}
        nested = len(child) > 0 and (name is None or name == self.several)
        fresh = inner - self.parts.get(raw, set()) if nested else set()
        known = raw in self.fields and not fresh
        if known or (len(child) and not nested) or not all(map(_NAME.fullmatch, inner)):
            return
        if len(self.fields) + sum(map(len, self.parts.values())) < MOST_NAMES:
            self.fields[raw] = name
            if nested:
                self.parts.setdefault(raw, set()).update(fresh)
            self._form = None

    def suits(self, items: pl.Series, most: int) -> pl.Series:
        """Which items are plain, `most` bytes long at most."""
        if self._form is None:
            self._form = self._pattern()
        one = pl.col("item")
        plain = one.str.contains(self._form) & (one.str.len_bytes() <= most)
        if items.str.contains("<![CDATA[", literal=True).any():
            names = "|".join(map(re.escape, self.fields))
            plain = plain & ~one.str.contains(rf"<!\[CDATA\[[^\]]*<(?:{names})[ \t\n/>]")
        return items.to_frame("item").select(plain).to_series()

    def _pattern(self) -> str:
        elements = "|".join(self._element(raw) for raw in self.fields)
        start = rf"^{_BLANK}<{re.escape(self.context.tag)}>{_BLANK}"
        return rf"{start}(?:<(?:{elements}){_BLANK})*$" if elements else "^$a"

    def _element(self, raw: str) -> str:
        name = re.escape(raw)
        held = [_TEXT, _SECTION]
        if inner := "|".join(
            rf"{part}(?:>{_TEXT}</{part}>|/>)"
            for part in map(re.escape, sorted(self.parts.get(raw, ())))
        ):
            held.append(rf"{_BLANK}(?:<(?:{inner}){_BLANK})*")
        return rf"{name}(?:>(?:{'|'.join(held)})</{name}>|{_BLANK}/>)"

    def read(self, items: pl.Series, names: Sequence[str]) -> tuple[pl.DataFrame, pl.Series]:
        """The fields of plain items, and which of them say a field twice, to be read otherwise."""
        together = self._together(items)
        for raw in self.parts:
            parted = re.escape(raw)
            items = items.str.replace_all(rf"(?s)<{parted}>.*?</{parted}>", "")
        flags = [items.str.contains(sign, literal=True).any() for sign in ("<![CDATA[", "&")]
        sources: dict[str, list[pl.Expr]] = {}
        for raw, name in self.fields.items():
            if name is not None and name != self.several:
                sources.setdefault(name, []).extend(_values(raw, *flags))
        columns = [
            expr.alias(f"{name}\n{n}")
            for name, exprs in sources.items()
            for n, expr in enumerate(exprs)
        ]
        found = items.to_frame("item").select("item", *columns)
        twice = pl.lit(value=False)
        chosen = []
        for name in names:
            ways = [f"{name}\n{n}" for n in range(len(sources.get(name, ())))]
            if len(ways) > 1:
                twice = twice | (pl.sum_horizontal(pl.col(ways).is_not_null()) > 1)
            known = pl.coalesce(ways) if ways else pl.lit(None, dtype=pl.String)
            chosen.append((pl.lit(together) if name == self.several else known).alias(name))
        frame = found.with_columns(*chosen, twice.alias("\n"))
        return frame.select(*names), frame["\n"]

    def _together(self, items: pl.Series) -> pl.Series:
        """The text of the elements that are read together, asked once per distinct one."""
        named = [re.escape(raw) for raw, name in self.fields.items() if name == self.several]
        none = pl.Series([None], dtype=pl.String).new_from_index(0, items.len())
        if not named:
            return none
        pattern = "(?s)" + "|".join(rf"<{name}>.*?</{name}>" for name in named)
        held = items.str.extract_all(pattern).list.join("")
        return each(held, lambda text: self.read_several(text) if text else None)


def _values(raw: str, has_sections: bool, has_entities: bool) -> Iterable[pl.Expr]:
    """The first text that an element of this name holds, as text and as character data."""
    name, item = re.escape(raw), pl.col("item")
    text = item.str.extract(rf"<{name}>([^<]+)</{name}>", 1)
    if has_entities:
        text = text.str.replace_many(list(_ENTITIES), list(_ENTITIES.values()))
    yield text
    if has_sections:
        yield item.str.extract(rf"<{name}><!\[CDATA\[([^\]]+)\]\]></{name}>", 1)
