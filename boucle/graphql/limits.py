"""How large a document may be, how large one is, and what of it is too much."""

import math
from dataclasses import dataclass
from typing import NamedTuple

CEILING = 1e12
"""No price is higher: sums of prices stay finite."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may ask for, and the prices that no field states itself.

    Units: `points` are an operation's, `partner_points` those of an operation of a merchant, an
    organisation or staff; `page` and `max_items` are items; `introspection` and
    `mutation` are points. Source: docs/rules/cost.md, "Limits".
    """

    points: float = 4_000
    partner_points: float = 10_000
    fields: int = 400
    depth: int = 12
    aliases: int = 30
    directives: int = 30
    twins: int = 20
    nesting: int = 100
    mutations: int = 10
    introspection_depth: int = 20
    introspection_lists: int = 1
    tokens: int = 2_000
    definitions: int = 60
    page: int = 100
    introspection: float = 1_000
    mutation: float = 10


class Sizes(NamedTuple):
    """What a selection holds, every fragment written out.

    `roots`: fields at its own level. `depth` counts fields, `introspection_depth` those below
    `__schema` and `__type`; `introspection_lists`: lists of members within such lists. `nesting`:
    braces. `twins`: objects under one key of one type, anywhere in the document.
    """

    fields: int = 0
    aliases: int = 0
    directives: int = 0
    roots: int = 0
    depth: int = 0
    introspection_depth: int = 0
    introspection_lists: int = 0
    nesting: int = 0
    twins: int = 0

    def widest(self, other: "Sizes") -> "Sizes":
        """The larger of each."""
        return Sizes(*map(max, self, other))


@dataclass(frozen=True, slots=True)
class Excess:
    """One limit that is passed."""

    what: str
    asked: float
    allowed: float

    def __str__(self) -> str:
        asked = "far too many"
        if self.asked < CEILING:
            asked = f"{math.ceil(self.asked * 10) / 10:.1f}".removesuffix(".0")
        return f"{self.what}: {asked} asked, {self.allowed:.0f} allowed."


_LIMITED = (
    "fields",
    "depth",
    "aliases",
    "directives",
    "twins",
    "nesting",
    "introspection_depth",
    "introspection_lists",
)


def over(sizes: Sizes, limits: Limits) -> tuple[Excess, ...]:
    """The limits that these sizes pass. Nested lists of introspection are told from 1."""
    asked = {what: getattr(sizes, what) for what in _LIMITED}
    allowed = {what: getattr(limits, what) for what in _LIMITED}
    return tuple(
        Excess(what, asked[what], allowed[what]) for what in _LIMITED if asked[what] > allowed[what]
    )
