"""One walk over a document that measures, prices and notes what it selects.

Each fragment is read once; what it holds is kept and added wherever it is spread.
"""

from collections import Counter
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)

from boucle.graphql import pages
from boucle.graphql.formula import Ledger, Page, Size, Sum
from boucle.graphql.limits import CEILING, Limits, Sizes
from boucle.graphql.selected import Place, Selected, note_field, note_spread

LEAF = 0.1
OBJECT = 1.0
ONCE: Size = (1.0, 0)
NOTHING = Sizes()
_TYPE_SHARE = 0.1  # of the price of `__schema`: what `__type` costs
_META = {"__schema": "__Schema", "__type": "__Type"}
_ITEMS = frozenset({"edges", "nodes"})
_MEMBERS = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})


@dataclass(slots=True)
class Part:
    """A selection's price and sizes.

    `once` is the price but for what stands in `edges` and `nodes` of the selection itself; that is
    `items`, to be paid for each item of the page of the field around it. `weights`: of the fields
    at the selection's own level.
    """

    once: Sum = field(default_factory=Sum)
    items: Sum = field(default_factory=Sum)
    sizes: Sizes = NOTHING
    weights: float = 0.0


class Reader:
    """Reads one document, which may be invalid, and no deeper than the limit of nesting."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> None:
        self._schema, self._limits = schema, limits
        self._definitions = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._nesting = 0
        self.ledger = Ledger()
        self.fragments: dict[str, Part] = {}
        self.selected: dict[str, Selected] = {}
        self.twins: Counter[tuple[str, str]] = Counter()
        self.visited = 0

    def operation(self, node: OperationDefinitionNode, seen: Selected) -> Part:
        """What an operation asks for; its own directives and its variables' are counted."""
        part = self._selection(
            node.selection_set, Place.of(self._schema.get_root_type(node.operation)), seen
        )
        more = len(node.directives or ())
        more += sum(len(each.directives or ()) for each in node.variable_definitions or ())
        part.sizes = part.sizes._replace(directives=part.sizes.directives + more)
        return part

    def fragment(self, name: str) -> Part:
        """What a fragment asks for. In a cycle, and unknown, it is free: validation refuses it."""
        if (known := self.fragments.get(name)) is not None:
            return known
        self.fragments[name] = part = Part()
        if found := self._definitions.get(name):
            seen = self.selected[name] = Selected()
            kind = self._schema.type_map.get(found.type_condition.name.value)
            part = self._selection(found.selection_set, Place.of(kind, own=True), seen)
            more = part.sizes.directives + len(found.directives or ())
            part.sizes = part.sizes._replace(directives=more)
            self.ledger.settle(part.once)
            self.ledger.settle(part.items)
            self.fragments[name] = part
        return part

    def all_fragments(self) -> None:
        """Read those that nothing spreads, too: validation will."""
        for name in self._definitions:
            self.fragment(name)

    def _selection(self, selections: SelectionSetNode | None, place: Place, seen: Selected) -> Part:
        """What stands in one pair of braces."""
        total = Part(sizes=Sizes(nesting=1))
        self._nesting += 1
        if self._nesting <= self._limits.nesting:  # deeper it is not read, for it is refused
            for node in selections.selections if selections else ():
                self._join(total, self._node(node, place, seen), node)
        self._nesting -= 1
        return total

    def _node(self, node: SelectionNode, place: Place, seen: Selected) -> Part:
        self.visited += 1
        if isinstance(node, FieldNode):
            return self._field(node, place, seen)
        if isinstance(node, FragmentSpreadNode):
            note_spread(seen, place, node.name.value)
            return self.fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            if on := node.type_condition:
                place = place.narrowed(self._schema.type_map.get(on.name.value))
            return self._selection(node.selection_set, place, seen)
        return Part()

    def _join(self, total: Part, part: Part, node: SelectionNode) -> None:
        self.ledger.add(total.once, part.once)
        self.ledger.add(total.items, part.items)
        total.weights = min(total.weights + part.weights, CEILING)
        mine, other = total.sizes, part.sizes
        total.sizes = Sizes(
            mine.fields + other.fields,
            mine.aliases + other.aliases,
            mine.directives + other.directives + len(node.directives or ()),
            mine.roots + other.roots,
            max(mine.depth, other.depth),
            max(mine.introspection_depth, other.introspection_depth),
            max(mine.introspection_lists, other.introspection_lists),
            max(mine.nesting, 1 + other.nesting),
        )

    def _field(self, node: FieldNode, place: Place, seen: Selected) -> Part:
        name, parent = node.name.value, place.parent
        found: GraphQLField | None = getattr(parent, "fields", {}).get(name)
        note_field(seen, place, name)
        inner, each = Part(), Sum(LEAF)
        if node.selection_set:
            self.twins[getattr(parent, "name", ""), (node.alias or node.name).value] += 1
            inner = self._selection(node.selection_set, Place.of(self._inside(name, found)), seen)
            each = self._object(inner, node, found)
        own = self._weight(name, found, parent)
        cost, part = Sum(own), Part(sizes=_sizes(node, inner.sizes, parent), weights=own)
        if name in _ITEMS and pages.is_connection(parent):
            self.ledger.add(cost, each)
            part.items = cost
        else:
            self.ledger.add(cost, each, self._size(node, found, parent))
            part.once = cost
        return part

    def _object(self, inner: Part, node: FieldNode, found: GraphQLField | None) -> Sum:
        """One object: itself, what it holds, and the page of items that it may hold."""
        each = Sum(OBJECT)
        self.ledger.add(each, inner.once)
        paged = found is not None and not pages.list_levels(found) and pages.takes_page(found)
        cap = pages.bound(found, self._limits) if found and paged else self._limits.page
        page = pages.page_of(found, node, cap) if found and paged else Page(cap, cap)
        self.ledger.add(each, inner.items, self.ledger.page(page))
        return each

    def _size(
        self, node: FieldNode, found: GraphQLField | None, parent: GraphQLNamedType | None
    ) -> Size:
        """How many items the field itself is: 1 unless it is a list."""
        if found is None or parent is None or parent.name.startswith("__"):
            return ONCE
        if not (levels := pages.list_levels(found)):
            return ONCE
        cap = pages.bound(found, self._limits)
        page = pages.page_of(found, node, cap) if pages.takes_page(found) else Page(cap, cap)
        coefficient, number = self.ledger.page(page)
        return coefficient * float(self._limits.page) ** (levels - 1), number

    def _weight(
        self, name: str, found: GraphQLField | None, parent: GraphQLNamedType | None
    ) -> float:
        if name in _META:
            return self._limits.introspection * (1.0 if name == "__schema" else _TYPE_SHARE)
        if found is None:
            return 0.0
        is_mutation = parent is not None and parent is self._schema.mutation_type
        return pages.weight(found, self._limits.mutation if is_mutation else 0.0)

    def _inside(self, name: str, found: GraphQLField | None) -> GraphQLNamedType | None:
        """The type of what is selected below a field."""
        if found is not None:
            return get_named_type(found.type)
        return self._schema.type_map.get(_META.get(name, ""))


def _sizes(node: FieldNode, inner: Sizes, parent: GraphQLNamedType | None) -> Sizes:
    """The sizes of a field: its own and what it holds. Directives are its selection's."""
    kind = parent.name if parent else ""
    depth, below, members = 1 + inner.depth, inner.introspection_depth, inner.introspection_lists
    if kind.startswith("__"):
        depth, below = 0, 1 + below
        members += kind == "__Type" and node.name.value in _MEMBERS
    elif node.name.value in _META:
        depth = 1
    return Sizes(
        1 + inner.fields,
        (1 if node.alias else 0) + inner.aliases,
        inner.directives,
        1,
        depth,
        below,
        members,
        inner.nesting,
    )
