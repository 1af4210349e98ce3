"""What a dialect of feeds is: the words that one kind of partner uses, and how they become ours."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.catalog import Grade
from domain.offers.values import fold
from integrations.feeds.contract import Raw, ReadSettings

Translate = Callable[[Raw], Raw]
Patterns = tuple[tuple[re.Pattern[str], str], ...]

PER_MARKET: Final = (
    re.compile(r"(price|min_price|max_price|currency)\[([a-z]{2})\]"),
    "{0}[{code}]",
)
ATTRIBUTE: Final = (re.compile(r"attributes?\[([a-z][a-z0-9_]{0,62})\]"), "attributes[{0}]")


def header_key(name: str) -> str:
    """A column's name to compare: no case, no accents, `_` for spaces, no prefix of Google."""
    return fold(name.replace("\ufeff", "")).removeprefix("g:").strip().replace(" ", "_")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one kind of feed.

    Shapes: `names` leads keys of columns to our raw fields, `patterns` those with a part that
    varies: groups by number, the last one in capitals as `code`. `unused` are known and left out.
    `own` are the keys by which the dialect is told from others. `said` names required fields as
    the format writes them. `grades` is the table of the format, under the feed's own. `translator`
    makes what turns raw records of one file into those of our own format. One of the fields
    `graded` says how a device looks. A line that holds one of the fields `bound` may mean something
    else in another file, or at another hour. `whole` names a field whose records must be seen
    together; `sparse` says that a record, not the file, decides which fields are sent; `partial`
    that a feed of `PRICES` may hold stock alone, as a partial update does. A record is a header if
    it names one of `keys`. `needs`, where it is given, tells which fields a file lacks that is no
    feed of offers, and `fields` which ones a mapping may lead to.
    """

    names: Mapping[str, str]
    translator: Callable[[ReadSettings], Translate]
    patterns: Patterns = (PER_MARKET, ATTRIBUTE)
    unused: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    said: Mapping[str, str] = field(default_factory=dict)
    grades: Mapping[str, Grade] = field(default_factory=dict)
    graded: frozenset[str] = frozenset({"grade", "condition"})
    bound: frozenset[str] = frozenset()
    whole: str | None = None
    sparse: bool = False
    partial: bool = False
    keys: frozenset[str] = frozenset({"sku"})
    needs: Callable[[Collection[str]], list[str]] | None = None
    fields: frozenset[str] = frozenset()

    def says(self, name: str) -> str:
        """A field of ours as this format calls it."""
        return self.said.get(name, name)

    def stands_alone(self, fields: Iterable[str]) -> bool:
        """Whether a line with these fields always means the same."""
        return self.bound.isdisjoint(name.partition("[")[0] for name in fields)
