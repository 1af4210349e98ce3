"""Which fields of which types an operation selects, through all its fragments.

A field that is selected on an interface counts for the interface. Where the object can only be of
one type, as in `product { ... on Node { id } }`, it counts for that type too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLSchema

Pair = tuple[str, str]


@dataclass(slots=True)
class Selected:
    """What one operation or fragment selects itself, apart from the fragments that it spreads.

    `spreads`: fragments, each with the type of the object where that is known. `here`,
    `spreads_here`: names and fragments that are selected on the object itself while its type is
    not known, because this is a fragment on an interface or a union.
    """

    pairs: set[Pair] = field(default_factory=set)
    spreads: set[tuple[str, str | None]] = field(default_factory=set)
    here: set[str] = field(default_factory=set)
    spreads_here: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a selection stands: the type it is written on, and the object's where it is known.

    `own`: whether this is the object that the fragment itself was spread on.
    """

    parent: GraphQLNamedType | None
    known: str | None
    own: bool

    @classmethod
    def of(cls, kind: GraphQLNamedType | None, *, own: bool = False) -> "Place":
        """The place of a field's selections, or of a whole fragment."""
        return cls(kind, kind.name if isinstance(kind, GraphQLObjectType) else None, own)

    def narrowed(self, kind: GraphQLNamedType | None) -> "Place":
        """The place within an inline fragment on a type."""
        if isinstance(kind, GraphQLObjectType):
            return Place(kind, kind.name, self.own)
        return Place(kind, self.known, self.own)


def note_field(into: Selected, place: Place, name: str) -> None:
    """A field of this name is selected here."""
    parent = place.parent
    if parent is None or parent.name.startswith("__") or name == "__typename":
        return
    into.pairs.add((parent.name, name))
    if place.known not in {None, parent.name}:
        into.pairs.add((str(place.known), name))
    elif place.known is None and place.own:
        into.here.add(name)


def note_spread(into: Selected, place: Place, name: str) -> None:
    """A fragment of this name is spread here."""
    into.spreads.add((name, place.known))
    if place.known is None and place.own:
        into.spreads_here.add(name)


def reached(
    schema: GraphQLSchema, start: Selected, fragments: Mapping[str, Selected]
) -> frozenset[Pair]:
    """Every pair of type and field from `start` on; each fragment once per type of object."""
    pairs, waiting = set(start.pairs), list(start.spreads)
    seen: set[tuple[str, str | None]] = set()
    while waiting:
        name, known = here = waiting.pop()
        if here in seen or (found := fragments.get(name)) is None:
            continue
        seen.add(here)
        pairs |= found.pairs
        waiting.extend(found.spreads)
        if known is not None:
            fields = getattr(schema.type_map.get(known), "fields", {})
            pairs.update((known, each) for each in found.here if each in fields)
            waiting.extend((spread, known) for spread in found.spreads_here)
    return frozenset(pairs)
